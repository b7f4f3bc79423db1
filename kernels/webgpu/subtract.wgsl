// Stage `subtract`: takes the field of a lattice off the samples of a batch, u = v - h where a level begins and u -= h
// afterwards. On the way, per block of BLOCK_SAMPLES: the range of u, and count, sum and squared deviations of e =
// expm1(-h) for the stop test. Workgroup: one block; thread: every SAMPLE_THREADS-th sample of it.

override from_values: bool = false;  // true: u = v - h

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> place: array<u32>;           // of the window's samples
@group(0) @binding(3) var<storage, read> values: array<f32>;          // v
@group(0) @binding(4) var<storage, read> rows_x: array<Row>;
@group(0) @binding(5) var<storage, read> line: array<f32>;            // [rows, points_x]
@group(0) @binding(6) var<storage, read_write> u: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<Part>; // one a block

// expm1(-h): nine terms of the series below 1/2, whose error is under 1e-9 of it; the exponential itself above.
fn decay(h: f32) -> f32 {
  if (abs(h) >= 0.5) { return exponential(-h) - 1.0; }
  let tail = 1.0 / 120.0 - h * (1.0 / 720.0 - h * (1.0 / 5040.0 - h * (1.0 / 40320.0 - h * (1.0 / 362880.0))));
  return -h * (1.0 - h * (0.5 - h * (1.0 / 6.0 - h * (1.0 / 24.0 - h * tail))));
}

@compute @workgroup_size(SAMPLE_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let block = linear_group(group, groups);
  if (state.stopped != 0u || block * BLOCK_SAMPLES >= batch.samples) { return; }
  let end = min(batch.samples, (block + 1u) * BLOCK_SAMPLES);
  var own = NO_SAMPLES;
  // Sums of e less the thread's first one, which is as near to its mean as any.
  var first = 0.0;
  var sum = 0.0;
  var squares = 0.0;
  for (var i = block * BLOCK_SAMPLES + thread; i < end; i += SAMPLE_THREADS) {
    let s = batch.first_sample + i;
    let at_place = place[s];
    let x = rows_x[column_of(at_place)];
    let at = (window_row_of(at_place) - batch.window_row) * batch.points_x + x.first;
    let h = x.weights[0] * line[at] + x.weights[1] * line[at + 1u] + x.weights[2] * line[at + 2u] +
      x.weights[3] * line[at + 3u];
    var value = -h;
    if (from_values) { value += values[s]; } else { value += u[s]; }
    u[s] = value;
    let e = decay(h);
    if (own.samples == 0.0) { first = e; }
    own.lo = min(own.lo, value);
    own.hi = max(own.hi, value);
    own.samples += 1.0;
    sum += e - first;
    squares += (e - first) * (e - first);
  }
  if (own.samples > 0.0) {
    own.sum = sum + own.samples * first;
    own.deviations = max(0.0, squares - sum * sum / own.samples);
  }
  join_all(thread, own);
  if (thread == 0u) { partials[batch.first_block + block] = parts[0]; }
}
