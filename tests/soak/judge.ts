/**
 * Whether what a process holds grows with its work.
 *
 * @module
 */

import { GAUGES, type Reading } from "./gauges.ts";

/** What the readings of a soak come to. */
export interface Verdict {
  /** A line for each gauge. */
  readonly lines: readonly string[];
  /** The gauges that grew. */
  readonly grown: readonly string[];
}

/** Share of the rounds that count as warming up: engines compile, allocators and caches fill. */
const WARM_UP = 0.5;
/** Most that a gauge may grow from the first round that counts to the last, by the straight line that fits its readings. */
const MOST_GROWTH: Readonly<Record<typeof GAUGES[number], number>> = {
  // A correction that kept a copy of the image, 2.25 MiB, would come to 225 MiB in the 100 that count of 200.
  memory: 48 * 2 ** 20,
  // A leak of one a correction would come to 100. Files come and go with a thread's end, threads with Deno's pool for calls that block.
  files: 3,
  threads: 8,
  deviceBuffers: 0,
};

/** Tells of each gauge how far it grew. @throws {RangeError} when there are too few readings to tell. */
export function judge(readings: readonly Reading[]): Verdict {
  const lines: string[] = [];
  const counted = readings.slice(Math.floor(WARM_UP * readings.length));
  if (counted.length < 4) {
    throw new RangeError(`Cannot judge as 4 rounds must count: current number is ${counted.length}`);
  }
  const grown = GAUGES.filter((gauge) => {
    const values = counted.map((reading) => reading[gauge]);
    const growth = slope(values) * (values.length - 1);
    const shown = (value: number) => (gauge === "memory" ? `${(value / 2 ** 20).toFixed(1)} MiB` : value.toFixed(2));
    const range = `${shown(Math.min(...values))} to ${shown(Math.max(...values))}`;
    lines.push(
      `${gauge}: ${range} in the last ${values.length} rounds, growth ${shown(growth)} of at most ${
        shown(MOST_GROWTH[gauge])
      }`,
    );
    return growth > MOST_GROWTH[gauge] + 1e-9;
  });
  return { lines, grown };
}

/** Growth per reading: the slope of the straight line that fits best (least squares). */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [above, below] = [0, 0];
  values.forEach((value, i) => {
    above += (i - middle) * (value - mean);
    below += (i - middle) ** 2;
  });
  return above / below;
}
