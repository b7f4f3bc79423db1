/**
 * `deno task suite bench:cluster`: what one correction with the workflows' defaults costs for a voxel, in time of processors and in bytes, and from that what larger stacks cost.
 *
 *   deno task suite bench:cluster             a stack of a quarter GiB of float32 in 8 sections
 *   deno task suite bench:cluster --gib 4     another size
 *
 * Needs Python. The stack lies in /tmp while this runs. Results go to bench/results/cluster.json, the table to docs/workflows.md.
 *
 * @module
 */

import { writeSource } from "../src/phantom/write_source.ts";
import type { RunReport } from "../src/report/run_report.ts";
import { openThreads } from "../src/threads/pool.ts";
import { type Shape3, voxelCount } from "../src/volume.ts";
import { measure, type Measured, N4 } from "./measured_command.ts";
import {
  brief,
  markdownTable,
  type Origin,
  originOf,
  originSentence,
  replaceSection,
  writeResult,
} from "./results_page.ts";
import { makeStack, shapeOfGib } from "./stack.ts";

const PAGE = new URL("../docs/workflows.md", import.meta.url);
const SECTIONS = 8;

/** What the workflows ask of n4 by default. */
const OPTIONS = [
  ...["--preset", "linumpy", "--mode", "two_pass", "--n-serial-slices", `${SECTIONS}`, "--backend", "ts"],
  ...["--histogram-match-per-zplane", "--tissue-threshold", "0.005", "--zprofile-smooth-sigma", "2"],
  ...["--pyramid-resolutions", "10", "25", "50", "100", "--make-isotropic"],
];

/** Sizes of float32 stacks in the table, GiB. */
const SIZES = [10, 100, 1024, 10_240];

/** What a correction cost. */
interface Cost extends Measured {
  readonly origin: Origin;
  readonly shape: Shape3;
  /** Bytes of voxels that every stage read and wrote. */
  readonly stages: readonly { readonly name: string; readonly bytes: number }[];
}

async function main(args: readonly string[]): Promise<void> {
  const at = args.indexOf("--gib");
  const shape = shapeOfGib(at < 0 ? 0.25 : Number(args[at + 1]));
  const folder = await Deno.makeTempDir({ prefix: "n4-cluster-" });
  try {
    const [input, output, report] = ["in.ome.zarr", "out.ome.zarr", "report.json"].map((name) => `${folder}/${name}`);
    {
      using threads = openThreads();
      await writeSource((await makeStack(shape, SECTIONS)).source, input, { threads });
    }
    const measured = await measure([...N4, "correct", input, output, ...OPTIONS, "--report", report, "--quiet"]);
    const { stages } = JSON.parse(await Deno.readTextFile(report)) as RunReport;
    const bytes = stages.map(({ name, bytes }) => ({ name, bytes }));
    const cost = { origin: originOf("suite bench:cluster", args), shape, ...measured, stages: bytes };
    await writeResult("cluster", cost);
    await Deno.writeTextFile(PAGE, replaceSection(await Deno.readTextFile(PAGE), "cost", costSection(cost)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The table, and how it came about. */
function costSection({ origin, shape, processorSeconds, stages }: Cost): string {
  const bytes = 4 * voxelCount(shape);
  const moved = stages.reduce((sum, stage) => sum + stage.bytes, 0) / bytes;
  const seconds = processorSeconds / (bytes / 2 ** 30);
  const rows = SIZES.map((gib) => [
    gib >= 1024 ? `${gib / 1024} TiB` : `${gib} GiB`,
    brief((gib * seconds) / 3600),
    brief((gib * seconds) / 3600 / 8),
    `${brief((gib * moved) / 1024)} TiB`,
  ]);
  const table = markdownTable(
    ["stack, float32", "processor hours", "hours, if 8 share it evenly", "voxels moved"],
    rows,
  );
  const passes = stages.filter((stage) => stage.bytes > 0).map((stage) =>
    `${stage.name} ${brief(stage.bytes / bytes)}`
  );
  return `${table}\n\nFrom ${
    brief(seconds)
  } s of processors a GiB, and these reads and writes of the stack (as float32, before compression): ` +
    `${passes.join(", ")}; in all ${brief(moved)}. ${originSentence(origin)} A stack of ${
      shape.join(" x ")
    } voxels; the rows are multiples of it.`;
}

if (import.meta.main) await main(Deno.args);
