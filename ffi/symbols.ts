/**
 * The functions of `n4_cuda.h` as Deno calls them: one line a parameter, in the header's order, so that a test can compare the two. Calls that wait for the
 * device run on Deno's thread pool.
 *
 * @module
 */

/** Version of the interface that these symbols are written for. */
export const ABI_VERSION = 1;

/** Statuses that a function returns. */
export const STATUS = {
  ok: 0,
  badArgument: 1,
  noDevice: 2,
  outOfMemory: 3,
  deviceFailed: 4,
} as const;

/** What {@linkcode SYMBOLS.n4_fit_inspect} reads. */
export const INSPECT = {
  range: 0,
  histogram: 1,
  expected: 2,
  contracted: 3,
  omega: 4,
  phi: 5,
} as const;

/** The one symbol that is looked at before the interface is known to be the right one. */
export const IDENTIFY = {
  n4_identify: {
    parameters: [
      "buffer", // abi_version
      "buffer", // build_id
      "i32", // build_id_size
      "buffer", // emulated
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** Every symbol. */
export const SYMBOLS = {
  ...IDENTIFY,
  n4_device_count: {
    parameters: [
      "buffer", // count
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
  },
  n4_device_info: {
    parameters: [
      "i32", // device
      "buffer", // name
      "i32", // name_size
      "buffer", // uuid
      "i32", // uuid_size
      "buffer", // numbers
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
  },
  n4_copy_rate: {
    parameters: [
      "i32", // device
      "u64", // bytes
      "buffer", // gigabytes_per_second
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_fit_bytes: {
    parameters: [
      "i64", // samples
      "i32", // weighted
      "i32", // planes
      "i32", // rows
      "i32", // columns
      "i32", // points_z
      "i32", // points_y
      "i32", // points_x
      "buffer", // bytes
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
  },
  n4_fit_open: {
    parameters: [
      "i32", // device
      "buffer", // row_start
      "buffer", // x_index
      "buffer", // value
      "buffer", // weight
      "i64", // samples
      "i32", // planes
      "i32", // rows
      "i32", // columns
      "buffer", // fit
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_fit_begin_level: {
    parameters: [
      "u64", // fit
      "i32", // points_z
      "i32", // points_y
      "i32", // points_x
      "buffer", // first_z
      "buffer", // rows_z
      "buffer", // first_y
      "buffer", // rows_y
      "buffer", // first_x
      "buffer", // rows_x
      "buffer", // lattice
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_fit_iterate: {
    parameters: [
      "u64", // fit
      "i32", // count
      "f64", // threshold
      "i32", // bins
      "f64", // fwhm
      "f64", // wiener_noise
      "buffer", // convergence
      "buffer", // outcome
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_fit_lattice: {
    parameters: [
      "u64", // fit
      "buffer", // values
      "i64", // length
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_fit_values: {
    parameters: [
      "u64", // fit
      "buffer", // values
      "i64", // length
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_fit_inspect: {
    parameters: [
      "u64", // fit
      "i32", // what
      "buffer", // values
      "i64", // length
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
  },
  n4_fit_close: {
    parameters: [
      "u64", // fit
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
    nonblocking: true,
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
  n4_peak_bytes: {
    parameters: [
      "i32", // device
      "buffer", // bytes
      "buffer", // message
      "i32", // message_size
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;
