// Device and pinned memory that frees itself, streams, and the account of what a process holds on each device.
#pragma once

#include <string.h>

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "failure.h"

namespace n4 {

// Bytes that sessions hold on each device, and the most they have held.
class MemoryAccount {
 public:
  void add(int device, int64_t bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    Held& held = held_[device];
    held.now += bytes;
    if (held.now > held.most) held.most = held.now;
  }
  int64_t most(int device) {
    std::lock_guard<std::mutex> lock(mutex_);
    return held_[device].most;
  }

 private:
  struct Held {
    int64_t now = 0, most = 0;
  };
  std::mutex mutex_;
  std::map<int, Held> held_;
};

// Never destroyed: at the end of a process a call may still be under way.
inline MemoryAccount& memoryAccount() {
  static MemoryAccount* account = new MemoryAccount;
  return *account;
}

inline void selectDevice(int device) { check(cudaSetDevice(device), "is selected"); }

// One block of device memory.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  ~DeviceMemory() { release(); }

  // Makes room for `bytes` in place of what there was; refused before it is tried where the device reports
  // less. `action` names what needs it.
  void reserve(int device, size_t bytes, const char* action) {
    if (bytes <= size_) return;
    release();
    size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "reports its free memory");
    if (bytes > free) refuse(action, bytes, free);
    const cudaError_t error = cudaMalloc(&data_, bytes);
    if (error == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      data_ = nullptr;
      refuse(action, bytes, free);
    }
    check(error, "allocates memory");
    device_ = device;
    size_ = bytes;
    memoryAccount().add(device, static_cast<int64_t>(bytes));
  }
  char* data() const { return static_cast<char*>(data_); }

 private:
  [[noreturn]] static void refuse(const char* action, size_t bytes, size_t free) {
    fail(N4_OUT_OF_MEMORY, "Cannot %s as the device must have %zu bytes free in one piece: current value is %zu",
         action, bytes, free);
  }
  void release() {
    if (!data_) return;
    cudaFree(data_);
    memoryAccount().add(device_, -static_cast<int64_t>(size_));
    data_ = nullptr;
    size_ = 0;
  }
  void* data_ = nullptr;
  size_t size_ = 0;
  int device_ = 0;
};

// Host memory that the device copies from and to without the driver's own detour.
class PinnedMemory {
 public:
  PinnedMemory() = default;
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;
  ~PinnedMemory() {
    if (data_) cudaFreeHost(data_);
  }
  void reserve(size_t bytes) {
    if (bytes <= size_) return;
    if (data_) cudaFreeHost(data_);
    data_ = nullptr;
    size_ = 0;
    check(cudaMallocHost(&data_, bytes), "pins host memory");
    size_ = bytes;
  }
  char* data() const { return static_cast<char*>(data_); }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};

// A queue of work.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (stream_) cudaStreamDestroy(stream_);
  }
  void create() {
    if (!stream_) check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "creates a stream");
  }
  void wait(const char* did) const { check(cudaStreamSynchronize(stream_), did); }
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

// Waits for a stream at the end of a scope, an exception's too: host memory may be let go once nothing copies from it.
class Settled {
 public:
  explicit Settled(const Stream& stream) : stream_(stream) {}
  Settled(const Settled&) = delete;
  Settled& operator=(const Settled&) = delete;
  ~Settled() { cudaStreamSynchronize(stream_.get()); }

 private:
  const Stream& stream_;
};

// Lays arrays out in one block. Without a base it only counts: the same function that places the arrays counts the
// bytes that they need.
class Layout {
 public:
  explicit Layout(char* base) : base_(base) {}
  template <class T>
  T* take(size_t count) {
    T* at = base_ ? reinterpret_cast<T*>(base_ + used_) : nullptr;
    used_ += (count * sizeof(T) + 255) / 256 * 256;
    return at;
  }
  size_t bytes() const { return used_; }

 private:
  char* base_;
  size_t used_ = 0;
};

// Copies to the device; the source may be reused once the stream has been waited for.
template <class T>
void upload(const T* to, const T* from, size_t count, const Stream& stream) {
  if (count == 0) return;
  check(cudaMemcpyAsync(const_cast<T*>(to), from, count * sizeof(T), cudaMemcpyHostToDevice, stream.get()),
        "copies to its memory");
}

// The rows of `positions` positions, which the caller holds as four numbers each.
template <class Real>
void uploadRows(const Row<Real>* to, const Real* from, size_t positions, const Stream& stream) {
  upload(reinterpret_cast<const Real*>(to), from, 4 * positions, stream);
}

template <class T>
void download(T* to, const T* from, size_t count, const Stream& stream) {
  if (count == 0) return;
  check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyDeviceToHost, stream.get()), "copies from its memory");
}

}  // namespace n4
