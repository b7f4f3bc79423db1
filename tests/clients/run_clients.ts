/**
 * Programs that call an executable N4BiasFieldCorrection, end to end: each runs twice, with ANTs' program (of antspyx)
 * first on the PATH and with ours, and every image that it leaves is compared.
 *
 *   deno task suite clients            every client that is here
 *   deno task suite clients NAME...    these, which must be here
 *
 * Those written in Python come with `deno task suite reference:setup`, MRtrix3 is Debian's `mrtrix3`. ANTs' script is
 * looked for in the folder that ANTS_SCRIPTS names, the folder Scripts of ANTs' repository.
 *
 * @module
 */

import { contents } from "../helpers/command.ts";
import { print } from "../helpers/print.ts";
import { writeClientImages } from "../reference/ants_images.ts";
import { type AntsProgram, compareImages, GATE, PROGRAMS, PYTHON } from "../reference/ants_programs.ts";

const HERE = new URL(".", import.meta.url).pathname;

/** A client of the program. */
interface Client {
  /** A file that must be there. */
  readonly needs: string;
  /** Commands of the shell; IMAGES is the folder of images. */
  readonly script: string;
  /** Largest difference of its images. */
  readonly gate: number;
}

/**
 * The gate of clients with whole schedules: on the 1,000 to 8,000 samples of these images it shows that ITK loses the
 * brightest one now and then (docs/accuracy.md). ANTs with one thread and with three is as far apart.
 */
const LONG = 1e-3;

const python = (name: string, gate: number): Client => {
  return { needs: PYTHON, script: `${PYTHON} ${HERE}n4_clients.py ${name} IMAGES`, gate };
};

const SLICE_SCRIPT = `${Deno.env.get("ANTS_SCRIPTS") ?? "ANTS_SCRIPTS"}/sliceBySliceOperation.sh`;
const SLICE_PROGRAMS = "PrintHeader ExtractSliceFromImage TileImages PermuteFlipImageOrientationAxes " +
  "CopyImageHeaderInformation DenoiseImage ImageMath";

const CLIENTS: Readonly<Record<string, Client>> = {
  nipype: python("nipype_node", 1e-4),
  niworkflows: python("niworkflows", LONG),
  pydra: python("pydra_task", GATE),
  niwrap: python("niwrap", GATE),
  mrtrix: {
    needs: "/usr/bin/dwibiascorrect",
    script: "/usr/bin/dwibiascorrect ants IMAGES/dwi.nii.gz corrected.nii.gz -fslgrad IMAGES/bvecs IMAGES/bvals " +
      "-mask IMAGES/mask.nii.gz -bias bias.nii.gz -quiet",
    gate: LONG,
  },
  // The two things that nf-neuro's module asks besides a correction: the version, and the help in its stub.
  nfneuro: {
    needs: "/bin/bash",
    script: String.raw`
N4BiasFieldCorrection --version 2>&1 | sed -n 's/ANTs Version: v\([0-9.]\+\)/\1/p' | grep --extended-regexp '^[0-9]+\.[0-9]+\.[0-9]+'
N4BiasFieldCorrection -h > /dev/null
N4BiasFieldCorrection -i IMAGES/head.nii.gz -o [sub__image_n4.nii.gz, bias_field_t1.nii.gz] -c [10x5, 1e-6] -v 0 \
  -x IMAGES/mask.nii.gz -b [120, 3] -s 4`,
    gate: GATE,
  },
  slices: {
    needs: SLICE_SCRIPT,
    script: `
mkdir programs
for name in ${SLICE_PROGRAMS}; do
  printf '#!/bin/sh\nexec ${PYTHON} ${HERE}slice_programs.py "$0" "$@"\n' > programs/$name
done
chmod +x programs/*
PATH=$PATH:$PWD/programs bash ${SLICE_SCRIPT} corrected.nii.gz N4BiasFieldCorrection 2 IMAGES/few.nii.gz`,
    gate: LONG,
  },
};

/** Runs a client with one of the programs. @returns the images that it leaves in its folder. */
async function runClient({ script }: Client, which: AntsProgram, folder: string): Promise<string[]> {
  const work = `${folder}/${which}`;
  await Deno.mkdir(`${work}/bin`, { recursive: true });
  const program = `${work}/bin/N4BiasFieldCorrection`;
  await Deno.writeTextFile(program, `#!/bin/sh\nexec ${PROGRAMS[which].join(" ")} "$@"\n`, { mode: 0o755 });
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    // As in a container: what a graphics library says of a variable that is missing must not come out.
    args: ["-euo", "pipefail", "-c", `unset XDG_RUNTIME_DIR\n${script.replaceAll("IMAGES", `${folder}/..`)}`],
    cwd: work,
    env: { PATH: `${work}/bin:${Deno.env.get("PATH")}`, NO_ET: "1" }, // Nobody is told of these runs.
  }).output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  if (code !== 0) {
    throw new Error(`Cannot go on as a client must end well: exit code is ${code} with ${which}:\n${said}`);
  }
  const left = Object.entries(await contents(work));
  return left.filter(([name, what]) => /\.nii(\.gz)?$/.test(name) && !what.startsWith("link")).map(([name]) => name);
}

/** Runs a client with both programs. @returns what was compared, or what does not hold. */
async function compareClient(client: Client, folder: string): Promise<{ text: string; wrong: string[] }> {
  const theirs = await runClient(client, "ants", folder);
  const ours = await runClient(client, "n4", folder);
  if (theirs.length === 0 || theirs.join() !== ours.join()) {
    return { text: "", wrong: [`it left ${theirs.join(", ")} with ANTs, ${ours.join(", ")} with n4`] };
  }
  const wrong: string[] = [];
  let largest = 0;
  for (const name of theirs) {
    const isField = name.includes("bias");
    const { difference, sameGeometry } = await compareImages(`${folder}/ants/${name}`, `${folder}/n4/${name}`, isField);
    largest = Math.max(largest, difference);
    if (!(difference <= client.gate)) wrong.push(`${name}: ${difference.toExponential(1)} > ${client.gate}`);
    if (!sameGeometry) wrong.push(`${name}: another geometry or type`);
  }
  return { text: `${theirs.length} images, at most ${largest.toExponential(1)} apart`, wrong };
}

async function main(names: readonly string[]): Promise<void> {
  const images = await Deno.makeTempDir({ prefix: "n4-clients-" });
  try {
    await writeClientImages(images);
    for (const [name, client] of Object.entries(CLIENTS)) {
      if (names.length > 0 && !names.includes(name)) continue;
      const isHere = await Deno.stat(client.needs).then(() => true, () => false);
      if (!isHere && names.length === 0) {
        print(`not run: ${name}, as ${client.needs} is not here`);
        continue;
      }
      const { text, wrong } = await compareClient(client, `${images}/${name}`);
      print(wrong.length === 0 ? `ok   ${name}: ${text}` : `FAIL ${name}: ${wrong.join("; ")}`);
      if (wrong.length > 0) Deno.exitCode = 1;
    }
  } finally {
    await Deno.remove(images, { recursive: true });
  }
}

if (import.meta.main) await main(Deno.args);
