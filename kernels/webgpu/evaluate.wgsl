// Stage `evaluate`: contracts a lattice over z and y along every row of a batch, so that `subtract` needs four products
// a sample. Part of `subtract` in TypeScript (src/backends/ts/loops/subtract.ts, `combine`). Thread: one control point
// along x of one row. Out: line[row * points_x + c], shape [rows, points_x].

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> row_start: array<u32>;  // of the window
@group(0) @binding(3) var<storage, read> rows_z: array<Row>;
@group(0) @binding(4) var<storage, read> rows_y: array<Row>;
@group(0) @binding(5) var<storage, read> lattice: array<f32>;    // [points_z, points_y, points_x]
@group(0) @binding(6) var<storage, read_write> line: array<f32>;

@compute @workgroup_size(POINT_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let id = linear_group(group, groups) * POINT_THREADS + thread;
  if (state.stopped != 0u || id >= batch.rows * batch.points_x) { return; }
  let r = id / batch.points_x;
  let c = id % batch.points_x;
  let window_row = batch.window_row + r;
  if (row_start[window_row] == row_start[window_row + 1u]) { return; }
  let row = batch.first_row + r;
  let z = rows_z[row / batch.ny];
  let y = rows_y[row % batch.ny];
  var sum = 0.0;
  for (var a = 0u; a < 4u; a++) {
    let at = ((z.first + a) * batch.points_y + y.first) * batch.points_x + c;
    let inner = y.weights[0] * lattice[at] + y.weights[1] * lattice[at + batch.points_x] +
      y.weights[2] * lattice[at + 2u * batch.points_x] + y.weights[3] * lattice[at + 3u * batch.points_x];
    sum += z.weights[a] * inner;
  }
  line[id] = sum;
}
