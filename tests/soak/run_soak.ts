/**
 * Many corrections in one process: `deno task suite soak --runs 200`; or some at once, `--at-once 8`. Memory, open files, threads and device buffers are read after each round over all backends
 * that are here; once warm, none may grow.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { writeImage } from "../helpers/images.ts";
import { print } from "../helpers/print.ts";
import { countGpuBuffers, readGauges, type Reading } from "./gauges.ts";
import { judge } from "./judge.ts";
import { emulatedObjects, openSubjects } from "./subjects.ts";

/** Rounds between two lines. */
const TOLD = 5;
const ENDS = [".nii", ".nii.gz", ".ome.zarr", ".ome.zarr.zip"];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { runs: { type: "string", default: "200" }, "at-once": { type: "string" } },
  });
  countGpuBuffers();
  const together = values["at-once"];
  const subjects = await openSubjects(together === undefined ? undefined : Number(together));
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
      const reading = await readGauges(emulatedObjects(), readings.slice(-TOLD));
      readings.push(reading);
      if (round % TOLD === 0) {
        print(
          `round ${round}: ${
            (reading.memory / 2 ** 20).toFixed(0)
          } MiB, ${reading.files} files, ${reading.threads} threads`,
        );
      }
    }
    const { lines, grown } = judge(readings);
    for (const line of lines) print(line);
    if (grown.length > 0) print(`FAILED: ${grown.join(", ")} grew with the number of corrections`);
    return grown.length > 0 ? 1 : 0;
  } finally {
    for (const subject of subjects) await subject[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exitCode = await main();
