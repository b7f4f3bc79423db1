// Stage `contract_z`: adds a batch's plane sums over z to the sums of the lattice, plane by plane in order. Part of
// `update` in TypeScript. Thread: one control point. In and out: sums (delta or omega), shape [points_z, points_y,
// points_x].

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> plane_sums: array<f32>;       // [planes, points_y, points_x]
@group(0) @binding(3) var<storage, read> rows_z: array<Row>;           // delta or omega rows
@group(0) @binding(4) var<storage, read> reach: array<vec2<u32>>;      // planes [x, y) that reach a control point
@group(0) @binding(5) var<storage, read_write> sums: array<f32>;

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
  var sum = sums[id];
  for (var plane = begin; plane < end; plane++) {
    let weight = rows_z[plane].weights[a - rows_z[plane].first];
    sum += weight * plane_sums[(plane - batch.first_plane) * plane_points + id % plane_points];
  }
  sums[id] = sum;
}
