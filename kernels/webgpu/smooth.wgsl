// Stage `smooth`: a Gaussian along one axis of a box, taps in order; three passes smooth a box. Beyond the borders of
// the volume it is mirrored, the edge voxel repeated. Thread: one voxel of the output.

struct Axis {
  voxels: u32,       // of the output
  inner: u32,        // voxels between neighbours along the axis
  count: u32,        // voxels along the axis: of the output, of the input
  input_count: u32,
  start: i32,        // index in the volume of the first one of the output, of the input
  input_start: i32,
  length: i32,       // of the axis in the volume
  radius: i32,
}

@group(0) @binding(0) var<uniform> axis: Axis;
@group(0) @binding(1) var<storage, read> taps: array<f32>;           // length 2 * radius + 1
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

fn mirrored(i: i32, n: i32) -> i32 {
  if (i >= 0 && i < n) { return i; }
  let period = 2 * n;
  let m = ((i % period) + period) % period;
  return select(period - 1 - m, m, m < n);
}

@compute @workgroup_size(POINT_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let id = linear_group(group, groups) * POINT_THREADS + thread;
  if (id >= axis.voxels) { return; }
  let j = id % axis.inner;
  let i = (id / axis.inner) % axis.count;
  let outer = id / (axis.inner * axis.count);
  var sum = 0.0;
  for (var t = -axis.radius; t <= axis.radius; t++) {
    let from_index = u32(mirrored(axis.start + i32(i) + t, axis.length) - axis.input_start);
    sum += taps[t + axis.radius] * input[(outer * axis.input_count + from_index) * axis.inner + j];
  }
  output[id] = sum;
}
