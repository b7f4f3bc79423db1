/**
 * Job `resample` by WebAssembly: a stretch is cut into pieces that go through a small memory. Twin: `addStretch` of
 * resample_loops.ts; sums can be taken up again at any cut, so the pieces change no bit.
 *
 * @module
 */

import type { ThreadStages } from "../../wasm/thread_stages.ts";
import type { BandedRows, Range, StretchRequest } from "./resample.ts";

/** Most bytes of values and sums of a piece: with what else it takes it stays in the processor's second cache. */
const PIECE_BYTES = 2 ** 19;

/** Most inputs and most outputs of a piece: eight lines of them, as columns of float64, are 64 KiB. */
const MOST_INDICES = 1024;

/** Most columns of a piece: its rows are long enough to be copied one by one. */
const MOST_COLUMNS = 512;

/** Lines or columns of a step of the module. */
const STEP = 8;

/** Runs of fewer values are copied one by one, which takes less than a call for each. */
const SHORT = 64;

/** Entries that steps may read or write beyond the end of an array, and rows beyond that of scratch. */
const SPARE = STEP;
const SPARE_ROWS = 4;

/** Inputs of one axis and the outputs that they are added to; `fresh`: whether these begin at 0. */
interface Piece {
  readonly inputs: Range;
  readonly outputs: Range;
  readonly fresh: boolean;
}

/** A part of an array in two or three indices: `length` runs of `run` values, which begin `step` values apart. */
interface Runs {
  readonly at: number;
  readonly run: number;
  readonly step: number;
  readonly length: number;
}

type Values = Float32Array | Float64Array;

/** Adds to each output what the inputs at hand contribute. */
export function addByWasm(request: StretchRequest, thread: ThreadStages): void {
  const { rows, stretch: { outer, inner, inputs, outputs }, sums, first } = request;
  const reached = outputsOf(rows, inputs, outputs);
  // Sums begin at 0 in the small memory, or, cheaper where few outputs are reached, in place.
  const fresh = first && 8 * lengthOf(reached) >= lengthOf(outputs);
  if (first) sums.fill(0, fresh ? outer * lengthOf(outputs) * inner : 0);
  const most = inner === 1 ? MOST_INDICES : PIECE_BYTES / 16 / widthOf(inner);
  for (const piece of piecesOf(request, Math.min(MOST_INDICES, Math.floor(most)), fresh)) {
    thread.arena.release();
    if (inner === 1) addLines(request, piece, thread);
    else addColumns(request, piece, thread);
  }
}

/** Pieces of at most `most` inputs and outputs, the inputs of each output in ascending order. */
function* piecesOf({ rows, stretch: { inputs, outputs } }: StretchRequest, most: number, first: boolean) {
  for (const part of cut(outputs, most)) {
    let fresh = first;
    for (const near of cut(inputs, most)) {
      const reached = outputsOf(rows, near, part);
      if (!fresh && lengthOf(reached) === 0) continue;
      yield { inputs: inputsAmong(rows, near, reached), outputs: fresh ? part : reached, fresh } satisfies Piece;
      fresh = false;
    }
  }
}

function* cut({ from, to }: Range, most: number): Generator<Range> {
  for (let at = from; at < to; at += most) yield { from: at, to: Math.min(to, at + most) };
}

/** The outputs among `among` from the first to the last that any of the inputs is part of. */
function outputsOf({ first, start }: BandedRows, inputs: Range, among: Range): Range {
  let { from, to } = among;
  const reached = (i: number) => first[i] < inputs.to && first[i] + start[i + 1] - start[i] > inputs.from;
  while (from < to && !reached(from)) from++;
  while (from < to && !reached(to - 1)) to--;
  return { from, to };
}

/** The inputs among `among` from the first to the last that is part of any of the outputs. */
function inputsAmong({ first, start }: BandedRows, among: Range, outputs: Range): Range {
  let [from, to] = [among.to, among.from];
  for (let i = outputs.from; i < outputs.to; i++) {
    from = Math.min(from, first[i]);
    to = Math.max(to, first[i] + start[i + 1] - start[i]);
  }
  return { from: Math.max(among.from, from), to: Math.max(Math.min(among.to, to), Math.max(among.from, from)) };
}

/** Columns of the pieces of a stretch: all, or as many in each, whole steps. */
function widthOf(inner: number): number {
  if (inner <= MOST_COLUMNS) return inner;
  return STEP * Math.ceil(inner / Math.ceil(inner / MOST_COLUMNS) / STEP);
}

/** What the module reads of the matrix, in its memory: the address of a table, see kernels/wasm/resample.ts. */
function tableOf(rows: BandedRows, { inputs, outputs }: Piece, { arena }: ThreadStages): number {
  const { first, start, weight } = rows;
  const { from, to } = outputsOf(rows, inputs, outputs);
  const weights = arena.copy(Float64Array, weight.subarray(start[from], start[to]));
  const table = arena.take(Uint32Array, 3 * (outputs.to - outputs.from));
  for (let i = from; i < to; i++) {
    const begin = Math.max(inputs.from, first[i]);
    const end = Math.max(begin, Math.min(inputs.to, first[i] + start[i + 1] - start[i]));
    const address = weights.byteOffset + 8 * (start[i] - start[from] + begin - first[i]);
    table.set([begin - inputs.from, end - inputs.from, address], 3 * (i - outputs.from));
  }
  return table.byteOffset;
}

/** Along the fastest axis: as many lines at a time as a piece holds. */
function addLines(request: StretchRequest, piece: Piece, thread: ThreadStages): void {
  const { stretch, source, sums } = request;
  const { stages, arena } = thread;
  const [inputs, outputs] = [lengthOf(piece.inputs), lengthOf(piece.outputs)];
  const table = tableOf(request.rows, piece, thread);
  const wide = source instanceof Float64Array;
  const [depth, height] = [lengthOf(stretch.inputs), lengthOf(stretch.outputs)];
  const [input, output] = [piece.inputs.from - stretch.inputs.from, piece.outputs.from - stretch.outputs.from];
  const most = PIECE_BYTES / (inputs * source.BYTES_PER_ELEMENT + 8 * outputs);
  const batch = STEP * Math.ceil(Math.min(stretch.outer, Math.max(STEP, most - STEP)) / STEP);
  const kind = wide ? Float64Array : Float32Array;
  const values: Values = arena.take<Values>(kind, batch * inputs + SPARE);
  const added = arena.take(Float64Array, batch * outputs + SPARE);
  const tile = arena.take(Float64Array, STEP * (inputs + SPARE_ROWS));
  for (let line = 0; line < stretch.outer; line += batch) {
    const length = Math.min(batch, stretch.outer - line);
    const to = { at: line * height + output, run: outputs, step: height, length };
    copyIn(source, { at: line * depth + input, run: inputs, step: depth, length }, values);
    if (!piece.fresh) copyIn(sums, to, added);
    stages.resampleLines(
      values.byteOffset,
      wide ? 1 : 0,
      inputs,
      table,
      outputs,
      length,
      added.byteOffset,
      piece.fresh ? 1 : 0,
      tile.byteOffset,
    );
    copyOut(added, to, sums);
  }
}

/** Along another axis: as many columns, or blocks of all columns, at a time as a piece holds. */
function addColumns(request: StretchRequest, piece: Piece, thread: ThreadStages): void {
  const { stretch: { outer, inner, ...stretch }, source, sums } = request;
  const { stages, arena } = thread;
  const [inputs, outputs] = [lengthOf(piece.inputs), lengthOf(piece.outputs)];
  const table = tableOf(request.rows, piece, thread);
  const width = widthOf(inner);
  const [depth, height] = [lengthOf(stretch.inputs), lengthOf(stretch.outputs)];
  const [input, output] = [piece.inputs.from - stretch.inputs.from, piece.outputs.from - stretch.outputs.from];
  // Blocks follow each other without a gap where a piece has all of them.
  const whole = width === inner && inputs === depth && outputs === height;
  const batch = whole ? Math.max(1, Math.min(outer, Math.floor(PIECE_BYTES / (8 * (inputs + outputs) * inner)))) : 1;
  const values = arena.take(Float64Array, batch * inputs * width + SPARE);
  const narrow = source instanceof Float32Array ? arena.take(Float32Array, values.length) : undefined;
  const added = arena.take(Float64Array, batch * outputs * width + SPARE);
  for (let block = 0; block < outer; block += batch) {
    const blocks = Math.min(batch, outer - block);
    for (let column = 0; column < inner; column += width) {
      const columns = Math.min(width, inner - column);
      const runs = { run: columns, step: inner };
      const to = { ...runs, at: (block * height + output) * inner + column, length: blocks * outputs };
      const from = { ...runs, at: (block * depth + input) * inner + column, length: blocks * inputs };
      copyIn(source, from, narrow ?? values);
      if (narrow) stages.widen(narrow.byteOffset, from.length * columns, values.byteOffset);
      if (!piece.fresh) copyIn(sums, to, added);
      stages.resampleColumns(
        values.byteOffset,
        inputs,
        table,
        outputs,
        columns,
        blocks,
        added.byteOffset,
        piece.fresh ? 1 : 0,
      );
      copyOut(added, to, sums);
    }
  }
}

/** How many indices a range has. */
export function lengthOf({ from, to }: Range): number {
  return to - from;
}

/** Copies runs into `to`, one behind the other. */
function copyIn(from: Values, { at, run, step, length }: Runs, to: Values): void {
  if (run === step) return to.set(from.subarray(at, at + run * length));
  if (run < SHORT) return copyShort(from, at, step, to, 0, run, run, length);
  for (let i = 0; i < length; i++) to.set(from.subarray(at + i * step, at + i * step + run), i * run);
}

/** Copies what lies one behind the other in `from` to runs. */
function copyOut(from: Float64Array, { at, run, step, length }: Runs, to: Float64Array): void {
  if (run === step) return to.set(from.subarray(0, run * length), at);
  if (run < SHORT) return copyShort(from, 0, run, to, at, step, run, length);
  for (let i = 0; i < length; i++) to.set(from.subarray(i * run, (i + 1) * run), at + i * step);
}

/** Copies `length` runs value by value. */
function copyShort(
  from: Values,
  at: number,
  step: number,
  to: Values,
  toAt: number,
  toStep: number,
  run: number,
  length: number,
): void {
  for (let i = 0; i < length; i++, at += step, toAt += toStep) {
    for (let j = 0; j < run; j++) to[toAt + j] = from[at + j];
  }
}
