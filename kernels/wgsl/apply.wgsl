// Stage `apply`: the fused voxel map of `ApplySpec` over one piece of a box; see src/backends/backend.ts for its order and
// src/backends/ts/apply.ts for its twin. Only global indices enter, so how a volume is cut changes no bit.
// Thread: four neighbours in memory; the 64 control points of a voxel are contracted over z and y once for all neighbours that share them.

struct Piece {
  z: u32,            // first voxel in the volume
  y: u32,
  x: u32,
  ny: u32,           // rows and columns of the piece
  nx: u32,
  voxels: u32,
  does: u32,         // a sum of the bits below
  whole: i32,        // layer of the global field, or -1
  strength: f32,
  scale: f32,
  least: f32,        // smallest field that is divided by
  threshold: f32,    // intensities at or below keep their value
  table_lo: f32,     // intensity of a table's first and last entry
  table_hi: f32,
  table_length: u32,
}

const MASKED = 1u;
const ZERO_OUTSIDE = 2u;
const WRITE_FIELD = 4u;

struct Plane {
  layer: i32,   // layer of the plane's section, or -1
  table: i32,   // intensity table, or -1
  gain: f32,    // inside the mask
}

// A log field: its lattice [.., points_y, points_x] from `lattice` on, its spline rows of all planes, rows and columns of the volume.
struct Layer {
  lattice: u32,
  points_y: u32,
  points_x: u32,
  rows_z: u32,
  rows_y: u32,
  rows_x: u32,
}

// A layer's control points on one line along x, contracted over z and y.
struct Line {
  y: u32,
  z: u32,
  first: u32,
  values: vec4<f32>,
}

@group(0) @binding(0) var<uniform> piece: Piece;
@group(0) @binding(1) var<storage, read> planes: array<Plane>;
@group(0) @binding(2) var<storage, read> layers: array<Layer>;
@group(0) @binding(3) var<storage, read> rows: array<Row>;
@group(0) @binding(4) var<storage, read> lattices: array<f32>;
@group(0) @binding(5) var<storage, read> tables: array<f32>;      // [tables, table_length]
@group(0) @binding(6) var<storage, read> mask: array<u32>;        // four voxels an entry, one byte each
@group(0) @binding(7) var<storage, read_write> data: array<f32>;  // in: intensities; out: corrected ones, or the field

fn line_values(layer: Layer, z: u32, y: u32, first: u32) -> vec4<f32> {
  let row_z = rows[layer.rows_z + z];
  let row_y = rows[layer.rows_y + y];
  var sum = vec4(0.0);
  for (var a = 0u; a < 4u; a++) {
    var inner = vec4(0.0);
    for (var b = 0u; b < 4u; b++) {
      let at = layer.lattice + ((row_z.first + a) * layer.points_y + row_y.first + b) * layer.points_x + first;
      inner += row_y.weights[b] * vec4(lattices[at], lattices[at + 1u], lattices[at + 2u], lattices[at + 3u]);
    }
    sum += row_z.weights[a] * inner;
  }
  return sum;
}

fn log_field(index: i32, z: u32, y: u32, x: u32, line: ptr<function, Line>) -> f32 {
  if (index < 0) { return 0.0; }
  let layer = layers[index];
  let row_x = rows[layer.rows_x + x];
  if ((*line).z != z || (*line).y != y || (*line).first != row_x.first) {
    *line = Line(y, z, row_x.first, line_values(layer, z, y, row_x.first));
  }
  let values = (*line).values;
  return row_x.weights[0] * values.x + row_x.weights[1] * values.y + row_x.weights[2] * values.z +
    row_x.weights[3] * values.w;
}

// Largest finite float32; what is above is infinite and stays.
const LARGEST: f32 = 3.4028234663852886e38;

fn look_up(table: i32, value: f32) -> f32 {
  if (table < 0 || !(value > piece.threshold) || value > LARGEST) { return value; }
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

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let word = linear_group(group, groups) * 128u + thread;
  var section_line = Line(0xffffffffu, 0u, 0u, vec4(0.0));
  var whole_line = Line(0xffffffffu, 0u, 0u, vec4(0.0));
  for (var n = 0u; n < 4u; n++) {
    let i = 4u * word + n;
    if (i >= piece.voxels) { return; }
    let x = piece.x + i % piece.nx;
    let y = piece.y + (i / piece.nx) % piece.ny;
    let z = piece.z + i / (piece.nx * piece.ny);
    let plane = planes[z];
    let log_sum = log_field(plane.layer, z, y, x, &section_line) + log_field(piece.whole, z, y, x, &whole_line);
    let field = max(exponential(log_sum), piece.least);
    if ((piece.does & WRITE_FIELD) != 0u) {
      data[i] = field / piece.scale;
    } else {
      let inside = (piece.does & MASKED) == 0u || ((mask[word] >> (8u * n)) & 0xffu) != 0u;
      data[i] = corrected(data[i], field, plane, inside);
    }
  }
}
