// The threads of one block as fibers on one system thread (fibers.cpp). A fiber runs until it waits for its warp or its
// block, or gives way; a wait ends once every living thread of the warp or block has reached it.
#pragma once

#include <stdint.h>

#include <functional>

// Where the running fiber is in the launch.
struct Index {
  unsigned x;
};
inline thread_local Index threadIdx, blockIdx, gridDim;

namespace n4::emulated {

// What a fiber waits for; turn: nothing, others may go first.
enum class Wait { none, turn, warp, block, done };

constexpr unsigned kWarpSize = 32;
constexpr unsigned kMostThreads = 1024;

// Shared memory of the block that runs on this system thread, and what its lanes hand each other.
inline thread_local char* sharedMemory;
inline thread_local double exchange[kMostThreads];

// Whether a fiber runs its kernel; else the emulator is at work.
inline thread_local bool inKernel = false;

// Called by a fiber: gives way until the wait is over.
void waitFor(Wait wait);

// Runs one block, its threads in a random order by `seed`. False: they wait for each other for ever.
bool runBlock(unsigned threads, uint64_t seed, const std::function<void()>& body);

// Barriers of its block and of its warp (those of its block too) that a thread has passed.
struct Passed {
  unsigned block = 0, warp = 0;
};
Passed passedBy(unsigned thread);

// Whether an address is a fiber's own.
bool isOnStack(const void* address);

// A random number below `end`, of the block's own sequence.
unsigned randomBelow(unsigned end);

}  // namespace n4::emulated
