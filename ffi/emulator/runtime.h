// The calls of the CUDA runtime that the host side uses, over the machine's own memory. Everything queued is done at
// once, so that a stream is only a name; a stream under capture records its kernels and copies instead. Faults are
// injected by n4_emulate (controls.cpp).
#pragma once

#include <memory>
#include <random>

#include "machine.h"

using cudaStream_t = n4::emulated::Stream*;
using cudaGraph_t = n4::emulated::Graph*;
using cudaGraphExec_t = n4::emulated::Graph*;

struct cudaUUID_t {
  char bytes[16];
};

struct cudaDeviceProp {
  char name[256];
  cudaUUID_t uuid;
  size_t totalGlobalMem;
  int major, minor;
};

struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
};

inline const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorLaunchFailure:
      return *n4::emulated::complaint ? n4::emulated::complaint : "unspecified launch failure";
    default:
      return "invalid argument";
  }
}

inline cudaError_t cudaGetLastError() { return cudaSuccess; }

inline cudaError_t cudaGetDeviceCount(int* count) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  if (n4::emulated::machine().driver < 12000) return cudaErrorInsufficientDriver;
  *count = static_cast<int>(n4::emulated::visibleDevices().size());
  return *count == 0 ? cudaErrorNoDevice : cudaSuccess;
}

inline cudaError_t cudaSetDevice(int device) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  const std::vector<int> visible = n4::emulated::visibleDevices();
  if (device < 0 || device >= static_cast<int>(visible.size())) return cudaErrorInvalidDevice;
  n4::emulated::currentDevice() = visible[device];
  return cudaSuccess;
}

inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  const int which = n4::emulated::visibleDevices().at(device);
  *properties = {};
  snprintf(properties->name, sizeof properties->name, "emulated device %d", which);
  properties->uuid.bytes[15] = static_cast<char>(which);
  properties->totalGlobalMem = n4::emulated::machine().totalBytes;
  properties->major = n4::emulated::machine().capability[which] / 10;
  properties->minor = n4::emulated::machine().capability[which] % 10;
  return cudaSuccess;
}

inline cudaError_t cudaDriverGetVersion(int* version) {
  return *version = n4::emulated::machine().driver, n4::emulated::enter();
}
inline cudaError_t cudaRuntimeGetVersion(int* version) { return *version = 0, n4::emulated::enter(); }

inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  *stream = new n4::emulated::Stream;
  n4::emulated::countObjects(1);
  return cudaSuccess;
}

inline cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  n4::emulated::countObjects(-1);
  return cudaSuccess;
}

inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return n4::emulated::enter(); }

inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  return n4::emulated::queue(stream, [=] { return memcpy(to, from, bytes), cudaSuccess; });
}

inline cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
  return n4::emulated::queue(stream, [=] { return memset(to, value, bytes), cudaSuccess; });
}

inline cudaError_t cudaStreamBeginCapture(cudaStream_t stream, int) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  stream->recording = new n4::emulated::Graph;
  n4::emulated::countObjects(1);
  return cudaSuccess;
}

inline cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = stream->recording;
  stream->recording = nullptr;
  return n4::emulated::enter();
}

inline cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  n4::emulated::countObjects(-1);
  return cudaSuccess;
}

inline cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) { return cudaGraphDestroy(graph); }

inline cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  *executable = new n4::emulated::Graph(*graph);
  n4::emulated::countObjects(1);
  return cudaSuccess;
}

struct cudaGraphExecUpdateResultInfo {};

inline cudaError_t cudaGraphExecUpdate(cudaGraphExec_t executable, cudaGraph_t graph, cudaGraphExecUpdateResultInfo*) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  *executable = *graph;
  return cudaSuccess;
}

inline cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  for (const auto& work : graph->work) {
    if (const cudaError_t error = work()) return error;
  }
  return cudaSuccess;
}

// Runs a kernel, block after block, in the order that the machine is told.
template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments... arguments) {
  const cudaLaunchConfig_t launch = *config;
  if (launch.gridDim.x == 0 || launch.dynamicSmemBytes > 48 * 1024) return cudaErrorInvalidValue;
  return n4::emulated::queue(launch.stream, [=] {
    using namespace n4::emulated;
    std::unique_ptr<char, decltype(&free)> shared(
        static_cast<char*>(aligned_alloc(16, launch.dynamicSmemBytes / 16 * 16 + 16)), free);
    sharedMemory = shared.get();
    *complaint = 0;
    gridDim.x = launch.gridDim.x;
    const std::function<void()> body = [&] { kernel(arguments...); };
    std::vector<unsigned> order(gridDim.x);
    for (unsigned i = 0; i < gridDim.x; i++) order[i] = i;
    std::shuffle(order.begin(), order.end(), std::minstd_rand(machine().order));
    watchLaunch();
    for (const unsigned block : order) {
      blockIdx.x = block;
      memset(sharedMemory, 0xff, launch.dynamicSmemBytes);
      watchBlock();
      if (!runBlock(launch.blockDim.x, machine().order + block, body)) complain("threads wait for each other for ever");
      if (*complaint) return static_cast<cudaError_t>(cudaErrorLaunchFailure);
    }
    return static_cast<cudaError_t>(cudaSuccess);
  });
}

#include "runtime_memory.h"
