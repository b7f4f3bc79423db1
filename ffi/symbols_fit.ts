/**
 * The functions of a fit, as symbols.ts lists them.
 *
 * @module
 */

/** From `n4_fit_bytes` to `n4_fit_close`. */
export const FIT_SYMBOLS = {
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
      "i32", // bins
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
} as const satisfies Deno.ForeignLibraryInterface;
