// What devices there are, and how much memory each has free. The free memory comes from the driver's management
// library, which needs no context: asking the runtime would take some hundred megabytes on every device, those of other
// processes included.
#pragma once

#include <chrono>

#include "memory.h"

#ifndef N4_EMULATED
#include "management.h"
#endif

namespace n4 {

// The newest CUDA version that driver 525, the oldest that runs this library, supports, as CUDA writes versions.
constexpr int kLeastDriver = 12000;

inline int deviceCount() {
  int count = 0, driver = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return count;
  cudaGetLastError();
  cudaDriverGetVersion(&driver);  // 0 where there is no driver
  if (driver == 0) {
    fail(N4_NO_DEVICE, "Cannot use CUDA as an NVIDIA driver of version 525 or newer must be installed: none was found");
  }
  if (driver < kLeastDriver) {
    fail(N4_NO_DEVICE,
         "Cannot use CUDA as the NVIDIA driver must have version 525 or newer (CUDA 12.0): current one supports CUDA "
         "%d.%d",
         driver / 1000, driver % 1000 / 10);
  }
  fail(N4_NO_DEVICE, "Cannot use CUDA as the NVIDIA driver must find a device: current error is '%s'",
       cudaGetErrorString(error == cudaSuccess ? cudaErrorNoDevice : error));
}

inline void requireDevice(int32_t device) {
  const int count = deviceCount();
  if (device >= 0 && device < count) return;
  fail(N4_BAD_ARGUMENT, "Cannot use CUDA as 'device' must be an integer from 0 to %d: current value is %d", count - 1,
       device);
}

#ifdef N4_EMULATED

inline uint64_t freeBytes(int device) {
  size_t free = 0, total = 0;
  selectDevice(device);
  check(cudaMemGetInfo(&free, &total), "reports its free memory");
  return free;
}

#else

// What the driver takes for a context of this process, some 300 to 500 MB; none is there when free memory is asked for.
constexpr unsigned long long kContextBytes = 512ull << 20;

// Free memory by the management library, less a context; 0 where it cannot be asked, which leaves the choice to the
// order of the devices.
inline uint64_t freeBytes(int device) {
  char bus[32] = "";
  check(cudaDeviceGetPCIBusId(bus, sizeof bus, device), "reports its PCI address");
  const uint64_t free = Management::freeBytes(bus);
  if (free == 0) return 0;
  return free > kContextBytes ? free - kContextBytes : 1;
}

#endif

// Bytes a nanosecond of copies in one direction, best of five: within the device's memory, read and written counted; or
// from and to pinned host memory.
inline double copyRate(int device, cudaMemcpyKind kind, size_t bytes) {
  using Clock = std::chrono::steady_clock;
  selectDevice(device);
  Stream stream;
  DeviceMemory memory;
  PinnedMemory pinned;
  stream.create();
  memory.reserve(device, 2 * bytes, "measure the device");
  if (kind != cudaMemcpyDeviceToDevice) pinned.reserve(bytes);
  char* to = kind == cudaMemcpyDeviceToHost ? pinned.data() : memory.data();
  const char* from = kind == cudaMemcpyHostToDevice ? pinned.data() : memory.data() + bytes;
  const double moved = (kind == cudaMemcpyDeviceToDevice ? 2.0 : 1.0) * bytes;
  double best = 0;
  for (int round = 0; round < 6; round++) {
    const auto begin = Clock::now();
    for (int i = 0; i < 16; i++) check(cudaMemcpyAsync(to, from, bytes, kind, stream.get()), "copies");
    stream.wait("copies");
    const std::chrono::duration<double, std::nano> took = Clock::now() - begin;
    const double rate = 16 * moved / took.count();
    if (round > 0 && rate > best) best = rate;  // the first round warms up
  }
  return best;
}

inline void formatUuid(const cudaUUID_t& uuid, char* to, int32_t size) {
  char text[48] = "GPU-";
  char* at = text + 4;
  for (int i = 0; i < 16; i++) {
    const bool dash = i == 4 || i == 6 || i == 8 || i == 10;
    at += snprintf(at, 4, dash ? "-%02x" : "%02x", static_cast<unsigned char>(uuid.bytes[i]));
  }
  copyText(text, to, size);
}

}  // namespace n4
