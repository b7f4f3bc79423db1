// A watch over what a kernel's threads touch, in the build with N4_WATCH (races.cpp); nothing in the others.
#pragma once

#include <stddef.h>

#ifdef N4_WATCH
// The compiler calls the watch before every load and store of a function without this attribute (-fsanitize=thread).
#define N4_UNWATCHED __attribute__((no_sanitize("thread")))

namespace n4::emulated {

// A launch begins: nothing has been touched yet, as launches of a stream follow each other.
void watchLaunch();

// A block begins.
void watchBlock();

// A thread adds atomically, or loads and stores where `atomic` is false.
void touchAtomically(const void* address, size_t size, bool atomic);

// What a thread has written is seen by whoever sees its next atomic addition; and what others had written so by it.
void fence();

}  // namespace n4::emulated
#else
#define N4_UNWATCHED

namespace n4::emulated {

inline void watchLaunch() {}
inline void watchBlock() {}
inline void touchAtomically(const void*, size_t, bool) {}
inline void fence() {}

}  // namespace n4::emulated
#endif
