// Stage `histogram`: the triangular Parzen histogram of u. Each sample counts 2^20, split between its two nearest bins:
// whole numbers, exact in any order. A workgroup counts 3840 samples at a time into 32 bits (at most 3840 * 2^20 + 2^16
// < 2^32), carries the upper half over, and at the end adds its counts to the 64-bit ones of the device, carrying
// again.

override bins: u32 = 200u;

struct Samples {
  count: u32,
}

@group(0) @binding(0) var<uniform> samples: Samples;                          // of the window
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;    // [bins, 2]: lower and upper 32 bits

const PER_THREAD = HISTOGRAM_SAMPLES / SAMPLE_THREADS;

var<workgroup> low: array<atomic<u32>, bins>;
var<workgroup> high: array<u32, bins>;

fn count_sample(value: f32, lo: f32, scale: f32) {
  let q = clamp((value - lo) * scale, 0.0, f32(bins - 1u));
  let j = min(u32(q), bins - 2u);
  let upper = u32((q - f32(j)) * f32(HISTOGRAM_SCALE) + 0.5);
  atomicAdd(&low[j], HISTOGRAM_SCALE - upper);
  atomicAdd(&low[j + 1u], upper);
}

fn add_to_device(bin: u32) {
  let rest = atomicLoad(&low[bin]);
  let shifted = high[bin] << 16u;
  let lower = shifted + rest;
  let upper = (high[bin] >> 16u) + select(0u, 1u, lower < rest);
  if (lower != 0u) {
    let before = atomicAdd(&counts[2u * bin], lower);
    let carry = select(0u, 1u, before + lower < before);
    if (upper + carry != 0u) { atomicAdd(&counts[2u * bin + 1u], upper + carry); }
  } else if (upper != 0u) {
    atomicAdd(&counts[2u * bin + 1u], upper);
  }
}

@compute @workgroup_size(SAMPLE_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  if (state.stopped != 0u || is_constant(state.lo, state.hi)) { return; }
  for (var bin = thread; bin < bins; bin += SAMPLE_THREADS) {
    atomicStore(&low[bin], 0u);
    high[bin] = 0u;
  }
  let scale = f32(bins - 1u) / (state.hi - state.lo);
  let stride = groups.x * HISTOGRAM_SAMPLES;
  for (var begin = group.x * HISTOGRAM_SAMPLES; begin < samples.count; begin += stride) {
    workgroupBarrier();
    for (var n = 0u; n < PER_THREAD; n++) {
      let i = begin + n * SAMPLE_THREADS + thread;
      if (i < samples.count) { count_sample(u[i], state.lo, scale); }
    }
    workgroupBarrier();
    for (var bin = thread; bin < bins; bin += SAMPLE_THREADS) {
      let value = atomicLoad(&low[bin]);
      high[bin] += value >> 16u;
      atomicStore(&low[bin], value & 0xffffu);
    }
  }
  workgroupBarrier();
  for (var bin = thread; bin < bins; bin += SAMPLE_THREADS) { add_to_device(bin); }
}
