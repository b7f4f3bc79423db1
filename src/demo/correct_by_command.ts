/**
 * The correction as a user runs it: the command in a process of its own, with no more permissions than it needs.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { WriteError } from "../errors.ts";

/** What is corrected, and where to. */
interface CommandJob {
  /** Image to correct. */
  readonly phantom: string;
  /** Corrected image. */
  readonly corrected: string;
  /** Estimated field. */
  readonly field: string;
  /** Report of the run. */
  readonly report: string;
  /** How many sections the stack has. */
  readonly sections: number;
  /** Folder that holds all of them. */
  readonly folder: string;
  /** Receives the command line. */
  readonly say: (line: string) => void;
}

/** n4's own folder. */
const HOME = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The preset for stacks of sections. Matching stays off, since sections that differ in brightness alone are led to one
 * level by the profile along z, which leaves their contrast as it is (docs/decisions/oct_preset.md has the figures). No
 * coarser levels, as nobody looks at them.
 */
const OPTIONS = "--preset oct --n-levels 0 --n-serial-slices";

/**
 * Runs the command; what it prints goes where the demo's own text goes.
 *
 * @throws {WriteError} when it fails.
 */
export async function correctByCommand(job: CommandJob): Promise<void> {
  const { phantom, corrected, field, report, sections, folder } = job;
  const outputs = ["--save-bias-field", field, "--report", report, "--overwrite"];
  const words = ["correct_bias_field.ts", phantom, corrected, ...OPTIONS.split(" "), `${sections}`, ...outputs];
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
