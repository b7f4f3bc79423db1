// A batch of the fit: a run of sample rows that one dispatch works on. Row r = iz * ny + iy of the fit, as in
// `FitSamples`. A window is the run of rows whose samples share one set of buffers; a batch lies within one window.

struct Batch {
  first_row: u32,     // first row, counted over the whole fit
  rows: u32,          // number of rows
  window_row: u32,    // first row, counted within the window
  first_sample: u32,  // first sample, counted within the window
  samples: u32,       // number of samples
  first_block: u32,   // first block of partial sums
  first_plane: u32,   // plane of the first row
  planes: u32,        // planes that the rows touch
  ny: u32,            // rows of a plane
  points_z: u32,      // control points along z, y, x
  points_y: u32,
  points_x: u32,
  last: u32,          // 1 for the last batch
}

// A sample's place: its column in the lower half, its row within the window in the upper.
fn column_of(place: u32) -> u32 {
  return place & 0xffffu;
}

fn window_row_of(place: u32) -> u32 {
  return place >> 16u;
}
