/**
 * What every test of the workflows starts from: a folder with a stack of six sections, n4 as one JavaScript file that may touch that folder alone, and a
 * launch folder for Nextflow.
 *
 * @module
 */

import { bundleProgram } from "../../scripts/bundle.ts";
import { contents, ROOT } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { octStack } from "../helpers/oct_stack.ts";
import { type NextflowRun, runNextflow } from "./nextflow.ts";
import { runTool } from "./processes.ts";

/** A folder with everything. */
export interface Setting {
  readonly folder: string;
  /** The stack, `sub-01.ome.zarr` in the folder. */
  readonly stack: string;
  /** The command `n4` as a workflow is given it. */
  readonly n4: string;
  /** Runs n4 in the folder. @returns its standard output. */
  runN4(words: readonly string[]): Promise<string>;
  /** Runs a pipeline of `workflows/`, or one of the folder by its absolute path, in a launch folder inside the folder. */
  nextflow(
    launch: string,
    pipeline: string,
    words: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<NextflowRun>;
}

/** Sections of the stack. */
export const SECTIONS = 6;

const SHAPE = [24, 40, 44] as const;

/** What is small enough for two processors and a second. */
export const SMALL: readonly string[] = ["--sections", `${SECTIONS}`, "--processes", "1", "--bias_memory", "1 GB"];

/** What the workflows ask of n4 with the defaults of their parameters. */
const WORDS = [
  ...["--preset", "linumpy", "--n-serial-slices", `${SECTIONS}`, "--mode", "two_pass", "--strength", "1.0"],
  ...["--histogram-match-per-zplane", "--tissue-threshold", "0.005", "--zprofile-smooth-sigma", "2.0"],
  ...["--pyramid-resolutions", "10", "25", "50", "100", "--make-isotropic", "--backend", "cpu"],
];

/** Corrects the stack by one command. @returns the result's files. */
export async function expected(
  { folder, stack, runN4 }: Setting,
  words: readonly string[] = [],
): Promise<Record<string, string>> {
  await runN4(["correct", stack, `${folder}/expected.ome.zarr`, ...WORDS, ...words, "--quiet"]);
  return await contents(`${folder}/expected.ome.zarr`);
}

/** Runs `work` in a setting that is removed afterwards. */
export async function inSetting(work: (setting: Setting) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "n4-workflow-" });
  try {
    const [stack, script] = [`${folder}/sub-01.ome.zarr`, `${folder}/n4.js`];
    const values = octStack({ shape: SHAPE, seed: 5, sections: SECTIONS });
    await writeImage(stack, { shape: SHAPE, volumes: [values], chunk: [4, 20, 44], voxelSize: [0.02, 0.01, 0.01] });
    await bundleProgram({ entry: `${ROOT}scripts/n4.ts`, output: script });
    const args = ["run", "--no-prompt", `--allow-read=${folder}`, `--allow-write=${folder}`, script];
    await work({
      folder,
      stack,
      n4: [Deno.execPath(), ...args].join(" "),
      runN4: (words) => runTool(Deno.execPath(), [...args, ...words], { cwd: folder }),
      nextflow: async (launch, pipeline, words, env = {}) => {
        const cwd = `${folder}/${launch}`;
        await Deno.mkdir(cwd, { recursive: true });
        const path = pipeline.startsWith("/") ? pipeline : `${ROOT}workflows/${pipeline}`;
        return await runNextflow({ cwd, words: [path, ...words], env });
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
