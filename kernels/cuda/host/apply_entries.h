// The entries of a correction. Documented in ffi/n4_cuda.h.
#pragma once

#include "apply_session.h"
#include "arguments.h"
#include "device.h"
#include "registry.h"

extern "C" {

int32_t n4_apply_bytes(int32_t planes, int32_t rows, int32_t columns, int32_t layers, int32_t points_z,
                       int32_t points_y, int32_t points_x, int32_t gain, int32_t table_count, int32_t table_size,
                       int64_t box_voxels, uint64_t* bytes, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const char* action = "count the bytes";
    const int points[3] = {points_z, points_y, points_x};
    n4::requireShape(action, planes, rows, columns);
    n4::requirePoints(action, points);
    n4::require(layers >= 0, action, "layers", "an integer >= 0", layers);
    n4::require(table_count >= 0 && table_size >= 0, action, "table_count", "an integer >= 0", table_count);
    n4::require(box_voxels >= 1, action, "box_voxels", "an integer >= 1", static_cast<double>(box_voxels));
    const float some = 0;
    const n4::ApplyOptions options = {{planes, rows, columns}, layers,  table_count,
                                      gain ? &some : nullptr,  nullptr, nullptr};
    const size_t size = static_cast<size_t>(points_z) * points_y * points_x;
    *bytes = n4::applyBytes(options, table_size, size, box_voxels);
  });
}

int32_t n4_apply_open(int32_t device, int32_t planes, int32_t rows, int32_t columns, int32_t layers, const float* gain,
                      int32_t table_count, int32_t table_size, const float* tables, const int32_t* table_of_plane,
                      double table_lo, double table_hi, double table_threshold, double strength, double scale,
                      double floor, int32_t zero_outside, uint64_t* apply, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const char* action = "open the correction";
    n4::requireDevice(device);
    n4::requireShape(action, planes, rows, columns);
    n4::require(layers >= 0, action, "layers", "an integer >= 0", layers);
    n4::require(table_count >= 0, action, "table_count", "an integer >= 0", table_count);
    n4::require(table_count == 0 || table_size >= 2, action, "table_size", "an integer >= 2", table_size);
    n4::requireGiven(table_count == 0 || (tables && table_of_plane), action, "tables");
    for (int z = 0; table_count > 0 && z < planes; z++)
      n4::require(table_of_plane[z] < table_count, action, "table_of_plane", "the number of a table",
                  table_of_plane[z]);
    n4::VoxelMap map = {};
    map.tableLo = table_lo, map.tableHi = table_hi, map.tableThreshold = table_threshold;
    map.strength = strength, map.scale = scale, map.floor = floor;
    map.tableSize = table_size, map.zeroOutside = zero_outside;
    const n4::ApplyOptions options = {{planes, rows, columns}, layers, table_count, gain, tables, table_of_plane};
    *apply = n4::registry<n4::ApplySession>().add(std::make_shared<n4::ApplySession>(device, options, map));
  });
}

int32_t n4_apply_layer(uint64_t apply, int32_t z0, int32_t z1, int32_t points_z, int32_t points_y, int32_t points_x,
                       const double* lattice, const int32_t* first_z, const double* evaluate_z, const int32_t* first_y,
                       const double* evaluate_y, const int32_t* first_x, const double* evaluate_x, char* message,
                       int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const char* action = "add the field";
    const auto session = n4::registry<n4::ApplySession>().get(apply);
    const int* shape = session->shape();
    const int points[3] = {points_z, points_y, points_x};
    const int32_t* first[3] = {first_z, first_y, first_x};
    const double* evaluate[3] = {evaluate_z, evaluate_y, evaluate_x};
    n4::requirePoints(action, points);
    n4::require(z0 >= 0 && z0 <= z1, action, "z0", "from 0 to z1", z0);
    n4::require(z1 <= shape[0], action, "z1", "within the volume", z1);
    n4::requireGiven(lattice && evaluate_z && evaluate_y && evaluate_x, action, "lattice");
    for (int a = 0; a < 3; a++) n4::requireFirst(action, first[a], shape[a], points[a]);
    session->addLayer(z0, z1, points, lattice, first, evaluate);
  });
}

int32_t n4_apply_correct(uint64_t apply, const int32_t* box, float* data, const uint8_t* mask, char* message,
                         int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const auto session = n4::registry<n4::ApplySession>().get(apply);
    n4::requireBox("correct the box", box, session->shape());
    session->run(box, data, mask, false);
  });
}

int32_t n4_apply_field(uint64_t apply, const int32_t* box, float* out, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const auto session = n4::registry<n4::ApplySession>().get(apply);
    n4::requireBox("write the field", box, session->shape());
    session->run(box, out, nullptr, true);
  });
}

int32_t n4_apply_close(uint64_t apply, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] { n4::registry<n4::ApplySession>().remove(apply); });
}

}  // extern "C"
