// Stage `apply`: the fused voxel map of `ApplySpec` over one piece of a box; see src/backends/backend.ts for its order
// and src/backends/ts/loops/apply.ts for its twin. Only global indices enter, so how a volume is cut changes no bit.
// Workgroup: 256 voxels of one row, for which it first contracts the lattices over z and y, unless their points are too
// many for its memory.

struct Piece {
  z: u32,            // first voxel in the volume
  y: u32,
  x: u32,
  ny: u32,           // rows and columns of the piece
  nx: u32,
  voxels: u32,
  does: u32,         // a sum of MASKED, ZERO_OUTSIDE and WRITE_FIELD
  whole: i32,        // layer of the global field, or -1
  strength: f32,
  scale: f32,
  least: f32,        // smallest field that is divided by
  threshold: f32,    // intensities at or below keep their value
  table_lo: f32,     // intensity of a table's first and last entry
  table_hi: f32,
  table_length: u32,
}

// true: some segment of 256 voxels reaches more control points of a layer than LINE_POINTS. Constant, as a processor
// that stands in for a GPU walks both ways of a branch.
override wide: bool = false;

struct Plane {
  layer: i32,   // layer of the plane's section, or -1
  table: i32,   // intensity table, or -1
  gain: f32,    // inside the mask
}

// A log field: its lattice [.., points_y, points_x] from `lattice` on, its spline rows of all planes, rows and columns
// of the volume.
struct Layer {
  lattice: u32,
  points_y: u32,
  points_x: u32,
  rows_z: u32,
  rows_y: u32,
  rows_x: u32,
}

// The control points of a section's field, and of the whole one, that the segment reaches, contracted over z and y.
var<workgroup> lines: array<f32, 2u * LINE_POINTS>;

@group(0) @binding(0) var<uniform> piece: Piece;
@group(0) @binding(1) var<storage, read> planes: array<Plane>;
@group(0) @binding(2) var<storage, read> layers: array<Layer>;
@group(0) @binding(3) var<storage, read> rows: array<Row>;
@group(0) @binding(4) var<storage, read> lattices: array<f32>;
@group(0) @binding(5) var<storage, read> tables: array<f32>;      // [tables, table_length]
@group(0) @binding(6) var<storage, read> mask: array<u32>;        // four voxels an entry, one byte each
@group(0) @binding(7) var<storage, read_write> data: array<f32>;  // in: intensities; out: corrected ones, or the field

// The lattice contracted over z and y at control point c along x.
fn contracted(layer: Layer, z: u32, y: u32, c: u32) -> f32 {
  let row_z = rows[layer.rows_z + z];
  let row_y = rows[layer.rows_y + y];
  var sum = 0.0;
  for (var a = 0u; a < 4u; a++) {
    let at = layer.lattice + ((row_z.first + a) * layer.points_y + row_y.first) * layer.points_x + c;
    sum += row_z.weights[a] * (row_y.weights[0] * lattices[at] + row_y.weights[1] * lattices[at + layer.points_x] +
      row_y.weights[2] * lattices[at + 2u * layer.points_x] + row_y.weights[3] * lattices[at + 3u * layer.points_x]);
  }
  return sum;
}

// Fills a layer's line for the columns [x0, x1).
fn fill_line(index: i32, line: u32, z: u32, y: u32, x0: u32, x1: u32, thread: u32) {
  if (index < 0) { return; }
  let layer = layers[index];
  let first = rows[layer.rows_x + x0].first;
  let end = rows[layer.rows_x + x1 - 1u].first + 4u;
  for (var c = first + thread; c < end; c += POINT_THREADS) { lines[line + c - first] = contracted(layer, z, y, c); }
}

fn log_field(index: i32, line: u32, z: u32, y: u32, x0: u32, x: u32) -> f32 {
  if (index < 0) { return 0.0; }
  let layer = layers[index];
  let row_x = rows[layer.rows_x + x];
  var values: array<f32, 4>;
  for (var j = 0u; j < 4u; j++) {
    let c = row_x.first + j;
    if (wide) {
      values[j] = contracted(layer, z, y, c);
    } else {
      values[j] = lines[line + c - rows[layer.rows_x + x0].first];
    }
  }
  return row_x.weights[0] * values[0] + row_x.weights[1] * values[1] + row_x.weights[2] * values[2] +
    row_x.weights[3] * values[3];
}

// By its bits: compilers that take every number for a finite one leave other tests out.
fn is_finite(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

fn look_up(table: i32, value: f32) -> f32 {
  if (table < 0 || value <= piece.threshold || !is_finite(value)) { return value; }
  let last = f32(piece.table_length - 1u);
  let q = clamp((value - piece.table_lo) * last / (piece.table_hi - piece.table_lo), 0.0, last);
  let j = min(u32(q), piece.table_length - 2u);
  let at = u32(table) * piece.table_length + j;
  return tables[at] + (q - f32(j)) * (tables[at + 1u] - tables[at]);
}

fn corrected(value: f32, field: f32, plane: Plane, inside: bool) -> f32 {
  if ((piece.does & ZERO_OUTSIDE) != 0u && !inside) { return 0.0; }
  var m = look_up(plane.table, value);
  if (inside) { m *= plane.gain; }
  let c = m / field;
  if (piece.strength == 1.0) { return c * piece.scale; }
  return (piece.strength * c + (1.0 - piece.strength) * m) * piece.scale;
}

@compute @workgroup_size(POINT_THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let segments = (piece.nx + SEGMENT - 1u) / SEGMENT;
  let row = linear_group(group, groups) / segments;
  if (row * piece.nx >= piece.voxels) { return; }
  let begin = (linear_group(group, groups) % segments) * SEGMENT;
  let end = min(piece.nx, begin + SEGMENT);
  let y = piece.y + row % piece.ny;
  let z = piece.z + row / piece.ny;
  let x0 = piece.x + begin;
  let plane = planes[z];
  if (!wide) {
    fill_line(plane.layer, 0u, z, y, x0, piece.x + end, thread);
    fill_line(piece.whole, LINE_POINTS, z, y, x0, piece.x + end, thread);
  }
  workgroupBarrier();
  for (var column = begin + thread; column < end; column += POINT_THREADS) {
    let i = row * piece.nx + column;
    let x = piece.x + column;
    let log_sum = log_field(plane.layer, 0u, z, y, x0, x) + log_field(piece.whole, LINE_POINTS, z, y, x0, x);
    let field = max(exponential(log_sum), piece.least);
    if ((piece.does & WRITE_FIELD) != 0u) {
      data[i] = field / piece.scale;
    } else {
      let inside = (piece.does & MASKED) == 0u || ((mask[i / 4u] >> (8u * (i % 4u))) & 0xffu) != 0u;
      data[i] = corrected(data[i], field, plane, inside);
    }
  }
}
