/**
 * What the WebAssembly module exports: one function a stage, what `apply` is made of, and jobs. `deno task build:wasm`
 * builds it.
 */

export { addField, apply, writeField } from "./apply";
export { contract, contractWeights } from "./contract";
export { count } from "./count";
export { histogram } from "./histogram";
export { integers } from "./integers";
export { resampleColumns, resampleLines, widen } from "./resample";
export { sharpen } from "./sharpen";
export { combine } from "./shared/spline_row";
export { smooth } from "./smooth";
export { speckle } from "./speckle";
export { sum } from "./sum";
export { subtract, subtractIncrement } from "./subtract";
export { addTiles, update } from "./update";
