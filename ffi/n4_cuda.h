/*
 * The C interface of the CUDA library, and the only place where it is described: `ffi/symbols.ts`, by which Deno calls
 * it, is made from it.
 *
 * Every function returns a status. Where it is not N4_OK, `message` (up to `message_size` bytes, ended by 0) holds one
 * sentence: the action, the rule, the current value. Nothing is kept per thread, each call selects its own device, and
 * no call exits, prints or throws, so calls may come from any thread. Calls on one fit wait for each other; calls on
 * one correction or smoothing may overlap. Sessions are numbers; a number that is not open is refused. Arrays are C
 * order [z, y, x] and belong to the caller, who may reuse them after the call.
 */
#ifndef N4_CUDA_H
#define N4_CUDA_H

#include <stdint.h>

#define N4_ABI_VERSION 2

#define N4_OK 0
#define N4_BAD_ARGUMENT 1
#define N4_NO_DEVICE 2
#define N4_OUT_OF_MEMORY 3
#define N4_DEVICE_FAILED 4

/* What n4_fit_inspect reads. */
#define N4_INSPECT_RANGE 0
#define N4_INSPECT_HISTOGRAM 1
#define N4_INSPECT_EXPECTED 2
#define N4_INSPECT_CONTRACTED 3
#define N4_INSPECT_OMEGA 4
#define N4_INSPECT_PHI 5

/* What n4_copy_rate measures. */
#define N4_COPY_WITHIN 0
#define N4_COPY_IN 1
#define N4_COPY_OUT 2

#ifdef __cplusplus
extern "C" {
#endif

/* The library hides every other symbol. */
#pragma GCC visibility push(default)

/* The version of this interface, the hash of the sources that the library was built from (17 bytes do), and 1 where a
 * processor stands in for the GPU. */
int32_t n4_identify(int32_t* abi_version, char* build_id, int32_t build_id_size, int32_t* emulated, char* message,
                    int32_t message_size);

/* How many devices there are; CUDA_VISIBLE_DEVICES hides others. N4_NO_DEVICE where there is none, or no driver. */
int32_t n4_device_count(int32_t* count, char* message, int32_t message_size);

/* Name, UUID, and numbers: bytes in all, bytes free, driver version, runtime version, compute capability (10 major +
 * minor). */
int32_t n4_device_info(int32_t device, char* name, int32_t name_size, char* uuid, int32_t uuid_size, uint64_t* numbers,
                       char* message, int32_t message_size);

/* Gigabytes a second of copies of `bytes`, best of five: within the device's memory, read and written together, the
 * floor of what a fit can take; or from or to pinned host memory, that of a whole call. */
int32_t n4_copy_rate(int32_t device, int32_t direction, uint64_t bytes, double* gigabytes_per_second, char* message,
                     int32_t message_size);

/* Bytes that a fit will ask for: its samples, its largest level, its histogram. */
int32_t n4_fit_bytes(int64_t samples, int32_t weighted, int32_t planes, int32_t rows, int32_t columns, int32_t points_z,
                     int32_t points_y, int32_t points_x, int32_t bins, uint64_t* bytes, char* message,
                     int32_t message_size);

/* Uploads samples: row_start[planes * rows + 1], x_index, value, weight (null: 1 everywhere). */
int32_t n4_fit_open(int32_t device, const uint32_t* row_start, const uint16_t* x_index, const float* value,
                    const float* weight, int64_t samples, int32_t planes, int32_t rows, int32_t columns, uint64_t* fit,
                    char* message, int32_t message_size);

/* Starts a level. Per axis the first control point of each position, and the rows evaluate, omega and delta one after
 * the other, 4 per position each. */
int32_t n4_fit_begin_level(uint64_t fit, int32_t points_z, int32_t points_y, int32_t points_x, const int32_t* first_z,
                           const double* rows_z, const int32_t* first_y, const double* rows_y, const int32_t* first_x,
                           const double* rows_x, const double* lattice, char* message, int32_t message_size);

/* Runs up to count iterations. convergence[count]; outcome: iterations that ran, 1 where the fit stopped by itself. */
int32_t n4_fit_iterate(uint64_t fit, int32_t count, double threshold, int32_t bins, double fwhm, double wiener_noise,
                       double* convergence, int32_t* outcome, char* message, int32_t message_size);

/* The lattice, length points_z * points_y * points_x. */
int32_t n4_fit_lattice(uint64_t fit, double* values, int64_t length, char* message, int32_t message_size);

/* u of every sample. */
int32_t n4_fit_values(uint64_t fit, float* values, int64_t length, char* message, int32_t message_size);

/* One intermediate result of the last iteration, for tests. */
int32_t n4_fit_inspect(uint64_t fit, int32_t what, double* values, int64_t length, char* message, int32_t message_size);

/* Frees a fit; waits for a call that is under way. */
int32_t n4_fit_close(uint64_t fit, char* message, int32_t message_size);

/* Most bytes that a correction will ask for: `layers` fields, each of at most points_z * points_y * points_x control
 * points, gains where `gain` is 1, table_count tables, and boxes of at most box_voxels. */
int32_t n4_apply_bytes(int32_t planes, int32_t rows, int32_t columns, int32_t layers, int32_t points_z,
                       int32_t points_y, int32_t points_x, int32_t gain, int32_t table_count, int32_t table_size,
                       int64_t box_voxels, uint64_t* bytes, char* message, int32_t message_size);

/* Prepares a correction. gain[planes] or null; tables[table_count * table_size] and table_of_plane[planes], or null
 * with table_count 0. */
int32_t n4_apply_open(int32_t device, int32_t planes, int32_t rows, int32_t columns, int32_t layers, const float* gain,
                      int32_t table_count, int32_t table_size, const float* tables, const int32_t* table_of_plane,
                      double table_lo, double table_hi, double table_threshold, double strength, double scale,
                      double floor, int32_t zero_outside, uint64_t* apply, char* message, int32_t message_size);

/* Adds a log field to the planes [z0, z1); at most two lie over one plane. first_* and evaluate_* have an entry per
 * plane, row and column of the volume. */
int32_t n4_apply_layer(uint64_t apply, int32_t z0, int32_t z1, int32_t points_z, int32_t points_y, int32_t points_x,
                       const double* lattice, const int32_t* first_z, const double* evaluate_z, const int32_t* first_y,
                       const double* evaluate_y, const int32_t* first_x, const double* evaluate_x, char* message,
                       int32_t message_size);

/* Corrects a box in place; box: z0, z1, y0, y1, x0, x1. mask: a byte per voxel, or null. */
int32_t n4_apply_correct(uint64_t apply, const int32_t* box, float* data, const uint8_t* mask, char* message,
                         int32_t message_size);

/* Writes the field over a box. */
int32_t n4_apply_field(uint64_t apply, const int32_t* box, float* out, char* message, int32_t message_size);

/* Frees a correction; waits for calls that are under way. */
int32_t n4_apply_close(uint64_t apply, char* message, int32_t message_size);

/* Most bytes that a smoothing of `boxes` boxes will ask for; box_voxels counts the largest with its halo. */
int32_t n4_smooth_bytes(int32_t radius_z, int32_t radius_y, int32_t radius_x, int64_t boxes, int64_t box_voxels,
                        uint64_t* bytes, char* message, int32_t message_size);

/* Prepares a smoothing. taps: those of z, y and x one after the other, 2 * radius + 1 each. */
int32_t n4_smooth_open(int32_t device, int32_t planes, int32_t rows, int32_t columns, int32_t radius_z,
                       int32_t radius_y, int32_t radius_x, const double* taps, uint64_t* smooth, char* message,
                       int32_t message_size);

/* Smooths data, given over the box padded, into out over box. */
int32_t n4_smooth_box(uint64_t smooth, const int32_t* box, const int32_t* padded, const float* data, float* out,
                      char* message, int32_t message_size);

/* Frees a smoothing; waits for calls that are under way. */
int32_t n4_smooth_close(uint64_t smooth, char* message, int32_t message_size);

/* Most bytes that sessions of this process have held on a device at once. */
int32_t n4_peak_bytes(int32_t device, uint64_t* bytes, char* message, int32_t message_size);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
