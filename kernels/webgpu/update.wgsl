// Stage `update`: contracts a batch's plane sums over z, plane by plane in order, on top of what the batches before it
// have left in delta. The last batch makes phi = delta / omega of it, adds phi to what the level has added to the
// lattice so far (the host adds the lattice that the level began with, in float64), and clears delta. Lee, Wolberg and
// Shin 1997, doi:10.1109/2945.620490, eq. 5. Thread: one control point.

// true: the sums are those of confidences and stay in omega.
override confidence_only: bool = false;

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> plane_sums: array<f32>;       // [planes, points_y, points_x]
@group(0) @binding(3) var<storage, read> rows_z: array<Row>;           // delta or omega rows
@group(0) @binding(4) var<storage, read> reach: array<vec2<u32>>;      // planes [x, y) that reach a control point
@group(0) @binding(5) var<storage, read_write> omega: array<f32>;      // as the next: [points_z, points_y, points_x]
@group(0) @binding(6) var<storage, read_write> delta: array<f32>;
@group(0) @binding(7) var<storage, read_write> phi: array<f32>;
@group(0) @binding(8) var<storage, read_write> added: array<f32>;

// A control point with a denominator below this has no sample near it; as in the TypeScript twin.
const MIN_OMEGA = 1.19e-8;

@compute @workgroup_size(POINT_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let id = linear_group(group, groups) * POINT_THREADS + thread;
  let plane_points = batch.points_y * batch.points_x;
  if (state.stopped != 0u || id >= batch.points_z * plane_points) { return; }
  let a = id / plane_points;
  let begin = max(reach[a].x, batch.first_plane);
  let end = min(reach[a].y, batch.first_plane + batch.planes);
  var sum = delta[id];
  if (confidence_only) { sum = omega[id]; }
  for (var plane = begin; plane < end; plane++) {
    let weight = rows_z[plane].weights[a - rows_z[plane].first];
    sum += weight * plane_sums[(plane - batch.first_plane) * plane_points + id % plane_points];
  }
  if (confidence_only) {
    omega[id] = sum;
  } else if (batch.last == 0u) {
    delta[id] = sum;
  } else {
    var step = 0.0;
    if (omega[id] > MIN_OMEGA) { step = sum / omega[id]; }
    phi[id] = step;
    added[id] += step;
    delta[id] = 0.0;
  }
}
