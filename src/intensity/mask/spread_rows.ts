/**
 * Packed rows spread to both sides, of which a dilation by a disk is made: the disk's row at a distance from its middle
 * reaches as far as its width there.
 *
 * @module
 */

/** How far a disk reaches to both sides, row by row from its middle to its pole. */
export function diskWidths(radius: number): number[] {
  return Array.from({ length: radius + 1 }, (_, dy) => Math.floor(Math.sqrt(radius * radius - dy * dy)));
}

/** A packed row with words of 0 on both sides. */
export class SpreadRow {
  readonly #stride: number;
  readonly #pad: number;
  readonly #words: Uint32Array;

  /** @param stride words of the row. @param widest that it will be spread. */
  constructor(stride: number, widest: number) {
    this.#stride = stride;
    this.#pad = (widest >>> 5) + 1;
    this.#words = new Uint32Array(stride + 2 * this.#pad);
  }

  /** Takes a row in; returns whether it has a bit. */
  take(from: Uint32Array, at: number): boolean {
    let some = 0;
    for (let k = 0; k < this.#stride; k++) some |= this.#words[this.#pad + k] = from[at + k];
    return some !== 0;
  }

  /** Writes the row, united with itself moved either way by up to each of the widths, which descend to 0. */
  spread(widths: readonly number[], out: readonly Uint32Array[]): void {
    let narrower = out[widths.length - 1];
    for (let k = 0; k < narrower.length; k++) narrower[k] = this.#words[this.#pad + k];
    for (let i = widths.length - 2, width = 0; i >= 0; i--) {
      const row = out[i];
      if (width === widths[i]) row.set(narrower);
      for (; width < widths[i]; narrower = row) this.#uniteMoved(++width, narrower, row);
      narrower = row;
    }
  }

  /** `row = narrower | the row moved by shift either way`. */
  #uniteMoved(shift: number, narrower: Uint32Array, row: Uint32Array): void {
    const words = this.#words;
    const [far, bit] = [shift >>> 5, shift & 31];
    // Moved by whole words no bit crosses: the same words are united twice.
    const [next, back] = bit === 0 ? [far, 0] : [far + 1, 32 - bit];
    for (let k = 0, at = this.#pad; k < row.length; k++, at++) {
      row[k] = narrower[k] | (words[at - far] << bit) | (words[at + far] >>> bit) | (words[at - next] >>> back) |
        (words[at + next] << back);
    }
  }
}
