/**
 * The library's interface as Deno calls it, made from n4_cuda.h by ffi/build.ts; a test holds that it is current. The
 * header documents each function.
 *
 * @module
 */
// deno-fmt-ignore-file

/** Hash of the library's sources; see sources.ts. */
export const BUILD_ID = "e9f40e16ac1d1ec5";

/** Version of the interface. */
export const ABI_VERSION = 2;

/** Statuses that a function returns. */
export const STATUS = { ok: 0, badArgument: 1, noDevice: 2, outOfMemory: 3, deviceFailed: 4 } as const;

/** What `n4_fit_inspect` reads. */
export const INSPECT = { range: 0, histogram: 1, expected: 2, contracted: 3, omega: 4, phi: 5 } as const;

/** What `n4_copy_rate` measures. */
export const COPY = { within: 0, in: 1, out: 2 } as const;

const [I, L, U, D, P] = ["i32", "i64", "u64", "f64", "buffer"] as const;

/** Every function. */
export const SYMBOLS = {
  n4_identify: { parameters: [P, P, I, P, P, I], result: I },
  n4_device_count: { parameters: [P, P, I], result: I },
  n4_device_info: { parameters: [I, P, I, P, I, P, P, I], result: I },
  n4_copy_rate: { parameters: [I, I, U, P, P, I], result: I, nonblocking: true },
  n4_fit_bytes: { parameters: [L, I, I, I, I, I, I, I, I, P, P, I], result: I },
  n4_fit_open: { parameters: [I, P, P, P, P, L, I, I, I, P, P, I], result: I, nonblocking: true },
  n4_fit_begin_level: { parameters: [U, I, I, I, P, P, P, P, P, P, P, P, I], result: I, nonblocking: true },
  n4_fit_iterate: { parameters: [U, I, D, I, D, D, P, P, P, I], result: I, nonblocking: true },
  n4_fit_lattice: { parameters: [U, P, L, P, I], result: I, nonblocking: true },
  n4_fit_values: { parameters: [U, P, L, P, I], result: I, nonblocking: true },
  n4_fit_inspect: { parameters: [U, I, P, L, P, I], result: I, nonblocking: true },
  n4_fit_close: { parameters: [U, P, I], result: I, nonblocking: true },
  n4_apply_bytes: { parameters: [I, I, I, I, I, I, I, I, I, I, L, P, P, I], result: I },
  n4_apply_open: { parameters: [I, I, I, I, I, P, I, I, P, P, D, D, D, D, D, D, I, P, P, I], result: I, nonblocking: true },
  n4_apply_layer: { parameters: [U, I, I, I, I, I, P, P, P, P, P, P, P, P, I], result: I, nonblocking: true },
  n4_apply_correct: { parameters: [U, P, P, P, P, I], result: I, nonblocking: true },
  n4_apply_field: { parameters: [U, P, P, P, I], result: I, nonblocking: true },
  n4_apply_close: { parameters: [U, P, I], result: I, nonblocking: true },
  n4_smooth_bytes: { parameters: [I, I, I, L, L, P, P, I], result: I },
  n4_smooth_open: { parameters: [I, I, I, I, I, I, I, P, P, P, I], result: I, nonblocking: true },
  n4_smooth_box: { parameters: [U, P, P, P, P, P, I], result: I, nonblocking: true },
  n4_smooth_close: { parameters: [U, P, I], result: I, nonblocking: true },
  n4_peak_bytes: { parameters: [I, P, P, I], result: I },
} as const satisfies Deno.ForeignLibraryInterface;
