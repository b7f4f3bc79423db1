/**
 * The demo: a phantom whose bias is known, corrected by the command that users run, measured against the truth, and drawn.
 *
 * @module
 */

import { writeFailure } from "../io/file_errors.ts";
import { openImage } from "../io/open.ts";
import { type FieldError, fieldError } from "../phantom/field_error.ts";
import { type OctPhantom, octPhantom } from "../phantom/oct_phantom.ts";
import { writeSource } from "../phantom/write_source.ts";
import type { Shape3 } from "../volume.ts";
import { correctByCommand } from "./correct_by_command.ts";
import { drawDemo } from "./demo_figure.ts";

/** What a demo is run with. */
export interface DemoOptions {
  /** Voxels of the phantom, `[z, y, x]`. */
  readonly shape: Shape3;
  /** Seed of the phantom. */
  readonly seed: number;
  /** Folder for everything it writes; made where it is missing, its old files replaced. */
  readonly output: string;
  /** Receives lines of text. */
  readonly say: (line: string) => void;
}

/** What a demo found. */
export interface DemoResult {
  /** Field error without correction: how much the true field varies over the tissue. */
  readonly before: FieldError;
  /** Field error with the estimated field. */
  readonly after: FieldError;
  /** The picture. */
  readonly figure: string;
}

/** Edge of a voxel, mm. */
const VOXEL_MM = 0.015;

/**
 * Runs the demo.
 *
 * @throws {WriteError} when the folder cannot be written, or the command failed (it has said why).
 */
export async function runDemo({ shape, seed, output, say }: DemoOptions): Promise<DemoResult> {
  const paths = {
    phantom: `${output}/phantom.ome.zarr`,
    corrected: `${output}/corrected.ome.zarr`,
    field: `${output}/bias_field.ome.zarr`,
    report: `${output}/report.json`,
    figure: `${output}/demo.png`,
  };
  const times = new Stopwatch();
  await makeFolder(output);
  const voxelSize = [VOXEL_MM, VOXEL_MM, VOXEL_MM] as const;
  const phantom = octPhantom({ shape, seed, voxelSize, attenuation: 0.6, planeJitter: 0, surface: 0 });
  say(`Phantom of ${shape.join(" x ")} voxels (Z Y X) of ${1000 * VOXEL_MM} um: tissue in agarose under a known bias.`);
  await writeSource(phantom.source, paths.phantom, { overwrite: true });
  times.lap("phantom");
  await correctByCommand({ ...paths, folder: output, say });
  times.lap("correction");
  const result = await measure(phantom, paths.field);
  times.lap("comparison");
  await drawDemo(phantom, { ...paths, ...result });
  times.lap("figure");
  for (const line of resultLines(result)) say(line);
  say(`Time: ${times.text()}.`);
  say(paths.figure);
  return { ...result, figure: paths.figure };
}

async function measure(phantom: OctPhantom, fieldPath: string): Promise<Pick<DemoResult, "before" | "after">> {
  const { field: truth, mask } = phantom;
  await using estimate = await openImage(fieldPath);
  const before = await fieldError({ truth, mask });
  const after = await fieldError({ truth, estimate: estimate.volume(0), mask });
  return { before, after };
}

function resultLines({ before, after }: Pick<DemoResult, "before" | "after">): string[] {
  const percent = ({ variation }: FieldError) => `${(100 * variation).toFixed(1)} %`.padStart(7);
  const times = (before.variation / after.variation).toFixed(1);
  return [
    "Field error: standard deviation over mean of (true field / estimated field) in the tissue.",
    "It is the bias that is left in the image: 0 % is perfect.",
    `  before: ${percent(before)}  (no correction)`,
    `  after:  ${percent(after)}  (${times} times less)`,
  ];
}

async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
}

/** Times of stages, one after the other. */
class Stopwatch {
  readonly #start = performance.now();
  #last = this.#start;
  readonly #laps: string[] = [];

  /** Ends a stage. */
  lap(name: string): void {
    const now = performance.now();
    this.#laps.push(`${name} ${seconds(now - this.#last)}`);
    this.#last = now;
  }

  /** All of them and their sum. */
  text(): string {
    return `${this.#laps.join(", ")}; ${seconds(this.#last - this.#start)} in all`;
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
