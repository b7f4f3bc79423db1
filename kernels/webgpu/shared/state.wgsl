// What one stage of an iteration passes to the next, and to the host at the end.

struct State {
  stopped: u32,  // 1 once the threshold was met or the image is constant: whatever is still queued does nothing
  ran: u32,      // iterations done in this call
  lo: f32,       // range of u
  hi: f32,
}

// The twin of `isConstant` in src/n4/sharpen.ts.
fn is_constant(lo: f32, hi: f32) -> bool {
  return !(hi - lo > 0x1p-21 * max(1.0, max(abs(lo), abs(hi))));
}
