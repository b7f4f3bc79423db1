// The threads of one block as fibers on one system thread. A fiber runs until it waits for its warp or its block; a
// wait ends once every living thread of the warp or block has reached it. A block in which nobody can go on (a barrier
// that some threads never reach) is an error.
#pragma once

#include <stdio.h>
#include <ucontext.h>

#include <functional>
#include <memory>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

// Where the running fiber is in the launch.
struct Index {
  unsigned x;
};
inline thread_local Index threadIdx, blockIdx, gridDim;

namespace n4::emulated {

enum class Wait { none, warp, block, done };

constexpr unsigned kWarpSize = 32;
constexpr size_t kStackBytes = 64 * 1024;

#if defined(__x86_64__)

// Saves the registers that a call preserves on the stack, keeps the stack pointer in *from, and goes on where `to` was
// left.
extern "C" void n4_emulated_switch(void** from, void* to);
asm(R"(
.text
.type n4_emulated_switch, @function
n4_emulated_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size n4_emulated_switch, .-n4_emulated_switch
)");

// Where a fiber has stopped.
struct Context {
  void* stack = nullptr;
  void start(char* bottom, size_t size, void (*entry)()) {
    auto* top = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(bottom + size) & ~uintptr_t(15));
    *--top = nullptr;  // what a call would have pushed: keeps the stack aligned as the ABI wants it
    *--top = reinterpret_cast<void*>(entry);  // where the first switch returns to
    for (int i = 0; i < 6; i++) *--top = nullptr;
    stack = top;
  }
  static void change(Context& from, Context& to) { n4_emulated_switch(&from.stack, to.stack); }
};

#else

struct Context {
  ucontext_t context;
  void start(char* bottom, size_t size, void (*entry)()) {
    getcontext(&context);
    context.uc_stack.ss_sp = bottom;
    context.uc_stack.ss_size = size;
    context.uc_link = nullptr;
    makecontext(&context, entry, 0);
  }
  static void change(Context& from, Context& to) { swapcontext(&from.context, &to.context); }
};

#endif

// The block that runs on this system thread.
struct Block {
  char* shared = nullptr;
  std::vector<double> exchange;
  std::vector<Wait> wait;
  std::vector<Context> contexts;
  std::vector<char> stacks;
  Context scheduler;
  const std::function<void()>* body = nullptr;
  const void* schedulerStack = nullptr;
  size_t schedulerStackSize = 0;
};

inline Block& block() {
  static thread_local Block current;
  return current;
}

// Tells the address sanitizer that the stack changes; `bottom` null: to the scheduler's.
inline void beforeSwitch([[maybe_unused]] void** keep, [[maybe_unused]] const void* bottom,
                         [[maybe_unused]] size_t size) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(keep, bottom, size);
#endif
}

inline void afterSwitch([[maybe_unused]] void* kept, [[maybe_unused]] bool intoFiber) {
#if defined(__SANITIZE_ADDRESS__)
  Block& b = block();
  if (intoFiber)
    __sanitizer_finish_switch_fiber(kept, &b.schedulerStack, &b.schedulerStackSize);
  else
    __sanitizer_finish_switch_fiber(kept, nullptr, nullptr);
#endif
}

// Called by a fiber: gives way to the scheduler until the wait is over.
inline void waitFor(Wait wait) {
  Block& b = block();
  const unsigned self = threadIdx.x;
  b.wait[self] = wait;
  void* kept = nullptr;
  beforeSwitch(wait == Wait::done ? nullptr : &kept, b.schedulerStack, b.schedulerStackSize);
  Context::change(b.contexts[self], b.scheduler);
  afterSwitch(kept, true);
}

inline void fiberMain() {
  afterSwitch(nullptr, true);
  (*block().body)();
  waitFor(Wait::done);
}

inline void resume(Block& b, unsigned thread) {
  threadIdx.x = thread;
  b.wait[thread] = Wait::none;
  void* kept = nullptr;
  beforeSwitch(&kept, b.stacks.data() + thread * kStackBytes, kStackBytes);
  Context::change(b.scheduler, b.contexts[thread]);
  afterSwitch(kept, false);
}

// Whether every living thread of [begin, end) waits for `wait`, and at least one does.
inline bool allWait(const Block& b, unsigned begin, unsigned end, Wait wait) {
  bool any = false;
  for (unsigned t = begin; t < end; t++) {
    if (b.wait[t] == Wait::done) continue;
    if (b.wait[t] != wait) return false;
    any = true;
  }
  return any;
}

// Runs one block; `order` is odd and gives the order in which its threads take turns. False: its threads wait for each
// other for ever.
inline bool runBlock(unsigned threads, unsigned order, const std::function<void()>& body) {
  Block& b = block();
  b.exchange.resize(threads);
  b.wait.assign(threads, Wait::none);
  b.contexts.resize(threads);
  b.stacks.resize(threads * kStackBytes);
  b.body = &body;
  for (unsigned t = 0; t < threads; t++) b.contexts[t].start(b.stacks.data() + t * kStackBytes, kStackBytes, fiberMain);
  for (unsigned i = 0; i < threads; i++) resume(b, (i * order) % threads);
  for (;;) {
    bool moved = false;
    const bool blockGoes = allWait(b, 0, threads, Wait::block);
    const unsigned warps = (threads + kWarpSize - 1) / kWarpSize;
    for (unsigned w = 0; w < warps && !blockGoes; w++) {
      const unsigned begin = ((w * order) % warps) * kWarpSize, end = std::min(threads, begin + kWarpSize);
      if (!allWait(b, begin, end, Wait::warp)) continue;
      moved = true;
      for (unsigned i = 0; i < end - begin; i++) {
        const unsigned t = begin + (i * order) % (end - begin);
        if (b.wait[t] != Wait::done) resume(b, t);
      }
    }
    for (unsigned i = 0; i < threads && blockGoes; i++) {
      const unsigned t = (i * order) % threads;
      if (b.wait[t] != Wait::done) resume(b, t);
    }
    if (moved || blockGoes) continue;
    for (unsigned t = 0; t < threads; t++) {
      if (b.wait[t] != Wait::done) return false;
    }
    return true;
  }
}

}  // namespace n4::emulated
