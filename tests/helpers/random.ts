/**
 * Seeded random numbers, the same on every machine. Xorshift with shifts 13, 17, 5: Marsaglia 2003, doi:10.18637/jss.v008.i14.
 *
 * @module
 */

/** A stream of random numbers. */
export class Random {
  #state: number;

  /** Starts the stream of a seed, any integer. */
  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 0 || 1;
    for (let i = 0; i < 8; i++) this.uniform();
  }

  /** Evenly distributed in [0, 1). */
  uniform(): number {
    let s = this.#state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#state = s;
    return (s >>> 0) / 2 ** 32;
  }

  /** Evenly distributed in [lo, hi). */
  between(lo: number, hi: number): number {
    return lo + (hi - lo) * this.uniform();
  }

  /** An integer, evenly distributed in [lo, hi]. */
  integer(lo: number, hi: number): number {
    return lo + Math.floor(this.uniform() * (hi - lo + 1));
  }

  /** Normally distributed, mean 0, standard deviation 1 (Box and Muller 1958, doi:10.1214/aoms/1177706645). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}
