// The emulated library: the sources of the real one, and a knob for tests that tells the machine what to be.

#include "../../kernels/cuda/n4_cuda.cu"

// What n4_emulate sets or reads.
enum Control : int32_t {
  kDevices = 0,        // number of devices, 0 to 8
  kTotalBytes = 1,     // memory of each device
  kUsedElsewhere = 2,  // memory of device 0 that other processes hold
  kFailAt = 3,         // the runtime call from now on, counted from 1, that fails; 0: none. Returns the calls so far
  kFailWith = 4,       // the error it fails with
  kOrder = 5,          // seed of the order of blocks and threads
  kObjects = 6,        // read: allocations, streams and graphs that are open
  kCapability = 7,     // compute capability of device 0, ten times: 86 for 8.6
  kLeaveOut = 8,       // the barrier, fence, shuffle or atomic addition of this hash (siteHash) is left out; 0: none
  kDriver = 9,         // CUDA version that the driver supports, 12000 for 12.0; 0: there is no driver
};

extern "C" __attribute__((visibility("default"))) int64_t n4_emulate(int32_t control, int64_t value) {
  n4::emulated::Machine& machine = n4::emulated::machine();
  std::lock_guard<std::mutex> lock(machine.mutex);
  switch (control) {
    case kDevices:
      machine.devices = static_cast<int>(value);
      break;
    case kTotalBytes:
      machine.totalBytes = static_cast<size_t>(value);
      break;
    case kUsedElsewhere:
      machine.usedElsewhere[0] = static_cast<size_t>(value);
      break;
    case kFailAt: {
      const int64_t calls = machine.calls;
      machine.calls = 0;
      machine.failAt = value;
      return calls;
    }
    case kFailWith:
      machine.failWith = static_cast<int>(value);
      break;
    case kOrder:
      machine.order = static_cast<uint64_t>(value);
      break;
    case kObjects:
      return machine.objects;
    case kCapability:
      machine.capability[0] = static_cast<int>(value);
      break;
    case kLeaveOut:
      machine.leftOut = static_cast<uint64_t>(value);
      break;
    case kDriver:
      machine.driver = static_cast<int>(value);
      break;
    default:
      return -1;
  }
  return 0;
}
