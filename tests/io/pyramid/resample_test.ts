/** The resampling by WebAssembly gives the bits of the TypeScript loops beside it, however a stretch is cut. */
import assert from "node:assert/strict";
import { ADD_STRETCH, bandedRows, type Range, type Stretch } from "../../../src/io/pyramid/resample.ts";
import { addStretch } from "../../../src/io/pyramid/resample_loops.ts";
import { threadStages } from "../../../src/wasm/thread_stages.ts";
import { Random } from "../../helpers/random.ts";

type Source = Float32Array | Float64Array;

/** A case: a matrix, and what lies around its axis. */
interface Case {
  readonly inputs: number;
  readonly outputs: number;
  readonly outer: number;
  readonly inner: number;
}

/** Values with some that are not finite, and zeros of either sign. */
function randomValues<T extends Source>(random: Random, values: T): T {
  for (let i = 0; i < values.length; i++) values[i] = random.between(-50, 100);
  for (const odd of [NaN, Infinity, -Infinity, -0]) values[random.integer(0, values.length - 1)] = odd;
  return values;
}

/** Ranges that make up `[0, n)`. */
function randomCuts(random: Random, n: number): Range[] {
  const ends = new Set([n, ...Array.from({ length: random.integer(0, 3) }, () => random.integer(1, n))]);
  let from = 0;
  return [...ends].sort((a, b) => a - b).map((to) => ({ from, to: [to, from = to][0] }));
}

/** The inputs of a range along the axis, for every block. */
function cutOut(whole: Source, { inputs, outer, inner }: Case, { from, to }: Range): Source {
  const part = whole.slice(0, outer * (to - from) * inner);
  for (let o = 0; o < outer; o++) {
    const at = (o * inputs + from) * inner;
    part.set(whole.subarray(at, at + (to - from) * inner), o * (to - from) * inner);
  }
  return part;
}

/** Both paths over all stretches of an axis, from the same sums or from nothing. */
function assertSameBits(random: Random, given: Case, wide: boolean, first: boolean): void {
  const { inputs, outputs, outer, inner } = given;
  const rows = bandedRows(inputs, outputs);
  const whole = randomValues(random, new (wide ? Float64Array : Float32Array)(outer * inputs * inner));
  const from = random.integer(0, outputs - 1);
  const wanted = { from, to: random.integer(from + 1, outputs) };
  const expected = randomValues(random, new Float64Array(outer * (wanted.to - from) * inner));
  const found = expected.slice();
  if (first) expected.fill(0);
  for (const [i, part] of randomCuts(random, inputs).entries()) {
    const source = cutOut(whole, given, part);
    const stretch: Stretch = { outer, inner, inputs: part, outputs: wanted };
    addStretch(rows, stretch, source, expected);
    ADD_STRETCH.work({ rows, stretch, source, sums: found, first: first && i === 0 });
  }
  const differing = found.findIndex((value, i) => !Object.is(value, expected[i]));
  assert.equal(differing, -1, `${JSON.stringify(given)} wide ${wide} first ${first}`);
}

Deno.test("resampling by WebAssembly adds as its twin does, bit by bit, for any shape, factor and cut", () => {
  const random = new Random(91);
  for (let round = 0; round < 600; round++) {
    const inner = round % 2 === 0 ? 1 : random.integer(2, 40);
    const inputs = random.integer(1, 90);
    const outputs = random.integer(1, round % 5 === 0 ? 120 : inputs);
    assertSameBits(random, { inputs, outputs, outer: random.integer(1, 20), inner }, round % 4 > 1, round % 3 > 0);
  }
});

Deno.test("a stretch that exceeds a piece along any axis keeps its twin's bits and a small memory", () => {
  const random = new Random(92);
  const cases: readonly Case[] = [
    { inputs: 2600, outputs: 1100, outer: 9, inner: 1 },
    { inputs: 500, outputs: 2300, outer: 3, inner: 1 },
    { inputs: 3000, outputs: 7, outer: 5, inner: 1 },
    { inputs: 40, outputs: 16, outer: 6000, inner: 1 },
    { inputs: 150, outputs: 60, outer: 2, inner: 1200 },
    { inputs: 50, outputs: 150, outer: 2, inner: 700 },
    { inputs: 1300, outputs: 520, outer: 3, inner: 51 },
    { inputs: 12, outputs: 5, outer: 900, inner: 100 },
    { inputs: 1700, outputs: 3, outer: 1, inner: 513 },
  ];
  for (const given of cases) {
    for (const wide of [false, true]) {
      for (const first of [false, true]) assertSameBits(random, given, wide, first);
    }
  }
  const { arena: { memory } } = threadStages();
  assert.ok(memory.buffer.byteLength <= 2 ** 20, "a thread's memory must stay below what plans count");
});

Deno.test("sums that begin are cleared as far as there are any, those out of reach too", () => {
  const rows = bandedRows(100, 50);
  for (const inputs of [{ from: 0, to: 3 }, { from: 0, to: 80 }]) {
    const stretch = { outer: 2, inner: 1, inputs, outputs: { from: 40, to: 50 } };
    const source = new Float32Array(2 * (inputs.to - inputs.from)).fill(1);
    const sums = new Float64Array(25).fill(7);
    ADD_STRETCH.work({ rows, stretch, source, sums, first: true });
    const expected = new Float64Array(25);
    addStretch(rows, stretch, source, expected);
    assert.deepEqual(sums, expected);
  }
});
