// What a part of the samples contributes: the range of u, and count, sum and squared deviations (from the part's own
// mean) of e. Parts are joined as Chan, Golub and LeVeque do (1983, doi:10.1080/00031305.1983.10483115): every term is
// positive, so that nothing cancels in float32. SAMPLE_THREADS parts are joined in a tree, always the same one.

struct Part {
  lo: f32,
  hi: f32,
  samples: f32,
  sum: f32,
  deviations: f32,
}

const NO_SAMPLES = Part(3.4e38, -3.4e38, 0.0, 0.0, 0.0);

var<workgroup> parts: array<Part, SAMPLE_THREADS>;

fn join(a: Part, b: Part) -> Part {
  if (b.samples == 0.0) { return a; }
  if (a.samples == 0.0) { return b; }
  let samples = a.samples + b.samples;
  let apart = b.sum / b.samples - a.sum / a.samples;
  let between = apart * apart * (a.samples * (b.samples / samples));
  return Part(min(a.lo, b.lo), max(a.hi, b.hi), samples, a.sum + b.sum, a.deviations + b.deviations + between);
}

// Joins the workgroup's parts; the whole is left in parts[0] for thread 0.
fn join_all(thread: u32, own: Part) {
  parts[thread] = own;
  for (var stride = SAMPLE_THREADS / 2u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (thread < stride) { parts[thread] = join(parts[thread], parts[thread + stride]); }
  }
}
