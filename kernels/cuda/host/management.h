// The driver's management library (NVML), which knows a device's free memory without a context.
#pragma once

#include <dlfcn.h>

namespace n4 {

// Loaded and started once a process: starting it takes some ten milliseconds a device, and much longer where no other
// process keeps the driver loaded. Never stopped.
class Management {
 public:
  // 0 where it cannot be asked.
  static unsigned long long freeBytes(const char* bus) {
    static const Management management;
    Memory memory = {};
    void* handle = nullptr;
    const bool asked = management.started_ && management.byBus_(bus, &handle) == 0;
    return asked && management.info_(handle, &memory) == 0 ? memory.free : 0;
  }

 private:
  struct Memory {
    unsigned long long total, free, used;
  };

  Management() {
    void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    const auto init = reinterpret_cast<int (*)()>(dlsym(library, "nvmlInit_v2"));
    byBus_ = reinterpret_cast<decltype(byBus_)>(dlsym(library, "nvmlDeviceGetHandleByPciBusId_v2"));
    info_ = reinterpret_cast<decltype(info_)>(dlsym(library, "nvmlDeviceGetMemoryInfo"));
    started_ = init && byBus_ && info_ && init() == 0;
  }

  bool started_ = false;
  int (*byBus_)(const char*, void**) = nullptr;
  int (*info_)(void*, Memory*) = nullptr;
};

}  // namespace n4
