/**
 * The demo: a phantom whose bias is known, corrected by the command that users run, measured against the truth, and
 * drawn.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { writeFailure } from "../io/files/file_errors.ts";
import { openImage } from "../io/open.ts";
import { sectionBounds } from "../intensity/sections.ts";
import { type OctPhantom, octPhantom } from "../phantom/oct.ts";
import { phantomQuality, type Quality } from "../phantom/quality.ts";
import { writeSource } from "../phantom/write_source.ts";
import { RunLog } from "../run_log.ts";
import type { Shape3, Triple } from "../volume.ts";
import { correctByCommand } from "./correct_by_command.ts";
import { drawDemo } from "./figure.ts";

/** What a demo is run with. */
interface DemoOptions {
  /** Voxels of the phantom, `[z, y, x]`. */
  readonly shape: Shape3;
  /** Seed of the phantom. */
  readonly seed: number;
  /** Folder for everything it writes; made where it is missing; the files of an earlier demo are replaced. */
  readonly output: string;
  /** Receives lines of text. */
  readonly say: (line: string) => void;
}

/** What a demo found. */
interface DemoResult {
  /** Figures of the phantom as the instrument sees it. */
  readonly before: Quality;
  /** Figures of the corrected image. */
  readonly after: Quality;
  /** The picture. */
  readonly figure: string;
}

/** Size of the stack, mm: a slab of a mouse brain, cut into eight sections of 0.2 mm. */
const SIZE_MM = [1.6, 9.6, 9.6] as const;
const SECTIONS = 8;
/** What is written first, so that a folder with it is a demo's. */
const PHANTOM = "phantom.ome.zarr";

/**
 * Runs the demo.
 *
 * @throws {UsageError} when the folder holds something else.
 * @throws {WriteError} when it cannot be written, or the command failed (it has said why).
 */
export async function runDemo({ shape, seed, output, say }: DemoOptions): Promise<DemoResult> {
  const paths = {
    phantom: `${output}/${PHANTOM}`,
    corrected: `${output}/corrected.ome.zarr`,
    field: `${output}/bias_field.ome.zarr`,
    report: `${output}/report.json`,
    figure: `${output}/demo.png`,
  };
  const log = new RunLog();
  await makeFolder(output);
  const voxelSize = [0, 1, 2].map((a) => SIZE_MM[a] / shape[a]) as unknown as Triple;
  const phantom = octPhantom({ shape, seed, voxelSize, sections: SECTIONS });
  say(
    `Phantom of ${shape.join(" x ")} voxels (Z Y X), ${
      SIZE_MM.join(" x ")
    } mm: ${SECTIONS} sections of tissue in agarose under a known bias.`,
  );
  await log.stage("phantom", () => writeSource(phantom.source, paths.phantom, { overwrite: true }));
  await log.stage("correction", () => correctByCommand({ ...paths, sections: SECTIONS, folder: output, say }));
  const result = await log.stage("comparison", () => measure(phantom, paths.corrected));
  await log.stage("figure", () => drawDemo(phantom, { ...paths, ...result }));
  for (const line of resultLines(result)) say(line);
  const times = log.stages.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`);
  const all = log.stages.reduce((sum, { seconds }) => sum + seconds, 0);
  say(`Time: ${times.join(", ")}; ${all.toFixed(1)} s in all.`);
  say(paths.figure);
  return { ...result, figure: paths.figure };
}

async function measure(phantom: OctPhantom, correctedPath: string): Promise<Pick<DemoResult, "before" | "after">> {
  await using corrected = await openImage(correctedPath);
  const sections = sectionBounds(phantom.source.shape[0], SECTIONS);
  const before = await phantomQuality({ corrected: phantom.source, phantom, sections });
  const after = await phantomQuality({ corrected: corrected.volume(0), phantom, sections });
  return { before, after };
}

function resultLines({ before, after }: Pick<DemoResult, "before" | "after">): string[] {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`.padStart(8);
  const row = (name: string, of: (quality: Quality) => number) =>
    `  ${name.padEnd(60)}${percent(of(before))}${percent(of(after))}`;
  return [
    `${" ".repeat(62)}  before   after`,
    row("bias left in the tissue (standard deviation over mean)", ({ variation }) => variation),
    row("step from section to section (of the mean intensity)", ({ step }) => step),
    row("contrast of white to grey matter (100 %: as in truth)", ({ contrast }) => contrast),
    row("tissue that the mask left out", ({ missing }) => missing),
  ];
}

/** Makes the folder. @throws {UsageError} when it holds something else than an earlier demo. */
async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
    const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
    if (names.length === 0 || names.some((name) => name.startsWith(PHANTOM))) return;
    throw new UsageError(`Cannot use '${path}' as the demo's folder must be empty, or hold an earlier demo alone`);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw writeFailure(path, [path], cause);
  }
}
