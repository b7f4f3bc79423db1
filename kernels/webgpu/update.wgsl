// Stage `update`: phi = delta / omega, and adds phi to what the level has added to the lattice so far (the host adds
// the lattice that the level began with, in float64). Clears delta. Thread: one control point.

struct Points {
  count: u32,
}

@group(0) @binding(0) var<uniform> points: Points;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> omega: array<f32>;
@group(0) @binding(3) var<storage, read_write> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> phi: array<f32>;
@group(0) @binding(5) var<storage, read_write> added: array<f32>;

// A control point with a denominator below this has no sample near it; as in the TypeScript twin.
const MIN_OMEGA = 1.19e-8;

@compute @workgroup_size(POINT_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let id = linear_group(group, groups) * POINT_THREADS + thread;
  if (state.stopped != 0u || id >= points.count) { return; }
  var step = 0.0;
  if (omega[id] > MIN_OMEGA) { step = delta[id] / omega[id]; }
  phi[id] = step;
  added[id] += step;
  delta[id] = 0.0;
}
