// Stage `contract_y`: contracts the row sums of `contract_x` over y, per plane, in the order of rows. Part of
// `contract` in TypeScript. Thread: one control point (y, x) of one plane that the batch touches. Out: plane_sums,
// shape [planes, points_y, points_x].

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> row_sums: array<f32>;         // [rows, points_x]
@group(0) @binding(3) var<storage, read> rows_y: array<Row>;           // delta or omega rows
@group(0) @binding(4) var<storage, read> reach: array<vec2<u32>>;      // rows [x, y) of a plane that reach it
@group(0) @binding(5) var<storage, read_write> plane_sums: array<f32>;

@compute @workgroup_size(POINT_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let id = linear_group(group, groups) * POINT_THREADS + thread;
  let plane_points = batch.points_y * batch.points_x;
  if (state.stopped != 0u || id >= batch.planes * plane_points) { return; }
  let b = (id % plane_points) / batch.points_x;
  let c = id % batch.points_x;
  let plane_row = (batch.first_plane + id / plane_points) * batch.ny;
  let begin = max(plane_row + reach[b].x, batch.first_row);
  let end = min(plane_row + reach[b].y, batch.first_row + batch.rows);
  var sum = 0.0;
  for (var row = begin; row < end; row++) {
    let y = row - plane_row;
    sum += rows_y[y].weights[b - rows_y[y].first] * row_sums[(row - batch.first_row) * batch.points_x + c];
  }
  plane_sums[id] = sum;
}
