/**
 * The WebAssembly module of the hot stages: compiled once a thread, instantiated once a memory.
 *
 * Addresses are bytes into the memory that an instance was made with. kernels/wasm documents each parameter;
 * `parameters` is the address of a block of parameters.ts.
 *
 * @module
 */

import { MODULE_BASE64 } from "./module_bytes.ts";

/** What the module exports, one function a stage and what they share. */
export interface StageFunctions {
  /** kernels/wasm/shared/spline_row.ts */
  combine(values: number, size: number, weights: number, out: number): void;
  /** kernels/wasm/subtract.ts */
  subtract(parameters: number): void;
  /** kernels/wasm/subtract.ts */
  subtractIncrement(parameters: number): void;
  /** kernels/wasm/histogram.ts */
  histogram(
    u: number,
    begin: number,
    end: number,
    lo: number,
    scale: number,
    bins: number,
    packed: number,
    counts: number,
  ): void;
  /** kernels/wasm/contract.ts */
  contract(parameters: number): void;
  /** kernels/wasm/contract.ts */
  contractWeights(parameters: number): void;
  /** kernels/wasm/sharpen.ts */
  sharpen(parameters: number): void;
  /** kernels/wasm/update.ts */
  addTiles(
    contracted: number,
    size: number,
    tile0: number,
    tile1: number,
    perPlane: number,
    first: number,
    weights: number,
    begin: number,
    end: number,
    sums: number,
  ): void;
  /** kernels/wasm/update.ts */
  update(
    lattice: number,
    phi: number,
    delta: number,
    omega: number,
    size: number,
    planes: number,
    begin: number,
    end: number,
  ): void;
  /** kernels/wasm/apply.ts */
  addField(parameters: number): void;
  /** kernels/wasm/apply.ts */
  apply(parameters: number): void;
  /** kernels/wasm/apply.ts */
  writeField(logField: number, count: number, floor: number, scale: number, out: number): void;
  /** kernels/wasm/smooth.ts */
  smooth(parameters: number): void;
  /** kernels/wasm/resample.ts */
  resampleColumns(
    values: number,
    inputs: number,
    table: number,
    outputs: number,
    columns: number,
    blocks: number,
    sums: number,
    fresh: number,
  ): void;
  /** kernels/wasm/resample.ts */
  widen(values: number, count: number, to: number): void;
  /** kernels/wasm/resample.ts */
  resampleLines(
    values: number,
    wide: number,
    inputs: number,
    table: number,
    outputs: number,
    lines: number,
    sums: number,
    fresh: number,
    tile: number,
  ): void;
  /** kernels/wasm/count.ts */
  count(
    values: number,
    rows: number,
    stride: number,
    width: number,
    edges: number,
    bins: number,
    sure: number,
    counts: number,
  ): void;
  /** kernels/wasm/integers.ts */
  integers(
    values: number,
    count: number,
    least: number,
    most: number,
    bytes: number,
    out: number,
    counts: number,
  ): void;
  /** kernels/wasm/speckle.ts */
  speckle(columns: number, count: number, row: number, looks: number, out: number): void;
  /** kernels/wasm/sum.ts */
  sum(values: number, inside: number, count: number, result: number): void;
}

let compiled: WebAssembly.Module | undefined;

/** The stages over `memory`. */
export function stagesOver(memory: WebAssembly.Memory): StageFunctions {
  compiled ??= new WebAssembly.Module(Uint8Array.fromBase64(MODULE_BASE64));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return exports as unknown as StageFunctions;
}
