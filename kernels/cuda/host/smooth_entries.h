// The entries of a smoothing. Documented in ffi/n4_cuda.h.
#pragma once

#include "arguments.h"
#include "device.h"
#include "registry.h"
#include "smooth_session.h"

namespace n4 {

inline void requireRadius(const char* action, const int radius[3]) {
  for (int a = 0; a < 3; a++)
    require(radius[a] >= 0 && radius[a] < (1 << 20), action, "radius", "from 0 to 1048575", radius[a]);
}

}  // namespace n4

extern "C" {

int32_t n4_smooth_bytes(int32_t radius_z, int32_t radius_y, int32_t radius_x, int64_t boxes, int64_t box_voxels,
                        uint64_t* bytes, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const int radius[3] = {radius_z, radius_y, radius_x};
    n4::requireRadius("count the bytes", radius);
    n4::require(boxes >= 1, "count the bytes", "boxes", "an integer >= 1", static_cast<double>(boxes));
    n4::require(box_voxels >= 1, "count the bytes", "box_voxels", "an integer >= 1", static_cast<double>(box_voxels));
    *bytes = n4::smoothBytes(radius, boxes, box_voxels);
  });
}

int32_t n4_smooth_open(int32_t device, int32_t planes, int32_t rows, int32_t columns, int32_t radius_z,
                       int32_t radius_y, int32_t radius_x, const double* taps, uint64_t* smooth, char* message,
                       int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const char* action = "open the smoothing";
    n4::requireDevice(device);
    n4::requireShape(action, planes, rows, columns);
    n4::requireGiven(taps != nullptr, action, "taps");
    const int shape[3] = {planes, rows, columns};
    const int radius[3] = {radius_z, radius_y, radius_x};
    n4::requireRadius(action, radius);
    *smooth = n4::registry<n4::SmoothSession>().add(std::make_shared<n4::SmoothSession>(device, shape, radius, taps));
  });
}

int32_t n4_smooth_box(uint64_t smooth, const int32_t* box, const int32_t* padded, const float* data, float* out,
                      char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const char* action = "smooth the box";
    const auto session = n4::registry<n4::SmoothSession>().get(smooth);
    n4::requireBox(action, box, session->shape());
    n4::requireBox(action, padded, session->shape());
    for (int a = 0; a < 3; a++) {
      const int radius = session->radius()[a], lo = box[2 * a] - radius, hi = box[2 * a + 1] + radius;
      n4::require(padded[2 * a] <= (lo < 0 ? 0 : lo), action, "padded", "the box grown by the halo", padded[2 * a]);
      n4::require(padded[2 * a + 1] >= (hi > session->shape()[a] ? session->shape()[a] : hi), action, "padded",
                  "the box grown by the halo", padded[2 * a + 1]);
    }
    session->run(box, padded, data, out);
  });
}

int32_t n4_smooth_close(uint64_t smooth, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] { n4::registry<n4::SmoothSession>().remove(smooth); });
}

}  // extern "C"
