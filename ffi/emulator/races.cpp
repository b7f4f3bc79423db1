// Finds races: two threads touch the same four bytes, one of them writes, and nothing orders the two. Within a warp
// __syncwarp and shuffles order, within a block __syncthreads, between blocks a fence before and after an atomic
// addition; launches follow each other. What is found does not depend on the order in which the threads happen to run.
// That order is random at every load and store as well, so that a missing barrier also changes results.
//
// The compiler calls the functions at the end before every load and store (-fsanitize=thread); its own library for them
// is not linked.

#include "races.h"

#include <dlfcn.h>

#include <unordered_map>
#include <vector>

#include "fibers.h"
#include "machine.h"

namespace n4::emulated {
namespace {

constexpr unsigned kMany = ~0u;

// One in so many loads and stores lets other threads go first.
constexpr unsigned kTurns = 8;

struct Moment {
  unsigned block, thread;
  Passed passed;
};

// Those who have touched a word since the last barrier that all of them passed.
struct Touches {
  bool any = false;
  bool before = false;  // earlier blocks have too
  bool loose = false;   // one of them has not handed on what it did
  unsigned warp = 0, thread = 0;
  Moment at = {};
};

struct Word {
  Touches reads, writes, atomics;
};

// A thread that hands on, or takes, what was done before a moment.
struct Handover {
  bool made = false;
  Moment at = {};
};

struct Watch {
  std::unordered_map<uintptr_t, Word> words;
  std::unordered_map<unsigned, Handover> released;  // by block
  Handover acquired;                                // by the block that runs
  std::vector<Handover> fenced;                     // by thread, since it last wrote
  std::vector<bool> added;                          // by thread, atomically
};

thread_local Watch watch;

Moment now() { return {blockIdx.x, threadIdx.x, passedBy(threadIdx.x)}; }

bool isDeviceMemory(uintptr_t address) {
  Machine& m = machine();
  std::lock_guard<std::mutex> lock(m.mutex);
  auto next = m.blocks.upper_bound(reinterpret_cast<void*>(address));
  if (next == m.blocks.begin()) return false;
  --next;
  return address < reinterpret_cast<uintptr_t>(next->first) + next->second.second;
}

// Whether all touches of an earlier block are handed on.
bool isReleased(const Touches& touches) {
  const Handover& release = watch.released[touches.at.block];
  if (!release.made) return false;
  const unsigned done = touches.at.passed.block, handed = release.at.passed.block;
  return done < handed || (done == handed && touches.thread == release.at.thread);
}

bool hasAcquired(const Moment& moment) {
  const Handover& taken = watch.acquired;
  return taken.made && (moment.passed.block > taken.at.passed.block || moment.thread == taken.at.thread);
}

// Takes what an earlier block has touched for done; shared memory is another one's then.
void settle(Touches& touches, const Moment& moment, uintptr_t address) {
  if (!touches.any || touches.at.block == moment.block) return;
  const bool device = isDeviceMemory(address);
  touches.loose = device && (touches.loose || !isReleased(touches));
  touches.before = device;
  touches.any = false;
}

bool isOrdered(const Touches& touches, const Moment& moment) {
  if (touches.loose || (touches.before && !hasAcquired(moment))) return false;
  if (!touches.any || touches.at.passed.block < moment.passed.block) return true;
  if (touches.warp != moment.thread / kWarpSize) return false;
  return touches.at.passed.warp < moment.passed.warp || touches.thread == moment.thread;
}

void add(Touches& touches, const Moment& moment) {
  const unsigned warp = moment.thread / kWarpSize;
  if (touches.any && touches.at.passed.block == moment.passed.block) {
    if (touches.warp != warp) touches.warp = touches.thread = kMany;
    if (touches.warp == kMany) return;
    if (touches.at.passed.warp == moment.passed.warp) {
      if (touches.thread != moment.thread) touches.thread = kMany;
      return;
    }
  }
  touches.any = true;
  touches.warp = warp;
  touches.thread = moment.thread;
  touches.at = moment;
}

void report(const char* what, const void* where, const Moment& moment) {
  if (*complaint) return;
  Dl_info info = {};
  dladdr(where, &info);
  const size_t offset = static_cast<const char*>(where) - static_cast<const char*>(info.dli_fbase);
  snprintf(complaint, sizeof complaint,
           "a race: thread %u of block %u %s what another has touched (addr2line -e %s %#zx)", moment.thread,
           moment.block, what, info.dli_fname, offset);
}

enum class Kind { read, write, atomic };

void touchWord(uintptr_t address, Kind kind, const void* where) {
  const Moment moment = now();
  Word& word = watch.words[address / 4];
  for (Touches* touches : {&word.reads, &word.writes, &word.atomics}) settle(*touches, moment, address);
  const bool ordered = isOrdered(word.writes, moment) && (kind == Kind::read || isOrdered(word.reads, moment)) &&
                       (kind == Kind::atomic || isOrdered(word.atomics, moment));
  if (!ordered) report(kind == Kind::read ? "reads" : kind == Kind::write ? "writes" : "adds to", where, moment);
  add(kind == Kind::read ? word.reads : kind == Kind::write ? word.writes : word.atomics, moment);
}

void touch(const void* address, size_t size, Kind kind, const void* where) {
  if (!inKernel || isOnStack(address)) return;
  if (kind != Kind::atomic && randomBelow(kTurns) == 0) waitFor(Wait::turn);
  inKernel = false;
  const uintptr_t begin = reinterpret_cast<uintptr_t>(address), end = begin + size;
  for (uintptr_t at = begin / 4 * 4; at < end; at += 4) touchWord(at, kind, where);
  if (kind == Kind::write) watch.fenced[threadIdx.x].made = false;
  if (kind == Kind::atomic && isDeviceMemory(begin)) {
    watch.added[threadIdx.x] = true;
    if (watch.fenced[threadIdx.x].made) watch.released[blockIdx.x] = watch.fenced[threadIdx.x];
  }
  inKernel = true;
}

}  // namespace

void watchLaunch() {
  watch.words.clear();
  watch.released.clear();
}

void watchBlock() {
  watch.acquired = {};
  watch.fenced.assign(kMostThreads, {});
  watch.added.assign(kMostThreads, false);
}

void touchAtomically(const void* address, size_t size, bool atomic) {
  const void* where = __builtin_return_address(0);
  if (atomic) return touch(address, size, Kind::atomic, where);
  touch(address, size, Kind::read, where);
  touch(address, size, Kind::write, where);
}

void fence() {
  inKernel = false;
  if (watch.added[threadIdx.x] && !watch.acquired.made) watch.acquired = {true, now()};
  watch.fenced[threadIdx.x] = {true, now()};
  inKernel = true;
}

}  // namespace n4::emulated

#define N4_TOUCH(name, size, kind)                                                             \
  extern "C" void __tsan_##name(void* address) {                                               \
    n4::emulated::touch(address, size, n4::emulated::Kind::kind, __builtin_return_address(0)); \
  }
#define N4_TOUCHES(size)                     \
  N4_TOUCH(read##size, size, read)           \
  N4_TOUCH(write##size, size, write)         \
  N4_TOUCH(unaligned_read##size, size, read) \
  N4_TOUCH(unaligned_write##size, size, write)

N4_TOUCHES(1)
N4_TOUCHES(2)
N4_TOUCHES(4)
N4_TOUCHES(8)
N4_TOUCHES(16)

extern "C" void __tsan_read_range(void* address, size_t size) {
  n4::emulated::touch(address, size, n4::emulated::Kind::read, __builtin_return_address(0));
}

extern "C" void __tsan_write_range(void* address, size_t size) {
  n4::emulated::touch(address, size, n4::emulated::Kind::write, __builtin_return_address(0));
}

// What the host's side calls.
extern "C" void __tsan_init() {}
extern "C" void __tsan_vptr_update(void**, void*) {}
extern "C" char __tsan_atomic8_load(const volatile char* at, int) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }
extern "C" int __tsan_atomic32_fetch_add(volatile int* at, int value, int) {
  return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);
}
