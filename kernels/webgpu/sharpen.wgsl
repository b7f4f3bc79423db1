// Stage `sharpen`: from the histogram to E(u) - u, the expected log intensity of each bin's centre less the centre
// itself. Sled, Zijdenbos and Evans 1998, doi:10.1109/42.668698, equations 9 to 13; the float64 twin is
// src/n4/sharpen.ts.
//
// The twin blurs with transforms, whose rounding float32 does not bear where next to nothing is left (errors up to
// 7e-2). So only the deconvolution is a transform here. The blur is a plain sum, whose denominator has positive terms
// only: E[n] - centre[n] = slope * sum_m U[m] F[n - m] (m - n) / sum_m U[m] F[n - m]. Leaving the centre out loses no
// digits: linear interpolation of the centres at u is u itself, so the residual needs them nowhere. One workgroup. The
// histogram is left cleared for the next iteration.

override bins: u32 = 200u;
override padded: u32 = 512u;  // 2^(ceil(log2 bins) + 1)

struct Filter {
  fwhm: f32,         // of the bias distribution, log intensity
  wiener_noise: f32,
  share: f32,        // 1 / (2^20 * samples)
}

@group(0) @binding(0) var<uniform> filter_: Filter;
@group(0) @binding(1) var<storage, read> turns: array<vec2<f32>>;  // cos, -sin of 2 pi k / padded, k < padded / 2
@group(0) @binding(2) var<storage, read_write> state: State;
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;        // [bins, 2]
@group(0) @binding(4) var<storage, read_write> shift: array<f32>;         // out: E - centre, length bins

var<workgroup> re: array<f32, padded>;
var<workgroup> im: array<f32, padded>;

fn reversed(k: u32) -> u32 {
  return reverseBits(k) >> (countLeadingZeros(padded) + 1u);
}

// F[n], the Gaussian of `fwhm / slope` bins around 0, n <= padded / 2.
fn gaussian(n: u32, width: f32) -> f32 {
  let t = f32(n) / width;
  return 0.93943728 / width * exponential(-2.77258872 * t * t);
}

// Butterflies of one pass over pairs `half` apart. Forward: decimation in frequency, so that the spectrum comes out
// bit-reversed. Backward: decimation in time from there, with the conjugate turns.
fn butterfly(i: u32, half: u32, backward: bool) {
  let k = i % half;
  let a = (i / half) * 2u * half + k;
  let b = a + half;
  var turn = turns[k * (padded / (2u * half))];
  if (backward) { turn.y = -turn.y; }
  let x = vec2(re[a], im[a]);
  var y = vec2(re[b], im[b]);
  var sum = x + y;
  var difference = x - y;
  if (backward) {
    y = vec2(y.x * turn.x - y.y * turn.y, y.x * turn.y + y.y * turn.x);
    sum = x + y;
    difference = x - y;
  } else {
    difference = vec2(difference.x * turn.x - difference.y * turn.y, difference.x * turn.y + difference.y * turn.x);
  }
  re[a] = sum.x;
  im[a] = sum.y;
  re[b] = difference.x;
  im[b] = difference.y;
}

// The Wiener filter at frequencies k and padded - k. `re` and `im` hold one transform of V + i F; both are real, and F
// is even.
fn wiener(k: u32) {
  let a = reversed(k);
  let b = reversed((padded - k) % padded);
  let v = vec2(re[a] + re[b], im[a] - im[b]) * 0.5;
  let f = (im[a] + im[b]) * 0.5;
  let u = v * (f / (f * f + filter_.wiener_noise));
  re[a] = u.x;
  im[a] = u.y;
  re[b] = u.x;
  im[b] = -u.y;
}

fn expected_shift(bin: u32, offset: u32, lo: f32, slope: f32) -> f32 {
  var numerator = 0.0;
  var denominator = 0.0;
  let n = bin + offset;
  for (var m = 0u; m < padded; m++) {
    let apart = max(n, m) - min(n, m);
    let weight = re[m] * im[min(apart, padded - apart)];
    numerator += weight * (f32(m) - f32(n));
    denominator += weight;
  }
  // Where nothing reaches a bin, E is 0.
  if (denominator == 0.0) { return -(lo + f32(bin) * slope); }
  return slope * numerator / denominator;
}

@compute @workgroup_size(SAMPLE_THREADS)
fn main(@builtin(local_invocation_index) thread: u32) {
  let lo = state.lo;
  let constant = is_constant(lo, state.hi);
  // Not a return: FXC, the compiler of Direct3D, takes no barrier behind one that depends on memory.
  let size = select(padded, 0u, constant || state.stopped != 0u);
  let slope = (state.hi - lo) / f32(bins - 1u);
  let width = filter_.fwhm / slope;
  let offset = (padded - bins) / 2u;
  for (var n = thread; n < size; n += SAMPLE_THREADS) {
    re[n] = 0.0;
    im[n] = gaussian(min(n, padded - n), width);
    if (n >= offset && n < offset + bins) {
      let at = 2u * (n - offset);
      re[n] = (f32(counts[at + 1u]) * 4294967296.0 + f32(counts[at])) * filter_.share;
      counts[at] = 0u;
      counts[at + 1u] = 0u;
    }
  }
  for (var half = padded / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    for (var i = thread; i < size / 2u; i += SAMPLE_THREADS) { butterfly(i, half, false); }
  }
  workgroupBarrier();
  for (var k = thread; k <= size / 2u && size > 0u; k += SAMPLE_THREADS) { wiener(k); }
  for (var half = 1u; half < padded; half *= 2u) {
    workgroupBarrier();
    for (var i = thread; i < size / 2u; i += SAMPLE_THREADS) { butterfly(i, half, true); }
  }
  workgroupBarrier();
  for (var n = thread; n < size; n += SAMPLE_THREADS) {
    re[n] = max(0.0, re[n]);
    im[n] = gaussian(min(n, padded - n), width);
  }
  workgroupBarrier();
  for (var bin = thread; bin < min(bins, size); bin += SAMPLE_THREADS) {
    shift[bin] = expected_shift(bin, offset, lo, slope);
  }
  if (thread == 0u && constant) { state.stopped = 1u; }
}
