// How the host side fails: an exception with a status of the C interface and one sentence, caught at every entry so
// that none leaves the library.
#pragma once

#include <stdarg.h>
#include <stdio.h>

#include <exception>
#include <new>
#include <string>

#include "../../../ffi/n4_cuda.h"
#include "../common.cuh"

namespace n4 {

struct Failure {
  int32_t status;
  std::string message;
};

// Throws a failure; the sentence is written as printf does.
[[noreturn]] inline void fail(int32_t status, const char* format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  throw Failure{status, text};
}

// Throws where a call of the CUDA runtime has failed while it `did` something.
inline void check(cudaError_t error, const char* did) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // an error that can be got over must not come back with a later call
  const int32_t status = error == cudaErrorMemoryAllocation ? N4_OUT_OF_MEMORY : N4_DEVICE_FAILED;
  fail(status, "Cannot go on as the device must not fail while it %s: current error is '%s'", did,
       cudaGetErrorString(error));
}

inline void require(bool holds, const char* action, const char* name, const char* rule, double value) {
  if (!holds) fail(N4_BAD_ARGUMENT, "Cannot %s as '%s' must be %s: current value is %.17g", action, name, rule, value);
}

inline void copyText(const char* from, char* to, int32_t size) {
  if (to && size > 0) snprintf(to, size, "%s", from);
}

// Runs the body of an entry; whatever it throws becomes a status and a message.
template <class Body>
int32_t guarded(char* message, int32_t size, Body body) {
  try {
    copyText("", message, size);
    body();
    return N4_OK;
  } catch (const Failure& failure) {
    copyText(failure.message.c_str(), message, size);
    return failure.status;
  } catch (const std::bad_alloc&) {
    copyText("Cannot go on as the host must have free memory: current value is 0", message, size);
    return N4_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    copyText(error.what(), message, size);
    return N4_DEVICE_FAILED;
  }
}

}  // namespace n4
