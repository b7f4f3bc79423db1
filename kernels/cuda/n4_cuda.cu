// The CUDA library in one translation unit: the entries of ffi/n4_cuda.h over the sessions, the sessions over the
// stages. Built by ffi/build.ts.

#include "host/apply_entries.h"
#include "host/device_entries.h"
#include "host/fit_entries.h"
#include "host/smooth_entries.h"
