// The entries about the library and its devices. Documented in ffi/n4_cuda.h.
#pragma once

#include "device.h"

#ifndef N4_BUILD_ID
#error "N4_BUILD_ID must be the hash of the sources; see ffi/build.ts"
#endif

extern "C" {

int32_t n4_identify(int32_t* abi_version, char* build_id, int32_t build_id_size, int32_t* emulated, char* message,
                    int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    *abi_version = N4_ABI_VERSION;
    n4::copyText(N4_BUILD_ID, build_id, build_id_size);
#ifdef N4_EMULATED
    *emulated = 1;
#else
    *emulated = 0;
#endif
  });
}

int32_t n4_device_count(int32_t* count, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] { *count = n4::deviceCount(); });
}

int32_t n4_device_info(int32_t device, char* name, int32_t name_size, char* uuid, int32_t uuid_size, uint64_t* numbers,
                       char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    n4::requireDevice(device);
    cudaDeviceProp properties;
    n4::check(cudaGetDeviceProperties(&properties, device), "reports its properties");
    int driver = 0, runtime = 0;
    n4::check(cudaDriverGetVersion(&driver), "reports the version of its driver");
    n4::check(cudaRuntimeGetVersion(&runtime), "reports the version of its runtime");
    n4::copyText(properties.name, name, name_size);
    n4::formatUuid(properties.uuid, uuid, uuid_size);
    numbers[0] = properties.totalGlobalMem;
    numbers[1] = n4::freeBytes(device);
    numbers[2] = driver;
    numbers[3] = runtime;
    numbers[4] = 10 * properties.major + properties.minor;
  });
}

int32_t n4_peak_bytes(int32_t device, uint64_t* bytes, char* message, int32_t message_size) {
  return n4::guarded(message, message_size, [&] { *bytes = static_cast<uint64_t>(n4::memoryAccount().most(device)); });
}

int32_t n4_copy_rate(int32_t device, int32_t direction, uint64_t bytes, double* gigabytes_per_second, char* message,
                     int32_t message_size) {
  return n4::guarded(message, message_size, [&] {
    const cudaMemcpyKind kinds[] = {cudaMemcpyDeviceToDevice, cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost};
    n4::requireDevice(device);
    n4::require(direction >= 0 && direction <= N4_COPY_OUT, "measure the device", "direction", "one of N4_COPY_*",
                direction);
    n4::require(bytes >= 1, "measure the device", "bytes", "an integer >= 1", static_cast<double>(bytes));
    *gigabytes_per_second = n4::copyRate(device, kinds[direction], bytes);
  });
}

}  // extern "C"
