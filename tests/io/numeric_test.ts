/** The step between float32 values and stored bytes. */
import assert from "node:assert/strict";
import { bytesPerValue, decodeValues, encodeValues, integerRange, reverseEach } from "../../src/io/numeric.ts";
import type { DataType, StorageCounts } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

const TYPES: DataType[] = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "uint64",
  "int64",
  "float32",
  "float64",
];

function noCounts(): StorageCounts {
  return { clamped: 0, nonFinite: 0, zeroed: 0 };
}

function bytesOf(stored: ArrayBufferView): Uint8Array {
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** Small whole numbers that every type holds, more than one block of them. */
function ramp(type: DataType): Float32Array {
  const signed = !type.startsWith("u");
  return Float32Array.from({ length: 9001 }, (_, i) => (i % 128) - (signed ? 64 : 0));
}

for (const type of TYPES) {
  Deno.test(`encoding then decoding ${type} gives the values back in both byte orders, aligned or not`, () => {
    const values = ramp(type);
    const counts = noCounts();
    const stored = bytesOf(encodeValues(values, type, counts));
    assert.equal(stored.length, values.length * bytesPerValue(type));
    assert.deepEqual(counts, noCounts());
    for (const offset of [0, 1, 8]) {
      const bytes = new Uint8Array(stored.length + offset).subarray(offset);
      bytes.set(stored);
      const out = new Float32Array(values.length);
      decodeValues(bytes, type, true, out);
      assert.deepEqual(out, values);
      reverseEach(bytes, bytesPerValue(type));
      out.fill(NaN);
      decodeValues(bytes, type, false, out);
      assert.deepEqual(out, values);
    }
  });
}

for (const type of TYPES.filter((name) => !name.startsWith("float"))) {
  Deno.test(`the bounds of ${type} are stored exactly, and what lies beyond is clamped and counted`, () => {
    const [min, max] = integerRange(type);
    const counts = noCounts();
    const stored = encodeValues(Float32Array.of(-3e38, 3e38, NaN, Infinity, -Infinity, 1), type, counts);
    const bits = BigInt(8 * bytesPerValue(type));
    const upper = type.startsWith("u") ? (1n << bits) - 1n : (1n << (bits - 1n)) - 1n;
    const lower = type.startsWith("u") ? 0n : -(1n << (bits - 1n));
    assert.deepEqual(Array.from(stored, BigInt), [lower, upper, 0n, 0n, 0n, 1n]);
    assert.deepEqual(counts, { clamped: 2, nonFinite: 3, zeroed: 0 });
    assert.equal(min, Number(lower));
    assert.equal(max, Number(upper));
  });
}

Deno.test("halves are rounded to the even neighbour, and only a rounded value out of range counts as clamped", () => {
  const counts = noCounts();
  const stored = encodeValues(Float32Array.of(0.5, 1.5, 2.5, -0.5, -0.51, 255.5, 255.4, 254.5), "uint8", counts);
  assert.deepEqual(Array.from(stored, Number), [0, 2, 2, 0, 0, 255, 255, 254]);
  assert.deepEqual(counts, { clamped: 2, nonFinite: 0, zeroed: 2 });
  const signed = encodeValues(Float32Array.of(-0.5, -1.5, -2.5, 8388607.5), "int32", noCounts());
  assert.deepEqual(Array.from(signed, Number), [-0, -2, -2, 8388608].map((v) => v + 0));
});

Deno.test("64-bit integers keep every float32 value, whatever its magnitude and sign", () => {
  const values = Float32Array.from({ length: 126 }, (_, i) => (i % 2 ? -1 : 1) * 1.75 * 2 ** (i >> 1));
  const whole = values.map((v) => Math.abs(v) < 8 ? Math.trunc(v) : v);
  const stored = encodeValues(whole, "int64", noCounts());
  assert.deepEqual(Array.from(stored, BigInt), Array.from(whole, (v) => BigInt(v)));
  const out = new Float32Array(whole.length);
  decodeValues(bytesOf(stored), "int64", true, out);
  assert.deepEqual(out, whole.map((v) => v + 0));
});

Deno.test("slope and intercept are applied in float64 and undone on the way back", () => {
  const scale = { slope: 0.1, inter: -1000.25 };
  const stored = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const out = new Float32Array(stored.length);
  decodeValues(bytesOf(stored), "uint16", true, out, scale);
  assert.equal(out[12345], Math.fround(0.1 * 12345 - 1000.25));
  const counts = noCounts();
  assert.deepEqual(encodeValues(out, "uint16", counts, scale), stored);
  assert.deepEqual(counts, noCounts());
});

Deno.test("large 32-bit integers are scaled before they are rounded to float32", () => {
  const out = new Float32Array(1);
  decodeValues(bytesOf(Uint32Array.of(4294967295)), "uint32", true, out, { slope: 1, inter: -4294967294 });
  assert.equal(out[0], 1);
});

Deno.test("float32 is passed through without a copy and keeps its NaN", () => {
  const values = Float32Array.of(1, NaN, Infinity);
  assert.equal(encodeValues(values, "float32", noCounts()), values);
  assert.deepEqual(Array.from(encodeValues(values, "float64", noCounts()), Number), [1, NaN, Infinity]);
});

Deno.test("decoding refuses bytes whose length does not fit the values", () => {
  assert.throws(
    () => decodeValues(new Uint8Array(7), "int16", true, new Float32Array(4)),
    { name: "RangeError", message: "Cannot decode 4 values of type int16 as they take 8 bytes: current length is 7" },
  );
});

Deno.test("nothing is encoded from nothing", () => {
  assert.equal(encodeValues(new Float32Array(0), "int16", noCounts()).length, 0);
  assert.equal(encodeValues(new Float32Array(0), "int64", { clamped: 0, nonFinite: 0, zeroed: 0 }).length, 0);
});

Deno.test("16-bit floats hold the nearest value, and what lies beyond them is clamped and counted", () => {
  const counts = noCounts();
  const values = Float32Array.of(1 / 3, 65504, 65519, 65520, -1e9, NaN, -Infinity);
  const stored = encodeValues(values, "float16", counts);
  assert.deepEqual(Array.from(stored, Number), [0.333251953125, 65504, 65504, 65504, -65504, NaN, -Infinity]);
  assert.deepEqual(counts, { clamped: 3, nonFinite: 0, zeroed: 0 });
});

Deno.test("8 and 16 bits are stored by WebAssembly as by the loops that undo a scale, with the same counts", () => {
  const random = new Random(31);
  const odd = [NaN, Infinity, -Infinity, 0, -0, 0.5, -0.5, 1.5, 1e-40, -1e-40, 3e38, -3e38, 2 ** 31, -(2 ** 31) - 300];
  const bounds = [127, 128, 255, 256, 32767, 32768, 65535, 65536].flatMap((
    at,
  ) => [at, at + 0.5, at - 0.5, -at, 0.5 - at]);
  const many = Float32Array.from({ length: 20_003 }, () => random.normal() * 2 ** random.integer(-3, 18));
  for (
    const values of [
      Float32Array.from([...odd, ...bounds]),
      many,
      ...[0, 1, 7, 8, 9, 8192, 8193].map((n) => many.subarray(0, n)),
    ]
  ) {
    for (const type of ["uint8", "int8", "uint16", "int16"] as const) {
      const [counts, twin] = [noCounts(), noCounts()];
      const stored = encodeValues(values, type, counts);
      assert.deepEqual(stored, encodeValues(values.map((value) => -value), type, twin, { slope: -1, inter: 0 }));
      assert.deepEqual(counts, twin, type);
    }
  }
});
