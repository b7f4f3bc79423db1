// exp(x) to about one unit in the last place: WGSL allows its own exp() an error of 3 + 2 |x| units, and devices
// differ. Range reduction by multiples of ln 2, split in two so that the first product is exact, then the series of exp
// to x^7.

// 2^n for -126 <= n <= 127, exact on every device: some take ldexp by their own exp2.
fn power_of_two(n: i32) -> f32 {
  return bitcast<f32>(u32(n + 127) << 23u);
}

fn exponential(x: f32) -> f32 {
  let limited = clamp(x, -87.0, 88.0);
  let n = round(limited * 1.44269504);
  let r = (limited - n * 0.693359375) + n * 2.12194440e-4;
  let tail = 1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)));
  let y = 1.0 + (r + r * r * (0.5 + r * (1.0 / 6.0 + r * tail)));
  // Two factors, as 2^n itself may lie outside of the normal numbers.
  let half = i32(n) / 2;
  return y * power_of_two(half) * power_of_two(i32(n) - half);
}
