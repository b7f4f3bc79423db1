/**
 * The WebAssembly module of the hot stages: compiled once a thread, instantiated once a memory.
 *
 * Addresses are bytes into the memory that an instance was made with; see kernels/wasm for what each parameter is.
 *
 * @module
 */

import { MODULE_BASE64 } from "./module_bytes.ts";

/** What the module exports, one function a stage and what they share. */
export interface StageFunctions {
  /** kernels/wasm/shared/spline_row.ts */
  combine(values: number, size: number, weights: number, out: number): void;
  /** kernels/wasm/subtract.ts */
  subtract(
    u: number,
    from: number,
    xIndex: number,
    rowStart: number,
    row0: number,
    row1: number,
    iy: number,
    plane: number,
    cx: number,
    yFirst: number,
    yEvaluate: number,
    xFirst: number,
    xEnds: number,
    xEvaluate: number,
    xStride: number,
    line: number,
    field: number,
    packed: number,
    result: number,
  ): void;
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
  contract(
    u: number,
    weight: number,
    xIndex: number,
    rowStart: number,
    row0: number,
    row1: number,
    iy: number,
    expected: number,
    bins: number,
    lo: number,
    scale: number,
    cy: number,
    cx: number,
    yFirst: number,
    yDelta: number,
    xFirst: number,
    xEnds: number,
    xDelta: number,
    residual: number,
    row: number,
    out: number,
  ): void;
  /** kernels/wasm/apply.ts */
  addField(
    plane: number,
    cx: number,
    yFirst: number,
    yEvaluate: number,
    xFirst: number,
    xEnds: number,
    xEvaluate: number,
    xStride: number,
    line: number,
    rows: number,
    columns: number,
    logField: number,
    added: number,
  ): void;
  /** kernels/wasm/apply.ts */
  apply(
    data: number,
    mask: number,
    logField: number,
    count: number,
    table: number,
    entries: number,
    threshold: number,
    lo: number,
    hi: number,
    gain: number,
    floor: number,
    strength: number,
    scale: number,
    zeroOutside: number,
  ): void;
  /** kernels/wasm/apply.ts */
  writeField(logField: number, count: number, floor: number, scale: number, out: number): void;
  /** kernels/wasm/smooth.ts */
  smooth(
    zSources: number,
    zTaps: number,
    zRadius: number,
    count: number,
    afterZ: number,
    ySources: number,
    yTaps: number,
    yRadius: number,
    rows: number,
    px: number,
    line: number,
    width: number,
    given: number,
    columns: number,
    xSources: number,
    xTaps: number,
    xRadius: number,
    nx: number,
    out: number,
  ): void;
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
  /** kernels/wasm/sum.ts */
  sum(values: number, inside: number, count: number, result: number): void;
}

let compiled: WebAssembly.Module | undefined;

/** The stages over `memory`. */
export function stagesOver(memory: WebAssembly.Memory): StageFunctions {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(MODULE_BASE64), (letter) => letter.charCodeAt(0)));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return exports as unknown as StageFunctions;
}
