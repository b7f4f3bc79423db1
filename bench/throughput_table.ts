/**
 * Where the seconds of a run go, stage by stage, beside the floor: what its parts cost at best if all cores did nothing else.
 *
 * @module
 */

import type { StageRecord } from "../src/run_log.ts";
import type { PartCosts } from "./throughput_parts.ts";

/** Parts of a read by stage; a stage without a line here counts as long as it took. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  range: ["decode image", "smooth"],
  histogram: ["decode image", "smooth", "histogram", "histogram"],
  mask: ["decode image", "smooth"],
  profile: ["decode image", "mark", "sum planes"],
  sample: ["decode image", "mark", "average"],
  apply: ["decode image", "mark", "find nonfinite", "apply", "encode"],
  pyramid: ["decode image", "resample"],
};

/** Passes over a volume that a stage's bytes are: apply moves every voxel twice, and the pyramid's three levels are resampled at once. */
const BYTES_PER_READ: Readonly<Record<string, number>> = { apply: 8 };

/** One stage, as the table tells it. */
export interface StageRow extends StageRecord {
  /** Passes over the volume. */
  readonly reads: number;
  /** Wall nanoseconds a voxel of one pass. */
  readonly nanoseconds: number;
  /** Seconds at least. */
  readonly floor: number;
  /** Of the floor: what decoding, encoding and the rest take, 0 to 1. */
  readonly shares: Readonly<Record<"decode" | "encode" | "compute", number>>;
}

/** The rows of a run. @param masked whether a mask was read along. */
export function stageRows(
  stages: readonly StageRecord[],
  costs: PartCosts,
  { voxels, cores, masked }: { voxels: number; cores: number; masked: boolean },
): StageRow[] {
  return stages.map((stage) => {
    const reads = stage.bytes / voxels / (BYTES_PER_READ[stage.name] ?? 4);
    const marks = masked && PARTS[stage.name]?.includes("mark");
    const parts = [...PARTS[stage.name] ?? [], ...(marks ? ["decode mask"] : [])];
    const sum = (chosen: readonly string[]) => chosen.reduce((all, part) => all + costs[part], 0);
    const [all, decode, encode] = [
      () => true,
      (part: string) => part.startsWith("decode"),
      (part: string) => part === "encode",
    ].map((of) => sum(parts.filter(of)));
    const known = parts.length > 0 && reads > 0;
    return {
      ...stage,
      reads,
      nanoseconds: reads > 0 ? stage.seconds * 1e9 / voxels / reads : 0,
      floor: known ? floorSeconds(stage.name, reads, costs, sum(parts)) * voxels / cores : stage.seconds,
      shares: known
        ? { decode: decode / all, encode: encode / all, compute: 1 - (decode + encode) / all }
        : { decode: 0, encode: 0, compute: 1 },
    };
  });
}

/** Seconds a voxel of one core. The pyramid resamples for all levels together what it reads for each. */
function floorSeconds(stage: string, reads: number, costs: PartCosts, all: number): number {
  const nanoseconds = stage === "pyramid" ? costs["decode image"] + costs.resample : reads * all;
  return nanoseconds * 1e-9;
}

/** The rows as a table in Markdown. */
export function stageTable(rows: readonly StageRow[]): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const lines = rows.map(({ name, seconds, bytes, reads, nanoseconds, floor, shares }) =>
    [
      name,
      seconds.toFixed(2),
      reads > 0 ? reads.toFixed(1) : "",
      bytes > 0 ? (bytes / 2 ** 20 / seconds).toFixed(0) : "",
      reads > 0 ? nanoseconds.toFixed(1) : "",
      floor.toFixed(2),
      ...(reads > 0 ? [shares.decode, shares.encode, shares.compute].map(percent) : ["", "", ""]),
    ].join(" | ")
  );
  const head = "stage | s | reads | MB/s | ns a voxel and read | floor, s | decoding | encoding | computing";
  return [head, "- | -: | -: | -: | -: | -: | -: | -: | -:", ...lines].map((line) => `| ${line} |`).join("\n");
}
