/**
 * The correction as a user runs it: the command in a process of its own, with no more permissions than it needs.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { WriteError } from "../errors.ts";

/** What is corrected, and where to. */
export interface CommandJob {
  /** Image to correct. */
  readonly phantom: string;
  /** Corrected image. */
  readonly corrected: string;
  /** Estimated field. */
  readonly field: string;
  /** Report of the run. */
  readonly report: string;
  /** Folder that holds all of them. */
  readonly folder: string;
  /** Receives the command line. */
  readonly say: (line: string) => void;
}

/** n4's own folder. */
const HOME = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Options that fit the phantom. Means of 4 x 4 x 4 voxels, as speckle hides the classes of single voxels; a lattice refined from level to level, as for
 * a head, since the field bends within the single spans that a stack of many sections would keep.
 */
const OPTIONS =
  "--mode global --mask-method otsu --shrink-factor 4 --shrink-method mean --lattice refine --rescale mean";

/**
 * Runs the command; what it tells goes where the demo's own text goes.
 *
 * @throws {WriteError} when it fails.
 */
export async function correctByCommand(job: CommandJob): Promise<void> {
  const { phantom, corrected, field, report, folder } = job;
  const outputs = ["--save-bias-field", field, "--report", report, "--overwrite"];
  const words = ["correct_bias_field.ts", phantom, corrected, ...OPTIONS.split(" "), ...outputs];
  job.say(words.join(" "));
  const permissions = ["--no-prompt", `--allow-read=${HOME},${folder}`, `--allow-write=${folder}`];
  const [script, ...rest] = words;
  const command = new Deno.Command("deno", {
    args: ["run", "--quiet", ...permissions, `${HOME}/scripts/${script}`, ...rest],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  });
  const { code } = await command.output();
  if (code === 0) return;
  throw new WriteError(
    corrected,
    `Cannot go on with the demo as the correction must end with exit code 0: current code is ${code}`,
  );
}
