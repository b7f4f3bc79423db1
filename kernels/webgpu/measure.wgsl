// Stage `measure`: joins the parts of `subtract` to the range of u and to the convergence measure (`convergenceMeasure`
// in src/n4/convergence.ts), notes the measure and stops the level once it is at or below the threshold. One workgroup;
// thread: every SAMPLE_THREADS-th block, then the tree.

override range_only: bool = false;  // true where a level begins: there is no field added, so no measure

struct Test {
  blocks: u32,
  samples: u32,
  threshold: f32,
}

@group(0) @binding(0) var<uniform> test: Test;
@group(0) @binding(1) var<storage, read> partials: array<Part>;            // one a block
@group(0) @binding(2) var<storage, read_write> state: State;
@group(0) @binding(3) var<storage, read_write> convergence: array<f32>;    // one entry an iteration of this call

fn finish(whole: Part) {
  state.lo = whole.lo;
  state.hi = whole.hi;
  if (range_only) { return; }
  var measure = 0.0;
  if (test.samples >= 2u) {
    measure = sqrt(whole.deviations / f32(test.samples - 1u)) / (1.0 + whole.sum / f32(test.samples));
  }
  convergence[state.ran] = measure;
  state.ran += 1u;
  if (measure <= test.threshold) { state.stopped = 1u; }
}

@compute @workgroup_size(SAMPLE_THREADS)
fn main(@builtin(local_invocation_index) thread: u32) {
  // Not a return: FXC, the compiler of Direct3D, takes no barrier behind one that depends on memory.
  let idle = state.stopped != 0u;
  var own = NO_SAMPLES;
  for (var block = thread; block < test.blocks && !idle; block += SAMPLE_THREADS) { own = join(own, partials[block]); }
  join_all(thread, own);
  if (thread == 0u && !idle) { finish(parts[0]); }
}
