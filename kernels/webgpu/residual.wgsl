// Stage `residual`: g (u - E(u)) of every sample of a window, with E - centre interpolated between bins as the
// histogram splits a sample between them. Part of `contract` in TypeScript. For omega, where every residual is 1: g
// alone.

override bins: u32 = 200u;
override weighted: bool = false;         // samples carry confidences
override confidence_only: bool = false;  // g instead of g (u - E(u))

struct Samples {
  count: u32,
}

@group(0) @binding(0) var<uniform> samples: Samples;                  // of the window
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> confidence: array<f32>;      // g; not read unless weighted
@group(0) @binding(4) var<storage, read> shift: array<f32>;           // E - centre, length bins
@group(0) @binding(5) var<storage, read_write> residual: array<f32>;

@compute @workgroup_size(SAMPLE_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = linear_group(group, groups) * SAMPLE_THREADS + thread;
  if (state.stopped != 0u || i >= samples.count) { return; }
  var d = 1.0;
  if (!confidence_only) {
    let scale = f32(bins - 1u) / (state.hi - state.lo);
    let q = clamp((u[i] - state.lo) * scale, 0.0, f32(bins - 1u));
    let j = min(u32(q), bins - 2u);
    d = -(shift[j] + (q - f32(j)) * (shift[j + 1u] - shift[j]));
  }
  if (weighted) { d *= confidence[i]; }
  residual[i] = d;
}
