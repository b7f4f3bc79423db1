// Stage `contract_x`: contracts residuals (or confidences) with the rows of x, a gather per control point: its samples
// are neighbours in their row and are added in order. Part of `contract` in TypeScript. Lee, Wolberg and Shin 1997,
// doi:10.1109/2945.620490, eq. 5. Thread: one control point of one row. Out: row_sums, shape [rows, points_x].

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> row_start: array<u32>;        // of the window
@group(0) @binding(3) var<storage, read> place: array<u32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read> rows_x: array<Row>;           // delta or omega rows
@group(0) @binding(6) var<storage, read> reach: array<vec2<u32>>;      // columns [x, y) that reach a control point
@group(0) @binding(7) var<storage, read_write> row_sums: array<f32>;

// First sample of `[begin, end)` whose column is not before `column`.
fn first_at(column: u32, begin: u32, end: u32) -> u32 {
  var lo = begin;
  // A row without gaps needs no search.
  var hi = min(end, begin + column);
  while (lo < hi) {
    let middle = (lo + hi) / 2u;
    if (column_of(place[middle]) < column) { lo = middle + 1u; } else { hi = middle; }
  }
  return lo;
}

@compute @workgroup_size(POINT_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let id = linear_group(group, groups) * POINT_THREADS + thread;
  if (state.stopped != 0u || id >= batch.rows * batch.points_x) { return; }
  let r = batch.window_row + id / batch.points_x;
  let c = id % batch.points_x;
  let columns = reach[c];
  let end = row_start[r + 1u];
  var sum = 0.0;
  for (var i = first_at(columns.x, row_start[r], end); i < end; i++) {
    let column = column_of(place[i]);
    if (column >= columns.y) { break; }
    sum += residual[i] * rows_x[column].weights[c - rows_x[column].first];
  }
  row_sums[id] = sum;
}
