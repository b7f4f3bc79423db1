// The calls of the CUDA runtime that the host side uses, over the machine's own memory. Everything queued is done at
// once, so that a stream is but a name; a stream under capture records its kernels and copies instead. Faults are
// injected by n4_emulate (controls.h).
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

using cudaError_t = int;
enum : int {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorLaunchFailure = 719,
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2, cudaMemcpyDeviceToDevice = 3 };
enum { cudaStreamNonBlocking = 1, cudaStreamCaptureModeThreadLocal = 1 };

namespace n4::emulated {

using Work = std::function<cudaError_t()>;

struct Graph {
  std::vector<Work> work;
};

struct Stream {
  Graph* recording = nullptr;
};

// The machine that is made up: its devices, what they hold, and what is to go wrong.
struct Machine {
  std::mutex mutex;
  int devices = 1;
  size_t totalBytes = size_t(4) << 30;
  size_t usedElsewhere[2] = {};  // by other processes, as it were
  size_t held[2] = {};
  int64_t objects = 0;            // allocations, streams and graphs that are open
  int64_t calls = 0, failAt = 0;  // the call, counted from 1, that fails; 0: none
  int failWith = cudaErrorLaunchFailure;
  unsigned order = 1;
  std::map<void*, std::pair<int, size_t>> blocks;
};

inline Machine& machine() {
  static Machine* one = new Machine;
  return *one;
}

inline int& currentDevice() {
  static thread_local int device = 0;
  return device;
}

// Counts a call; an error where this one is to fail.
inline cudaError_t enter() {
  Machine& m = machine();
  std::lock_guard<std::mutex> lock(m.mutex);
  return ++m.calls == m.failAt ? m.failWith : cudaSuccess;
}

inline void countObjects(int64_t change) {
  std::lock_guard<std::mutex> lock(machine().mutex);
  machine().objects += change;
}

// Does the work now, or records it.
inline cudaError_t queue(Stream* stream, Work work) {
  if (const cudaError_t error = enter()) return error;
  if (stream && stream->recording) {
    stream->recording->work.push_back(std::move(work));
    return cudaSuccess;
  }
  return work();
}

}  // namespace n4::emulated

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
      return "unspecified launch failure";
    default:
      return "invalid argument";
  }
}

inline cudaError_t cudaGetLastError() { return cudaSuccess; }

inline cudaError_t cudaGetDeviceCount(int* count) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  *count = n4::emulated::machine().devices;
  return *count == 0 ? cudaErrorNoDevice : cudaSuccess;
}

inline cudaError_t cudaSetDevice(int device) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  if (device < 0 || device >= n4::emulated::machine().devices) return cudaErrorInvalidDevice;
  n4::emulated::currentDevice() = device;
  return cudaSuccess;
}

inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (const cudaError_t error = n4::emulated::enter()) return error;
  *properties = {};
  snprintf(properties->name, sizeof properties->name, "emulated device %d", device);
  properties->uuid.bytes[15] = static_cast<char>(device);
  properties->totalGlobalMem = n4::emulated::machine().totalBytes;
  return cudaSuccess;
}

inline cudaError_t cudaDriverGetVersion(int* version) { return *version = 0, n4::emulated::enter(); }
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
    auto& b = n4::emulated::block();
    const unsigned blocks = launch.gridDim.x, order = n4::emulated::machine().order;
    std::unique_ptr<char, decltype(&free)> shared(
        static_cast<char*>(aligned_alloc(16, launch.dynamicSmemBytes / 16 * 16 + 16)), free);
    b.shared = shared.get();
    gridDim.x = blocks;
    const std::function<void()> body = [&] { kernel(arguments...); };
    for (unsigned i = 0; i < blocks; i++) {
      blockIdx.x = order == 1 ? i : blocks - 1 - i;
      memset(b.shared, 0xff, launch.dynamicSmemBytes);
      if (!n4::emulated::runBlock(launch.blockDim.x, order, body))
        return static_cast<cudaError_t>(cudaErrorLaunchFailure);
    }
    return static_cast<cudaError_t>(cudaSuccess);
  });
}

#include "runtime_memory.h"
