// The entries of a fit. Documented in ffi/n4_cuda.h.
#pragma once

#include "arguments.h"
#include "device.h"
#include "fit_session.h"
#include "registry.h"

extern "C" {

int32_t n4_fit_bytes(int64_t samples, int32_t weighted, int32_t planes, int32_t rows, int32_t columns, int32_t points_z,
                     int32_t points_y, int32_t points_x, int32_t bins, uint64_t* bytes, char* message,
                     int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const float some = 0;
    const int points[3] = {points_z, points_y, points_x};
    n4::requirePoints("count the bytes", points);
    const n4::Samples shape =
        n4::samplesOf(nullptr, nullptr, nullptr, weighted ? &some : nullptr, samples, planes, rows, columns);
    n4::requireBins("count the bytes", bins);
    *bytes = n4::fitBytes(shape) + n4::levelBytes(shape, points) + n4::binBytes(bins);
  });
}

int32_t n4_fit_open(int32_t device, const uint32_t* row_start, const uint16_t* x_index, const float* value,
                    const float* weight, int64_t samples, int32_t planes, int32_t rows, int32_t columns, uint64_t* fit,
                    char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    n4::requireDevice(device);
    const n4::Samples host = n4::samplesOf(row_start, x_index, value, weight, samples, planes, rows, columns);
    n4::requireSamples(host);
    *fit = n4::registry<n4::FitSession>().add(std::make_shared<n4::FitSession>(device, host));
  });
}

int32_t n4_fit_begin_level(uint64_t fit, int32_t points_z, int32_t points_y, int32_t points_x, const int32_t* first_z,
                           const double* rows_z, const int32_t* first_y, const double* rows_y, const int32_t* first_x,
                           const double* rows_x, const double* lattice, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const auto session = n4::registry<n4::FitSession>().get(fit);
    std::lock_guard<std::mutex> lock(session->mutex());
    const int points[3] = {points_z, points_y, points_x};
    const int32_t* first[3] = {first_z, first_y, first_x};
    const double* rows[3] = {rows_z, rows_y, rows_x};
    n4::requirePoints("begin the level", points);
    n4::requireGiven(rows_z && rows_y && rows_x, "begin the level", "rows");
    n4::requireGiven(lattice != nullptr, "begin the level", "lattice");
    for (int a = 0; a < 3; a++) n4::requireFirst("begin the level", first[a], session->positions(a), points[a]);
    session->beginLevel(points, first, rows, lattice);
  });
}

int32_t n4_fit_iterate(uint64_t fit, int32_t count, double threshold, int32_t bins, double fwhm, double wiener_noise,
                       double* convergence, int32_t* outcome, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const auto session = n4::registry<n4::FitSession>().get(fit);
    std::lock_guard<std::mutex> lock(session->mutex());
    n4::require(count >= 1, "iterate", "count", "an integer >= 1", count);
    n4::requireBins("iterate", bins);
    n4::require(threshold >= 0, "iterate", "threshold", "a number >= 0", threshold);
    n4::require(fwhm > 0, "iterate", "fwhm", "a number > 0", fwhm);
    n4::require(wiener_noise > 0, "iterate", "wiener_noise", "a number > 0", wiener_noise);
    bool stopped = false;
    outcome[0] = session->iterate(count, {fwhm, wiener_noise, threshold, bins, 0, 0, 0}, convergence, &stopped);
    outcome[1] = stopped;
  });
}

int32_t n4_fit_lattice(uint64_t fit, double* values, int64_t length, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const auto session = n4::registry<n4::FitSession>().get(fit);
    std::lock_guard<std::mutex> lock(session->mutex());
    session->requireLevel("read the lattice");
    n4::require(length == static_cast<int64_t>(session->latticeSize()), "read the lattice", "length",
                "that of the lattice", static_cast<double>(length));
    session->readLattice(values);
  });
}

int32_t n4_fit_values(uint64_t fit, float* values, int64_t length, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const auto session = n4::registry<n4::FitSession>().get(fit);
    std::lock_guard<std::mutex> lock(session->mutex());
    n4::require(length == static_cast<int64_t>(session->samples()), "read the values", "length",
                "the number of samples", static_cast<double>(length));
    session->readValues(values);
  });
}

int32_t n4_fit_inspect(uint64_t fit, int32_t what, double* values, int64_t length, char* message,
                       int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const auto session = n4::registry<n4::FitSession>().get(fit);
    std::lock_guard<std::mutex> lock(session->mutex());
    session->inspect(what, values, static_cast<size_t>(length));
  });
}

int32_t n4_fit_close(uint64_t fit, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const auto session = n4::registry<n4::FitSession>().remove(fit);
    std::lock_guard<std::mutex> lock(session->mutex());
  });
}

}  // extern "C"
