// The machine that the emulator makes up: its devices, what they hold, what is to go wrong; streams, and the work that
// is queued on them.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <functional>
#include <map>
#include <mutex>
#include <vector>

using cudaError_t = int;
enum : int {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInsufficientDriver = 35,
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

constexpr int kMostDevices = 8;

// Devices that there are at first: N4_EMULATED_DEVICES, or one.
inline int firstDevices() {
  const char* asked = getenv("N4_EMULATED_DEVICES");
  const int devices = asked ? atoi(asked) : 1;
  return devices >= 0 && devices <= kMostDevices ? devices : 1;
}

// The machine that is made up: its devices, what they hold, and what is to go wrong.
struct Machine {
  std::mutex mutex;
  int devices = firstDevices();
  size_t totalBytes = size_t(4) << 30;
  size_t usedElsewhere[kMostDevices] = {};  // by other processes, as it were
  int driver = 12000;                       // the CUDA version that it supports; 0: there is none
  int capability[kMostDevices] = {90, 90, 90, 90, 90, 90, 90, 90};
  size_t held[kMostDevices] = {};
  int64_t objects = 0;            // allocations, streams and graphs that are open
  int64_t calls = 0, failAt = 0;  // the call, counted from 1, that fails; 0: none
  int failWith = cudaErrorLaunchFailure;
  uint64_t order = 1;    // seed of the order of blocks and threads
  uint64_t leftOut = 0;  // the barrier, fence, shuffle or atomic addition that is left out; see siteHash
  std::map<void*, std::pair<int, size_t>> blocks;
};

inline Machine& machine() {
  static Machine* one = new Machine;
  return *one;
}

// A line of a source, without its folder, as one number.
inline uint64_t siteHash(const char* file, int line) {
  const char* slash = strrchr(file, '/');
  uint64_t hash = line;
  for (const char* at = slash ? slash + 1 : file; *at; at++) hash = hash * 31 % 1000000007 + *at;
  return hash;
}

inline bool isLeftOut(const char* file, int line) {
  const uint64_t leftOut = machine().leftOut;
  return leftOut != 0 && leftOut == siteHash(file, line);
}

// What a kernel has done that it must not do: the launch fails with this text. Empty: nothing.
inline thread_local char complaint[400];

inline void complain(const char* text) {
  if (!*complaint) snprintf(complaint, sizeof complaint, "%s", text);
}

inline int& currentDevice() {
  static thread_local int device = 0;
  return device;
}

// The devices that CUDA_VISIBLE_DEVICES lets a process see, in its order, as the CUDA programming guide describes it:
// what follows a number that there is not stays hidden. All of them where it is not set.
inline std::vector<int> visibleDevices() {
  const int devices = machine().devices;
  std::vector<int> visible;
  const char* at = getenv("CUDA_VISIBLE_DEVICES");
  for (int i = 0; !at && i < devices; i++) visible.push_back(i);
  while (at && *at) {
    char* end = nullptr;
    const long device = strtol(at, &end, 10);
    if (end == at || device < 0 || device >= devices) break;
    visible.push_back(static_cast<int>(device));
    at = *end == ',' ? end + 1 : end;
  }
  return visible;
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
