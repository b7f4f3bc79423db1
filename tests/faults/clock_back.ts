/**
 * Loaded before a command (`deno run --preload`): a clock that is set back an hour at every look, as by a time server or a machine that wakes up.
 *
 * @module
 */

let looks = 0;

class ClockBack extends Date {
  constructor(...given: readonly [] | readonly [number | string | Date]) {
    super(given.length === 0 ? ClockBack.now() : given[0]);
  }

  static override now(): number {
    return Date.UTC(2001, 0, 1) - 3_600_000 * looks++;
  }
}

globalThis.Date = ClockBack as DateConstructor;
