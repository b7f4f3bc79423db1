/**
 * The functions of `n4_cuda.h` as Deno calls them: one line a parameter, in the header's order, so that a test can compare the two. Calls that wait for the
 * device run on Deno's thread pool.
 *
 * @module
 */

import { BOX_SYMBOLS } from "./symbols_boxes.ts";
import { FIT_SYMBOLS } from "./symbols_fit.ts";

/** Version of the interface that these symbols are written for. */
export const ABI_VERSION = 2;

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

/** What {@linkcode SYMBOLS.n4_copy_rate} measures. */
export const COPY = {
  within: 0,
  in: 1,
  out: 2,
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
      "i32", // direction
      "u64", // bytes
      "buffer", // gigabytes_per_second
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
  ...FIT_SYMBOLS,
  ...BOX_SYMBOLS,
} as const satisfies Deno.ForeignLibraryInterface;
