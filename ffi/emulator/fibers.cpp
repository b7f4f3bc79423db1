#include "fibers.h"

#include <ucontext.h>

#include <algorithm>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace n4::emulated {

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
  std::vector<Wait> wait;
  std::vector<Passed> passed;
  std::vector<Context> contexts;
  std::vector<char> stacks;
  std::vector<unsigned> ready;  // threads that may go on
  Context scheduler;
  const std::function<void()>* body = nullptr;
  uint64_t random = 0;
  const void* schedulerStack = nullptr;
  size_t schedulerStackSize = 0;
};

static Block& block() {
  static thread_local Block current;
  return current;
}

Passed passedBy(unsigned thread) { return block().passed[thread]; }

bool isOnStack(const void* address) {
  const std::vector<char>& stacks = block().stacks;
  return address >= stacks.data() && address < stacks.data() + stacks.size();
}

// Knuth's multiplicative sequence (The Art of Computer Programming, volume 2, 3.3.4), its upper half.
unsigned randomBelow(unsigned end) {
  uint64_t& random = block().random;
  random = random * 6364136223846793005u + 1442695040888963407u;
  return static_cast<unsigned>((random >> 32) * end >> 32);
}

// Tells the address sanitizer that the stack changes; `bottom` null: to the scheduler's.
static void beforeSwitch([[maybe_unused]] void** keep, [[maybe_unused]] const void* bottom,
                         [[maybe_unused]] size_t size) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(keep, bottom, size);
#endif
}

static void afterSwitch([[maybe_unused]] void* kept, [[maybe_unused]] bool intoFiber) {
#if defined(__SANITIZE_ADDRESS__)
  Block& b = block();
  if (intoFiber)
    __sanitizer_finish_switch_fiber(kept, &b.schedulerStack, &b.schedulerStackSize);
  else
    __sanitizer_finish_switch_fiber(kept, nullptr, nullptr);
#endif
}

void waitFor(Wait wait) {
  inKernel = false;
  Block& b = block();
  const unsigned self = threadIdx.x;
  b.wait[self] = wait;
  void* kept = nullptr;
  beforeSwitch(wait == Wait::done ? nullptr : &kept, b.schedulerStack, b.schedulerStackSize);
  Context::change(b.contexts[self], b.scheduler);
  afterSwitch(kept, true);
}

static void fiberMain() {
  afterSwitch(nullptr, true);
  (*block().body)();
  waitFor(Wait::done);
}

static void resume(Block& b, unsigned thread) {
  threadIdx.x = thread;
  b.wait[thread] = Wait::none;
  void* kept = nullptr;
  beforeSwitch(&kept, b.stacks.data() + thread * kStackBytes, kStackBytes);
  inKernel = true;
  Context::change(b.scheduler, b.contexts[thread]);
  afterSwitch(kept, false);
}

// Lets the threads of [begin, end) go on where every living one waits for `wait`.
static void releaseAll(Block& b, unsigned begin, unsigned end, Wait wait) {
  for (unsigned t = begin; t < end; t++) {
    if (b.wait[t] != Wait::done && b.wait[t] != wait) return;
  }
  for (unsigned t = begin; t < end; t++) {
    if (b.wait[t] == Wait::done) continue;
    b.wait[t] = Wait::none;
    b.passed[t].block += wait == Wait::block;
    b.passed[t].warp++;
    b.ready.push_back(t);
  }
}

bool runBlock(unsigned threads, uint64_t seed, const std::function<void()>& body) {
  Block& b = block();
  b.wait.assign(threads, Wait::none);
  b.passed.assign(threads, {});
  b.contexts.resize(threads);
  b.stacks.resize(threads * kStackBytes);
  b.body = &body;
  b.random = seed;
  for (unsigned t = 0; t < threads; t++) {
    b.contexts[t].start(b.stacks.data() + t * kStackBytes, kStackBytes, fiberMain);
    b.ready.push_back(t);
  }
  while (!b.ready.empty()) {
    const unsigned at = randomBelow(b.ready.size()), thread = b.ready[at];
    b.ready[at] = b.ready.back();
    b.ready.pop_back();
    resume(b, thread);
    const Wait wait = b.wait[thread];
    if (wait == Wait::turn) b.ready.push_back(thread);
    const unsigned begin = thread / kWarpSize * kWarpSize, end = std::min(threads, begin + kWarpSize);
    if (wait == Wait::warp || wait == Wait::done) releaseAll(b, begin, end, Wait::warp);
    if (wait == Wait::block || wait == Wait::done) releaseAll(b, 0, threads, Wait::block);
  }
  return std::all_of(b.wait.begin(), b.wait.end(), [](Wait wait) { return wait == Wait::done; });
}

}  // namespace n4::emulated
