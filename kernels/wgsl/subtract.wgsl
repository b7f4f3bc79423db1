// Stage `subtract`: takes the field of a lattice off the samples of a batch, u = v - h where a level begins and u -= h afterwards.
// On the way, per block of 2048 samples: the range of u, and sum and squared deviations of e = expm1(-h) for the stop test. The
// deviations are taken from the block's own mean, so that nothing cancels in float32.
// Workgroup: one block; thread: every 256th sample of it.

override from_values: bool = false;  // true: u = v - h

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> place: array<u32>;           // of the window's samples
@group(0) @binding(3) var<storage, read> values: array<f32>;          // v
@group(0) @binding(4) var<storage, read> rows_x: array<Row>;
@group(0) @binding(5) var<storage, read> line: array<f32>;            // [rows, points_x]
@group(0) @binding(6) var<storage, read_write> u: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<f32>;  // [blocks, 5]: lo, hi, samples, sum, squared deviations

const THREADS = 256u;
const PER_THREAD = 8u;
const BLOCK = THREADS * PER_THREAD;

var<workgroup> shared_sums: array<vec3<f32>, THREADS>;

// expm1(-h): ten terms of the series below 1/2, whose error is under 1e-10; the exponential itself above.
fn decay(h: f32) -> f32 {
  if (abs(h) >= 0.5) { return exponential(-h) - 1.0; }
  var tail = 1.0;
  for (var n = 10u; n >= 2u; n--) { tail = 1.0 - h / f32(n) * tail; }
  return -h * tail;
}

// Sums of z, least x and largest y over the workgroup, always in the same tree; left in shared_sums[0].
fn reduce(thread: u32, own: vec3<f32>) {
  shared_sums[thread] = own;
  for (var stride = THREADS / 2u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (thread < stride) {
      let a = shared_sums[thread];
      let b = shared_sums[thread + stride];
      shared_sums[thread] = vec3(min(a.x, b.x), max(a.y, b.y), a.z + b.z);
    }
  }
  workgroupBarrier();
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let block = linear_group(group, groups);
  if (state.stopped != 0u || block * BLOCK >= batch.samples) { return; }
  let count = min(BLOCK, batch.samples - block * BLOCK);
  var own = vec3(3.4e38, -3.4e38, 0.0);
  var decays: array<f32, PER_THREAD>;
  for (var n = 0u; n < PER_THREAD; n++) {
    let i = n * THREADS + thread;
    if (i >= count) { break; }
    let s = batch.first_sample + block * BLOCK + i;
    let x = rows_x[column_of(place[s])];
    let at = (window_row_of(place[s]) - batch.window_row) * batch.points_x + x.first;
    let h = x.weights[0] * line[at] + x.weights[1] * line[at + 1u] + x.weights[2] * line[at + 2u] +
      x.weights[3] * line[at + 3u];
    var value = u[s] - h;
    if (from_values) { value = values[s] - h; }
    u[s] = value;
    decays[n] = decay(h);
    own = vec3(min(own.x, value), max(own.y, value), own.z + decays[n]);
  }
  reduce(thread, own);
  let total = shared_sums[0];
  workgroupBarrier();
  let mean = total.z / f32(count);
  var deviations = 0.0;
  for (var n = 0u; n < PER_THREAD; n++) {
    if (n * THREADS + thread >= count) { break; }
    deviations += (decays[n] - mean) * (decays[n] - mean);
  }
  reduce(thread, vec3(0.0, 0.0, deviations));
  if (thread == 0u) {
    let to = 5u * (batch.first_block + block);
    partials[to] = total.x;
    partials[to + 1u] = total.y;
    partials[to + 2u] = f32(count);
    partials[to + 3u] = total.z;
    partials[to + 4u] = shared_sums[0].z;
  }
}
