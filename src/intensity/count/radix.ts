/**
 * Counting float32 values by their bits, 16 at a time. As unsigned integers with the sign bit flipped (negative ones:
 * all bits), the bits of floats are ordered as the floats are.
 *
 * @module
 */

/** Where a rank lies after the upper bits have been counted. */
export interface RankBucket {
  /** Upper 16 bits of the value of that rank; -1 where nothing was counted. */
  readonly upper: number;
  /** The rank among the values with those upper bits. */
  readonly rank: number;
  /** Upper bits of the value of the rank after it where they differ; else -1. */
  readonly next: number;
}

/** Which values of an array count. */
export interface CountedValues {
  /** First value and one past the last. */
  readonly begin: number;
  readonly end: number;
  /** Leaves values <= 0 out. */
  readonly positive: boolean;
  /** Value i counts where `pixels[firstPixel + i - begin]` is not 0; left out: all. */
  readonly pixels?: Uint8Array;
  readonly firstPixel: number;
}

/** Counts of 65,536 buckets. */
export class RadixCounts {
  /** Values counted. */
  total = 0;
  readonly #counts = new Uint32Array(65536);
  /** Least ordered bits seen with the upper bits `next`. */
  #least = 0xffffffff;

  /** Counts the upper bits of finite values. */
  addUpper(values: Float32Array, which: CountedValues): void {
    const { begin, end, positive, pixels, firstPixel } = which;
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    const counts = this.#counts;
    let total = 0;
    for (let i = begin; i < end; i++) {
      if (pixels !== undefined && pixels[firstPixel + i - begin] === 0) continue;
      const word = bits[i];
      if ((word & 0x7f800000) === 0x7f800000 || (positive && word <= 0)) continue;
      counts[ordered(word) >>> 16]++;
      total++;
    }
    this.total += total;
  }

  /** Counts the lower bits of the finite values in a bucket. */
  addLower(values: Float32Array, which: CountedValues, { upper, next }: RankBucket): void {
    const { begin, end, positive, pixels, firstPixel } = which;
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    const counts = this.#counts;
    for (let i = begin; i < end; i++) {
      const key = ordered(bits[i]);
      const bucket = key >>> 16;
      if (bucket !== upper && bucket !== next) continue;
      if ((pixels !== undefined && pixels[firstPixel + i - begin] === 0) || (positive && bits[i] <= 0)) continue;
      if (bucket === upper) counts[key & 0xffff]++;
      else if (key < this.#least) this.#least = key;
    }
  }

  /** The counts of the first round. */
  get upper(): Uint32Array {
    return this.#counts;
  }

  /** The bucket of a rank, from 0, after the first round. */
  bucketOf(rank: number): RankBucket {
    if (this.total === 0) return { upper: -1, rank: 0, next: -1 };
    const [upper, within] = this.#find(rank);
    let next = -1;
    if (within + 1 >= this.#counts[upper]) {
      next = upper + 1;
      while (next < 65536 && this.#counts[next] === 0) next++;
    }
    return { upper, rank: within, next: next === 65536 ? -1 : next };
  }

  /** The value of a bucket's rank and the one after it (the same where there is none), after the second round. */
  neighbours({ upper, rank, next }: RankBucket): [value: number, following: number] {
    const key = (lower: number) => valueOf(((upper << 16) | lower) >>> 0);
    const [lower, within] = this.#find(rank);
    if (next >= 0) return [key(lower), valueOf(this.#least)];
    let following = lower;
    if (within + 1 >= this.#counts[lower]) {
      do following++; while (following < 65536 && this.#counts[following] === 0);
    }
    return [key(lower), key(following === 65536 ? lower : following)];
  }

  /** Empties the counts for another use. */
  clear(): this {
    this.#counts.fill(0);
    this.#least = 0xffffffff;
    this.total = 0;
    return this;
  }

  /** The bucket that holds a rank, and the rank within it. */
  #find(rank: number): [bucket: number, within: number] {
    let bucket = 0;
    while (rank >= this.#counts[bucket]) rank -= this.#counts[bucket++];
    return [bucket, rank];
  }
}

/** Bits of a float as an unsigned integer of the same order. */
function ordered(word: number): number {
  return (word ^ ((word >> 31) | 0x80000000)) >>> 0;
}

/** The smallest value of a bucket of the first round, and that of the next. */
export function bucketEnds(bucket: number): [lo: number, end: number] {
  return [valueOf((bucket << 16) >>> 0), valueOf(((bucket + 1) << 16) >>> 0)];
}

const scratch = new DataView(new ArrayBuffer(4));

/** The bucket of a value in the first round. */
export function bucketOf(value: number): number {
  scratch.setFloat32(0, value);
  return ordered(scratch.getInt32(0)) >>> 16;
}

/** The float of ordered bits. */
function valueOf(key: number): number {
  scratch.setUint32(0, (key & 0x80000000) !== 0 ? key ^ 0x80000000 : ~key);
  return scratch.getFloat32(0);
}
