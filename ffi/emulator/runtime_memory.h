// The part of the emulated runtime that hands out memory. Device memory is the machine's own, with an account of who
// holds how much.
#pragma once

#include "runtime.h"

inline cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  auto& m = n4::emulated::machine();
  std::lock_guard<std::mutex> lock(m.mutex);
  const int device = n4::emulated::currentDevice();
  const size_t used = m.held[device] + m.usedElsewhere[device];
  *total = m.totalBytes;
  *free = used < m.totalBytes ? m.totalBytes - used : 0;
  return cudaSuccess;
}

inline cudaError_t cudaMalloc(void** data, size_t bytes) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  auto& m = n4::emulated::machine();
  std::lock_guard<std::mutex> lock(m.mutex);
  const int device = n4::emulated::currentDevice();
  if (m.held[device] + m.usedElsewhere[device] + bytes > m.totalBytes) return cudaErrorMemoryAllocation;
  *data = aligned_alloc(256, (bytes + 255) / 256 * 256);
  // What a device's memory holds at first is anybody's guess; not-a-number shows wherever it is used.
  memset(*data, 0xff, bytes);
  m.held[device] += bytes;
  m.objects++;
  m.blocks[*data] = {device, bytes};
  return cudaSuccess;
}

inline cudaError_t cudaFree(void* data) {
  auto& m = n4::emulated::machine();
  std::lock_guard<std::mutex> lock(m.mutex);
  const auto at = m.blocks.find(data);
  if (at == m.blocks.end()) return cudaErrorInvalidValue;
  m.held[at->second.first] -= at->second.second;
  m.objects--;
  m.blocks.erase(at);
  free(data);
  return cudaSuccess;
}

inline cudaError_t cudaMallocHost(void** data, size_t bytes) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  *data = malloc(bytes);
  n4::emulated::countObjects(1);
  return cudaSuccess;
}

inline cudaError_t cudaFreeHost(void* data) {
  free(data);
  n4::emulated::countObjects(-1);
  return cudaSuccess;
}
