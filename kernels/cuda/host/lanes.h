// Two lanes for boxes: each has a stream, device memory and pinned memory, so that one box's copies run beside the
// other's kernel. A call takes one lane, and the second too where it has use for it and nobody else has it.
#pragma once

#include <pthread.h>

#include "memory.h"

namespace n4 {

struct Lane {
  Stream stream;
  DeviceMemory memory;
  PinnedMemory pinned;
  bool busy = false;
};

class Lanes {
 public:
  static constexpr int kCount = 2;

  explicit Lanes(int device) : device_(device) {
    selectDevice(device);
    for (Lane& lane : lanes_) lane.stream.create();
  }
  ~Lanes() { cudaSetDevice(device_); }

  // Lanes held by one call; the destructor waits for what they have queued and gives them back.
  class Held {
   public:
    Held(Lanes& lanes, int64_t wanted) : lanes_(lanes) {
      std::unique_lock<std::mutex> lock(lanes_.mutex_);
      while (lanes_.lanes_[0].busy && lanes_.lanes_[1].busy) {
        pthread_cond_wait(&lanes_.freed_, lanes_.mutex_.native_handle());
      }
      for (Lane& lane : lanes_.lanes_) {
        if (lane.busy || count_ >= wanted) continue;
        lane.busy = true;
        held_[count_++] = &lane;
      }
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
      for (int i = 0; i < count_; i++) cudaStreamSynchronize(held_[i]->stream.get());
      std::lock_guard<std::mutex> lock(lanes_.mutex_);
      for (int i = 0; i < count_; i++) held_[i]->busy = false;
      pthread_cond_broadcast(&lanes_.freed_);
    }
    int count() const { return count_; }
    Lane& operator[](int i) const { return *held_[i]; }

   private:
    Lanes& lanes_;
    Lane* held_[kCount] = {};
    int count_ = 0;
  };

 private:
  const int device_;
  std::mutex mutex_;
  pthread_cond_t freed_ = PTHREAD_COND_INITIALIZER;  // std::condition_variable asks for the libstdc++ of GCC 12
  Lane lanes_[kCount];
};

}  // namespace n4
