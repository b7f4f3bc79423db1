/**
 * The functions of corrections and smoothings, as symbols.ts lists them.
 *
 * @module
 */

/** From `n4_apply_bytes` to `n4_smooth_close`. */
export const BOX_SYMBOLS = {
  n4_apply_bytes: {
    parameters: [
      "i32", // planes
      "i32", // rows
      "i32", // columns
      "i32", // layers
      "i32", // points_z
      "i32", // points_y
      "i32", // points_x
      "i32", // gain
      "i32", // table_count
      "i32", // table_size
      "i64", // box_voxels
      "buffer", // bytes
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
  },
  n4_apply_open: {
    parameters: [
      "i32", // device
      "i32", // planes
      "i32", // rows
      "i32", // columns
      "i32", // layers
      "buffer", // gain
      "i32", // table_count
      "i32", // table_size
      "buffer", // tables
      "buffer", // table_of_plane
      "f64", // table_lo
      "f64", // table_hi
      "f64", // table_threshold
      "f64", // strength
      "f64", // scale
      "f64", // floor
      "i32", // zero_outside
      "buffer", // apply
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_apply_layer: {
    parameters: [
      "u64", // apply
      "i32", // z0
      "i32", // z1
      "i32", // points_z
      "i32", // points_y
      "i32", // points_x
      "buffer", // lattice
      "buffer", // first_z
      "buffer", // evaluate_z
      "buffer", // first_y
      "buffer", // evaluate_y
      "buffer", // first_x
      "buffer", // evaluate_x
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_apply_correct: {
    parameters: [
      "u64", // apply
      "buffer", // box
      "buffer", // data
      "buffer", // mask
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_apply_field: {
    parameters: [
      "u64", // apply
      "buffer", // box
      "buffer", // out
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_apply_close: {
    parameters: [
      "u64", // apply
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_smooth_bytes: {
    parameters: [
      "i32", // radius_z
      "i32", // radius_y
      "i32", // radius_x
      "i64", // boxes
      "i64", // box_voxels
      "buffer", // bytes
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
  },
  n4_smooth_open: {
    parameters: [
      "i32", // device
      "i32", // planes
      "i32", // rows
      "i32", // columns
      "i32", // radius_z
      "i32", // radius_y
      "i32", // radius_x
      "buffer", // taps
      "buffer", // smooth
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_smooth_box: {
    parameters: [
      "u64", // smooth
      "buffer", // box
      "buffer", // padded
      "buffer", // data
      "buffer", // out
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_smooth_close: {
    parameters: [
      "u64", // smooth
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;
