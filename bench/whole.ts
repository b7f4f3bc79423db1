/**
 * `deno task suite bench:whole`: whole commands, from file to file, of three heads and two stacks, in turns: n4,
 * SimpleITK, ANTs (antspyx) and n4ax, each as its users call it, and a plain copy. Results go to
 * bench/results/whole.json, docs/performance.md and README.md. Needs `bench:setup`, `interop:setup`, pigz and Debian's
 * mricron-data; images lie in /tmp while this runs.
 *
 *   deno task suite bench:whole              3 rounds; the others in the first alone, as they take minutes
 *   deno task suite bench:whole --rounds N   N rounds
 *   deno task suite bench:whole --case TEXT  cases with TEXT in their title; prints, keeps nothing
 *
 * @module
 */

import { writeSource } from "../src/phantom/write_source.ts";
import { openThreads } from "../src/threads/pool.ts";
import { type Shape3, type VolumeSource, voxelCount } from "../src/volume.ts";
import { writeImage } from "../tests/helpers/images.ts";
import { print } from "../tests/helpers/print.ts";
import { head } from "../tests/reference/ants_images.ts";
import { demandNeeded, measure, type Measured, N4 } from "./measured_command.ts";
import { summarise } from "./measure.ts";
import { PEER_PYTHON } from "./peers_environment.ts";
import {
  brief,
  markdownTable,
  type Origin,
  originOf,
  originSentence,
  writeResult,
  writeSection,
} from "./results_page.ts";
import { makeStack } from "./stack.ts";

const HERE = new URL(".", import.meta.url).pathname;
const ZARR_PYTHON = `${HERE}../.venv/interop/bin/python`;
const README = new URL("../README.md", import.meta.url);
const TEMPLATES = "/usr/share/mricron/templates";
const SECTIONS = 8;

/** The level that n4 deflates NIfTI at. */
const LEVEL = 3;

/** Who corrects beside n4, by the names of whole_peer.py. */
const PEERS = { n4ax: "n4ax", ants: "ANTs", simpleitk: "SimpleITK" } as const;

/** An image in a folder. */
interface Image {
  /** What the peers read, `.nii.gz`. */
  readonly nifti: string;
  /** What n4 reads, its options, and the ending of what it writes. */
  readonly input: string;
  readonly options: readonly string[];
  readonly ending: string;
}

/** Everybody's runs of an image, by name. */
interface WholeCase {
  readonly title: string;
  readonly runs: Readonly<Record<string, readonly Measured[]>>;
}

interface WholeResult extends Origin {
  readonly cases: readonly WholeCase[];
}

type MakeImage = (folder: string) => Promise<Image>;

/** The images by their titles. */
const IMAGES: Readonly<Record<string, MakeImage>> = {
  "head of 181 x 217 x 181, uint8": (folder) => template("ch2", folder),
  "head of 176 x 256 x 256, int16": async (folder) => {
    const shape: Shape3 = [176, 256, 256];
    const volumes = [head(shape, 1).intensity.map((value) => 20 * value)];
    await writeImage(`${folder}/head.nii.gz`, { shape, voxelSize: [1, 1, 1], dataType: "int16", volumes });
    return headOf("head", folder);
  },
  "head of 301 x 370 x 316, uint8": (folder) => template("ch2better", folder),
  "stack of 32 x 512 x 512, float32": (folder) => stackOf([32, 512, 512], folder),
  "stack of 128 x 512 x 512, float32": (folder) => stackOf([128, 512, 512], folder),
};

async function template(name: string, folder: string): Promise<Image> {
  await Deno.copyFile(`${TEMPLATES}/${name}.nii.gz`, `${folder}/${name}.nii.gz`);
  return headOf(name, folder);
}

function headOf(name: string, folder: string): Image {
  const path = `${folder}/${name}.nii.gz`;
  return { nifti: path, input: path, options: [], ending: "nii.gz" };
}

async function stackOf(shape: Shape3, folder: string): Promise<Image> {
  const { source } = await makeStack(shape, SECTIONS);
  const [input, nifti] = [`${folder}/stack.ome.zarr`, `${folder}/stack.nii.gz`];
  using threads = openThreads();
  await writeSource(source, input, { chunk: [128, 128, 128], threads });
  await writeImage(nifti, {
    shape,
    voxelSize: source.voxelSize,
    dataType: "float32",
    volumes: [await valuesOf(source)],
  });
  const options = ["--preset", "oct", "--n-serial-slices", `${SECTIONS}`];
  return { nifti, input, options, ending: "ome.zarr" };
}

async function valuesOf(source: VolumeSource): Promise<Float32Array> {
  const [z1, y1, x1] = source.shape;
  const values = new Float32Array(voxelCount(source.shape));
  await source.read({ z0: 0, z1, y0: 0, y1, x0: 0, x1 }, values);
  return values;
}

/** Everybody's runs of an image, in turns. */
async function runAll(title: string, make: MakeImage, rounds: number): Promise<WholeCase> {
  const folder = await Deno.makeTempDir({ prefix: "n4-whole-" });
  try {
    const { nifti, input, options, ending } = await make(folder);
    const output = `${folder}/corrected.${ending}`;
    const runs: Record<string, Measured[]> = {};
    const run = async (name: string, command: readonly string[]) => {
      const measured = await measure(command);
      (runs[name] ??= []).push(measured);
      print(`${title}: ${name} ${measured.seconds.toFixed(2)} s`);
    };
    for (let round = 0; round < rounds; round++) {
      await run("n4", [...N4, "correct", input, output, "--backend", "ts", "--quiet", "--overwrite", ...options]);
      await run("copy", copyCommand(output, `${folder}/copy.${ending === "nii.gz" ? ending : "zarr"}`));
      for (const name of round === 0 ? Object.keys(PEERS) : []) {
        await run(name, [PEER_PYTHON, `${HERE}whole_peer.py`, name, nifti, `${folder}/${name}.nii.gz`]);
      }
    }
    return { title, runs };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Copies what n4 wrote: inflates and deflates it at its level, or chunk by chunk. */
function copyCommand(from: string, to: string): string[] {
  if (from.endsWith(".nii.gz")) {
    return ["bash", "-o", "pipefail", "-c", `pigz -dc "$0" | pigz -${LEVEL} > "$1"`, from, to];
  }
  return ["sh", "-c", `rm -rf "$3"; "$0" "$1" "$2/0" "$3"`, ZARR_PYTHON, `${HERE}copy_zarr.py`, from, to];
}

function rowOf({ title, runs }: WholeCase): string[] {
  const median = (name: string) => summarise(runs[name].map(({ seconds }) => seconds)).median;
  const [ours, copy] = [median("n4"), median("copy")];
  const others = Object.keys(PEERS).map((name) => `${brief(median(name))} (${brief(median(name) / ours)})`);
  return [title, brief(copy), `${brief(ours)} (${brief(ours / copy)} copies)`, ...others];
}

function markdownOf({ cases, ...origin }: WholeResult): string {
  const header = ["seconds (times n4's)", "copy", "n4", ...Object.values(PEERS)];
  return `${originSentence(origin)}\n\n${markdownTable(header, cases.map(rowOf))}`;
}

async function main(args: readonly string[]): Promise<void> {
  await demandNeeded("peers", "zarr-python", "heads", "pigz");
  const after = (name: string) => args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
  const [rounds, text] = [Number(after("--rounds") ?? 3), after("--case")];
  const cases: WholeCase[] = [];
  for (const [title, make] of Object.entries(IMAGES)) {
    if (text === undefined || title.includes(text)) cases.push(await runAll(title, make, rounds));
  }
  const result: WholeResult = { ...originOf("suite bench:whole", args), cases };
  const markdown = markdownOf(result);
  print(markdown);
  if (text !== undefined) return;
  await writeResult("whole", result);
  await writeSection("whole", markdown);
  await writeSection("whole", markdown, README);
}

if (import.meta.main) await main(Deno.args);
