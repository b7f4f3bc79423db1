/** What the WebAssembly module exports: one function a stage, and what `apply` is made of. `deno task build:wasm` builds it. */

export { addField, apply, writeField } from "./apply";
export { contract } from "./contract";
export { histogram } from "./histogram";
export { combine } from "./shared/spline_row";
export { smooth } from "./smooth";
export { subtract } from "./subtract";
