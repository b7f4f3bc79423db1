// One position's spline row on one axis: its first control point and four weights.

struct Row {
  first: u32,
  weights: array<f32, 4>,
}
