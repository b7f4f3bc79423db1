/**
 * Many corrections in one process: `deno task soak --runs 200`. Memory, open files, threads and device buffers are read after each round over all backends
 * that are here; once warm, none may grow.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { writeImage } from "../helpers/images.ts";
import { print } from "../helpers/print.ts";
import { countGpuBuffers, GAUGES, readGauges, type Reading, slope } from "./gauges.ts";
import { emulatedObjects, openSubjects } from "./subjects.ts";

/** Share of the rounds that count as warming up: engines compile, allocators and caches fill. */
const WARM_UP = 0.3;
/** Most that a gauge may grow from the first round that counts to the last, by the straight line that fits its readings. */
const MOST_GROWTH: Readonly<Record<typeof GAUGES[number], number>> = {
  // A correction that kept a copy of the image, 2.25 MiB, would come to 315 MiB in the 140 that count of 200.
  memory: 48 * 2 ** 20,
  // A leak of one a correction would come to 140. Files come and go with a thread's end, threads with Deno's pool for calls that block.
  files: 3,
  threads: 8,
  deviceBuffers: 0,
};
/** Rounds between two lines. */
const TOLD = 5;
const ENDS = [".nii", ".nii.gz", ".ome.zarr", ".ome.zarr.zip"];

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { runs: { type: "string", default: "200" } } });
  countGpuBuffers();
  const subjects = await openSubjects();
  const folder = await Deno.makeTempDir();
  try {
    const rounds = Math.ceil(Number(values.runs) / subjects.length);
    print(`${rounds} rounds over ${subjects.map(({ name }) => name).join("; ")}`);
    const readings: Reading[] = [];
    const input = await writeImage(`${folder}/in.ome.zarr`, { shape: [64, 96, 96], chunk: [32, 48, 48] });
    for (let round = 0; round < rounds; round++) {
      for (const subject of subjects) {
        const output = `${folder}/out${ENDS[round % ENDS.length]}`;
        await subject.run(input, output);
        await Deno.remove(output, { recursive: true });
      }
      const reading = await readGauges(emulatedObjects());
      readings.push(reading);
      if (round % TOLD === 0) {
        print(
          `round ${round}: ${
            (reading.memory / 2 ** 20).toFixed(0)
          } MiB, ${reading.files} files, ${reading.threads} threads`,
        );
      }
    }
    return judge(readings);
  } finally {
    for (const subject of subjects) await subject[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Tells each gauge and whether it grew. @returns the exit code. */
function judge(readings: readonly Reading[]): number {
  const counted = readings.slice(Math.floor(WARM_UP * readings.length));
  if (counted.length < 4) {
    throw new RangeError(`Cannot judge as 4 rounds must count: current number is ${counted.length}`);
  }
  const grown = GAUGES.filter((gauge) => {
    const values = counted.map((reading) => reading[gauge]);
    const growth = slope(values) * (values.length - 1);
    const shown = (value: number) => (gauge === "memory" ? `${(value / 2 ** 20).toFixed(1)} MiB` : value.toFixed(2));
    const range = `${shown(Math.min(...values))} to ${shown(Math.max(...values))}`;
    print(
      `${gauge}: ${range} in the last ${values.length} rounds, growth ${shown(growth)} of at most ${
        shown(MOST_GROWTH[gauge])
      }`,
    );
    return growth > MOST_GROWTH[gauge] + 1e-9;
  });
  if (grown.length === 0) return 0;
  print(`FAILED: ${grown.join(", ")} grew with the number of corrections`);
  return 1;
}

if (import.meta.main) Deno.exitCode = await main();
