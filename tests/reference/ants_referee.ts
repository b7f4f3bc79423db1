/**
 * The referee of the drop-in: the same command lines to ANTs' N4BiasFieldCorrection (of antspyx) and to ours, and the
 * images compared: log fields, corrected intensities, geometry, voxels outside the mask, exit codes.
 *
 *   deno task suite referee:ants            every line, some minutes on two cores
 *   deno task suite referee:ants --part     every third line
 *   deno task suite referee:ants TEXT       the lines with TEXT in them
 *
 * @module
 */

import { readImage } from "../helpers/images.ts";
import { print } from "../helpers/print.ts";
import { writeRefereeImages } from "./ants_images.ts";
import { ANTS_LINES, type AntsLine } from "./ants_lines.ts";
import { type AntsProgram, compareImages, GATE, PROGRAMS } from "./ants_programs.ts";

interface Ended {
  readonly code: number;
  readonly seconds: number;
  readonly stderr: string;
}

/** Runs one of the programs; its images are `PREFIX_out.nii.gz` and `PREFIX_field.nii.gz`. */
async function runLine(folder: string, line: string, prefix: AntsProgram): Promise<Ended> {
  const words = line.replace("OUT", `${prefix}_out.nii.gz`).replace("FIELD", `${prefix}_field.nii.gz`).split(" ");
  const start = performance.now();
  const [program, ...first] = PROGRAMS[prefix];
  const { code, stderr } = await new Deno.Command(program, { args: [...first, ...words], cwd: folder }).output();
  return { code, seconds: (performance.now() - start) / 1000, stderr: new TextDecoder().decode(stderr) };
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
    for (const name of line.includes("FIELD") ? ["field", "out"] : ["out"]) {
      const [one, other] = ["ants", "n4"].map((prefix) => `${folder}/${prefix}_${name}.nii.gz`);
      const { difference, sameGeometry } = await compareImages(one, other, name === "field");
      if (!(difference <= gate)) wrong.push(`${name} ${difference.toExponential(1)} > ${gate}`);
      if (!sameGeometry) wrong.push(`${name} has another geometry or type`);
      numbers += `${name} ${difference.toExponential(1)}, `;
    }
    if (!await sameOutside(folder, line)) wrong.push("voxels outside the mask differ");
  } else numbers = `exit codes ${theirs.code} and ${ours.code}, `;
  const seconds = `${theirs.seconds.toFixed(1)} s and ${ours.seconds.toFixed(1)} s`;
  print(`${wrong.length === 0 ? "ok  " : "FAIL"} ${line}\n     ${numbers}${seconds}${why ? `; ${why}` : ""}\n`);
  for (const text of wrong) print(`     ${text}`);
  return wrong;
}

if (import.meta.main) {
  const [only = ""] = Deno.args;
  const folder = await Deno.makeTempDir({ prefix: "n4-ants-" });
  try {
    await writeRefereeImages(folder);
    let failed = 0;
    const lines = ANTS_LINES.filter(({ line }, i) => only === "--part" ? i % 3 === 0 : line.includes(only));
    for (const line of lines) if ((await referee(folder, line)).length > 0) failed++;
    print(`${lines.length - failed} of ${lines.length} lines agree`);
    if (failed > 0) Deno.exitCode = 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
