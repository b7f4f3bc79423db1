// As much of CUDA as the kernels and their host side use, on a processor: for tests alone. Blocks run one after the
// other; the threads of a block are fibers that take turns at every barrier and shuffle (fibers.h). The runtime's calls
// are those of runtime.h. Written against the names of the CUDA C++ programming guide; nothing of NVIDIA's headers is
// here.
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "fibers.h"
#include "machine.h"
#include "races.h"

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)
// A block's shared variable: the fibers of a block share their system thread, blocks on other system threads must not
// see it.
#define __shared__ static thread_local
#define N4_DYNAMIC_SHARED(type, name) type* name = reinterpret_cast<type*>(n4::emulated::sharedMemory)

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

struct alignas(16) float4 {
  float x, y, z, w;
};

using std::max;
using std::min;

// Where a barrier, fence, shuffle or atomic addition is called from: tests leave each out in turn.
#define N4_SITE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(N4_SITE) {
  if (!n4::emulated::isLeftOut(file, line)) n4::emulated::waitFor(n4::emulated::Wait::block);
}

inline void __syncwarp(N4_SITE) {
  if (!n4::emulated::isLeftOut(file, line)) n4::emulated::waitFor(n4::emulated::Wait::warp);
}

inline void __threadfence(N4_SITE) {
  if (!n4::emulated::isLeftOut(file, line)) n4::emulated::fence();
}

// Every lane puts its value down, waits for its warp, takes the other lane's, and waits until all have taken theirs.
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int step, N4_SITE) {
  static_assert(sizeof(T) <= sizeof(double), "a shuffle moves one number");
  using namespace n4::emulated;
  const unsigned self = threadIdx.x, other = self ^ static_cast<unsigned>(step);
  if (isLeftOut(file, line)) mask >>= 1;
  if (!(mask >> self % kWarpSize & mask >> other % kWarpSize & 1)) complain("the mask of a shuffle leaves out a lane");
  memcpy(&exchange[self], &value, sizeof(T));
  waitFor(Wait::warp);
  T taken;
  memcpy(&taken, &exchange[other], sizeof(T));
  waitFor(Wait::warp);
  return taken;
}

// Blocks run one at a time on a system thread and no two launches share memory, so plain additions are atomic here.
template <class T>
N4_UNWATCHED T atomicAdd(T* at, T value, N4_SITE) {
  n4::emulated::touchAtomically(at, sizeof(T), !n4::emulated::isLeftOut(file, line));
  const T before = *at;
  *at = before + value;
  return before;
}

inline int __clz(int value) { return value == 0 ? 32 : __builtin_clz(static_cast<unsigned>(value)); }

inline unsigned __brev(unsigned value) {
  unsigned reversed = 0;
  for (int bit = 0; bit < 32; bit++) reversed |= ((value >> bit) & 1u) << (31 - bit);
  return reversed;
}

#include "runtime.h"
