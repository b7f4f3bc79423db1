/**
 * Counts what is asked of memory: every array of bytes or numbers that is made by its length goes through here once this is installed.
 *
 * @module
 */

/** What was asked for since the last reset. */
export interface Allocations {
  /** The largest single array, bytes. */
  largest: number;
  /** All of them, bytes. */
  total: number;
}

const NAMES = [
  ...["ArrayBuffer", "SharedArrayBuffer", "Uint8Array", "Uint8ClampedArray", "Int8Array", "Uint16Array", "Int16Array"],
  ...["Uint32Array", "Int32Array", "BigUint64Array", "BigInt64Array", "Float32Array", "Float64Array", "Array"],
] as const;

/** An engine's array of values takes this much an entry. */
const VALUE_BYTES = 8;

/** Replaces the constructors by ones that count. @returns what they count. */
export function countAllocations(): Allocations {
  const counts: Allocations = { largest: 0, total: 0 };
  const scope = globalThis as unknown as Record<string, new (...words: unknown[]) => object>;
  for (const name of NAMES) {
    const width = Number((scope[name] as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1);
    scope[name] = new Proxy(scope[name], {
      construct(target, words, newTarget) {
        const bytes = bytesOf(words, name === "Array" ? VALUE_BYTES : width);
        counts.largest = Math.max(counts.largest, bytes);
        counts.total += bytes;
        return Reflect.construct(target, words, newTarget);
      },
    });
  }
  return counts;
}

/** Bytes that a constructor's arguments ask for; nothing where it is a view of a buffer that is there. */
function bytesOf([first]: readonly unknown[], width: number): number {
  if (typeof first === "number") return Number.isFinite(first) && first > 0 ? first * width : 0;
  if (Array.isArray(first) || ArrayBuffer.isView(first)) return (first as { length: number }).length * width;
  return 0;
}
