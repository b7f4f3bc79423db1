// Stage `measure`: joins the partial results of `subtract` to the range of u and to the convergence measure (`convergenceMeasure` in
// src/n4/convergence.ts), notes the measure and stops the level once it is at or below the threshold.
// Squared deviations are joined as Chan, Golub and LeVeque do (1983, doi:10.1080/00031305.1983.10483115): every term is positive.
// One workgroup; thread: every 256th block, then a tree.

override range_only: bool = false;  // true where a level begins: there is no field added, so no measure

struct Test {
  blocks: u32,
  samples: u32,
  threshold: f32,
}

@group(0) @binding(0) var<uniform> test: Test;
@group(0) @binding(1) var<storage, read> partials: array<f32>;             // [blocks, 5]
@group(0) @binding(2) var<storage, read_write> state: State;
@group(0) @binding(3) var<storage, read_write> convergence: array<f32>;    // one entry an iteration of this call

const THREADS = 256u;

struct Part {
  lo: f32,
  hi: f32,
  samples: f32,
  sum: f32,
  deviations: f32,
}

var<workgroup> parts: array<Part, THREADS>;
var<workgroup> stopped: u32;

fn join(a: Part, b: Part) -> Part {
  if (b.samples == 0.0) { return a; }
  if (a.samples == 0.0) { return b; }
  let samples = a.samples + b.samples;
  let apart = b.sum / b.samples - a.sum / a.samples;
  let between = apart * apart * (a.samples * (b.samples / samples));
  return Part(min(a.lo, b.lo), max(a.hi, b.hi), samples, a.sum + b.sum, a.deviations + b.deviations + between);
}

fn finish(whole: Part) {
  state.lo = whole.lo;
  state.hi = whole.hi;
  if (range_only) { return; }
  let samples = f32(test.samples);
  var measure = 0.0;
  if (test.samples >= 2u) {
    measure = sqrt(whole.deviations / f32(test.samples - 1u)) / (1.0 + whole.sum / samples);
  }
  convergence[state.ran] = measure;
  state.ran += 1u;
  if (measure <= test.threshold) { state.stopped = 1u; }
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  if (thread == 0u) { stopped = state.stopped; }
  if (workgroupUniformLoad(&stopped) != 0u) { return; }
  var own = Part(3.4e38, -3.4e38, 0.0, 0.0, 0.0);
  for (var block = thread; block < test.blocks; block += THREADS) {
    let at = 5u * block;
    own = join(own, Part(partials[at], partials[at + 1u], partials[at + 2u], partials[at + 3u], partials[at + 4u]));
  }
  parts[thread] = own;
  for (var stride = THREADS / 2u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (thread < stride) { parts[thread] = join(parts[thread], parts[thread + stride]); }
  }
  if (thread == 0u) { finish(parts[0]); }
}
