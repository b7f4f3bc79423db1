/**
 * The referee of the drop-in: the same command lines to ANTs' N4BiasFieldCorrection (of antspyx) and to ours, and the
 * images compared: log fields, corrected intensities, geometry, voxels outside the mask, exit codes.
 *
 *   deno task suite referee:ants            every line, some minutes on two cores
 *   deno task suite referee:ants TEXT       the lines with TEXT in them
 *
 * @module
 */

import { openImage } from "../../src/io/open.ts";
import type { Shape3, Triple } from "../../src/volume.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { print } from "../helpers/print.ts";
import { Random } from "../helpers/random.ts";
import { forEachVoxel } from "../helpers/volumes.ts";
import { ANTS_LINES, type AntsLine } from "./ants_lines.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Where `deno task suite bench:setup` installs antspyx. */
const PYTHON = `${ROOT}.venv/peers/bin/python`;
const PROGRAM = "import sys; from ants.internal import get_lib_fn; " +
  "sys.exit(get_lib_fn('N4BiasFieldCorrection')(sys.argv[1:]))";

/** Largest difference of log fields, and of corrected intensities as a share of the largest. */
const GATE = 2e-5;

/** A head of sorts, in noise under a bias: tissue of three levels in an ellipsoid. */
function head(shape: Shape3, seed: number): { readonly intensity: Float32Array; readonly mask: Float32Array } {
  const random = new Random(seed);
  const [nz, ny, nx] = shape;
  const intensity = new Float32Array(nz * ny * nx);
  const mask = new Float32Array(intensity.length);
  forEachVoxel(shape, (i, ...at) => {
    const [z, y, x] = at.map((index, a) => 2 * index / Math.max(1, shape[a] - 1) - 1);
    const [depth, height] = [nz > 1 ? z : 0, 1.1 * y];
    const radius = Math.hypot(depth, height, x) * (1 + 0.05 * Math.sin(7 * x) * Math.cos(5 * y));
    const tissue = radius > 0.85 ? 6 : radius > 0.7 ? 60 : radius > 0.3 ? 110 : 160;
    const bias = Math.exp(0.3 * x + 0.2 * y * y - 0.25 * depth);
    intensity[i] = tissue * bias * (1 + 0.05 * random.normal()) + random.between(1, 3);
    mask[i] = radius > 0.85 ? 0 : 1;
  });
  return { intensity, mask };
}

/** An affine with this voxel size `[z, y, x]`, turned by an angle about z. */
function affine([dz, dy, dx]: Triple, angle: number, [x, y, z]: Triple): number[] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c * dx, -s * dy, 0, x, s * dx, c * dy, 0, y, 0, 0, dz, z, 0, 0, 0, 1];
}

/** Writes every image that a line may name. */
async function writeImages(folder: string): Promise<void> {
  const shape: Shape3 = [105, 129, 117];
  const voxelSize: Triple = [2, 2, 2];
  const { intensity, mask } = head(shape, 1);
  const where = { shape, voxelSize, affine: affine(voxelSize, 0, [-70, -90, -60]) };
  const float = async (name: string, values: Float32Array, at: Parameters<typeof writeImage>[1] = where) =>
    await writeImage(`${folder}/${name}.nii.gz`, { ...at, volumes: [values] });
  const bytes = async (name: string, values: Float32Array, at: Parameters<typeof writeImage>[1] = where) =>
    await writeImage(`${folder}/${name}.nii.gz`, { ...at, dataType: "uint8", volumes: [values] });
  await float("head", intensity);
  await float("weight", mask.map((m, i) => m * (0.2 + 0.8 * (i % 100) / 99)));
  await bytes("mask", mask);
  await bytes("mask255", mask.map((m) => 255 * m));
  await bytes("labels", mask.map((m, i) => m === 0 ? 0 : i < mask.length / 2 ? 1 : 2));
  await bytes("uint8", intensity.map((v) => Math.min(v, 255)));
  await writeImage(`${folder}/int16.nii.gz`, { ...where, dataType: "int16", volumes: [intensity.map((v) => 20 * v)] });
  const thick: Triple = [3, 1.1, 0.9];
  const slab: Shape3 = [25, 91, 85];
  const at = { shape: slab, voxelSize: thick, affine: affine(thick, 0, [-31.25, -54.5, 12.75]) };
  await float("flat", head(slab, 2).intensity, at);
  await bytes("slab", head(slab, 2).mask, at);
  await float("oblique", head(slab, 3).intensity, { ...at, affine: affine(thick, 0.2, [-31.2, -54.1, 12.7]) });
  const plane = { shape: [1, 121, 135] as const, voxelSize: [1, 1, 1] as const };
  await float("slice", head(plane.shape, 4).intensity, plane);
  await bytes("slice_mask", head(plane.shape, 4).mask, plane);
}

interface Ended {
  readonly code: number;
  readonly seconds: number;
  readonly stderr: string;
}

/** Runs one of the programs; its images are `PREFIX_out.nii.gz` and `PREFIX_field.nii.gz`. */
async function runLine(folder: string, line: string, prefix: "ants" | "n4"): Promise<Ended> {
  const words = line.replace("OUT", `${prefix}_out.nii.gz`).replace("FIELD", `${prefix}_field.nii.gz`).split(" ");
  const start = performance.now();
  const script = `${ROOT}scripts/N4BiasFieldCorrection.ts`;
  const [program, first] = prefix === "ants"
    ? [PYTHON, ["-c", PROGRAM]]
    : ["deno", ["run", "--no-prompt", "--allow-read", `--allow-write=${folder}`, script]];
  const { code, stderr } = await new Deno.Command(program, { args: [...first, ...words], cwd: folder }).output();
  return { code, seconds: (performance.now() - start) / 1000, stderr: new TextDecoder().decode(stderr) };
}

/** The largest difference of two images, of their logs where they are fields; as a share of the largest value else. */
async function difference(folder: string, name: "out" | "field"): Promise<number | undefined> {
  const [theirs, ours] = ["ants", "n4"].map((prefix) => `${folder}/${prefix}_${name}.nii.gz`);
  if (!await exists(theirs) && !await exists(ours)) return undefined;
  const [a, b] = [await readImage(theirs), await readImage(ours)];
  if (a.length !== b.length) return Infinity;
  let [largest, scale] = [0, name === "field" ? 1 : 0];
  for (let i = 0; i < a.length; i++) {
    const apart = name === "field" ? Math.log(a[i]) - Math.log(b[i]) : a[i] - b[i];
    if (!(Math.abs(apart) <= largest)) largest = Math.abs(apart);
    if (name === "out") scale = Math.max(scale, Math.abs(a[i]));
  }
  return largest / scale;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Whether both images lie at one place; of a plane ITK keeps no third axis. */
async function sameGeometry(folder: string): Promise<boolean> {
  await using theirs = await openImage(`${folder}/ants_out.nii.gz`);
  await using ours = await openImage(`${folder}/n4_out.nii.gz`);
  const same = (a: readonly number[] = [], b: readonly number[] = []) =>
    a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) < 1e-4);
  return same(theirs.shape, ours.shape) && theirs.dataType === ours.dataType &&
    (ours.shape[0] === 1 || same(theirs.affine, ours.affine));
}

/** Whether voxels outside the mask of a line have the same bits in both images. */
async function sameOutside(folder: string, line: string): Promise<boolean> {
  const [, name] = /(?:-x|--mask-image) (\S+)/.exec(line) ?? [];
  if (name === undefined) return true;
  const mask = await readImage(`${folder}/${name}`);
  const [theirs, ours] = [await readImage(`${folder}/ants_out.nii.gz`), await readImage(`${folder}/n4_out.nii.gz`)];
  return mask.every((m, i) => m !== 0 || theirs[i] === ours[i]);
}

/** Gives a line to both programs. @returns what does not hold. */
async function referee(folder: string, { line, gate = GATE, code, why }: AntsLine): Promise<string[]> {
  for (const name of ["ants_out", "ants_field", "n4_out", "n4_field"]) {
    await Deno.remove(`${folder}/${name}.nii.gz`).catch(() => {});
  }
  const theirs = await runLine(folder, line, "ants");
  const ours = await runLine(folder, line, "n4");
  const wrong: string[] = [];
  if (ours.code !== (code ?? theirs.code)) wrong.push(`exit code ${ours.code}, theirs ${theirs.code}: ${ours.stderr}`);
  let numbers = "";
  if (theirs.code === 0 && ours.code === 0) {
    const field = await difference(folder, "field");
    const corrected = await difference(folder, "out") ?? Infinity;
    if (field !== undefined && !(field <= gate)) wrong.push(`log field ${field.toExponential(1)} > ${gate}`);
    if (!(corrected <= gate)) wrong.push(`corrected ${corrected.toExponential(1)} > ${gate}`);
    if (!await sameGeometry(folder)) wrong.push("another geometry or type");
    if (!await sameOutside(folder, line)) wrong.push("voxels outside the mask differ");
    numbers = `field ${field?.toExponential(1) ?? "none"}, corrected ${corrected.toExponential(1)}`;
  } else numbers = `exit codes ${theirs.code} and ${ours.code}`;
  const seconds = `${theirs.seconds.toFixed(1)} s and ${ours.seconds.toFixed(1)} s`;
  print(`${wrong.length === 0 ? "ok  " : "FAIL"} ${line}\n     ${numbers}; ${seconds}${why ? `; ${why}` : ""}\n`);
  for (const text of wrong) print(`     ${text}\n`);
  return wrong;
}

if (import.meta.main) {
  const [only = ""] = Deno.args;
  const folder = await Deno.makeTempDir({ prefix: "n4-ants-" });
  try {
    await writeImages(folder);
    let failed = 0;
    const lines = ANTS_LINES.filter(({ line }) => line.includes(only));
    for (const line of lines) if ((await referee(folder, line)).length > 0) failed++;
    print(`${lines.length - failed} of ${lines.length} lines agree\n`);
    if (failed > 0) Deno.exitCode = 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
