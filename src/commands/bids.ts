/**
 * A BIDS data set (https://bids.neuroimaging.io): which of its images are corrected, what the corrected ones are
 * called, and what stands beside them.
 *
 * @module
 */

import { basename, join, relative, resolve } from "node:path";
import { InputError, UsageError } from "../errors.ts";
import { demandOwnText } from "../io/files/output_guard.ts";
import { readText } from "../io/files/text_input.ts";
import { replaceText } from "../io/files/text_output.ts";
import { pathsOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import type { RunReport } from "../report/run_report.ts";
import { VERSION } from "../version.ts";

/** The version of BIDS that is written. */
const BIDS_VERSION = "1.10.0";

/** Anatomical images of intensities that a receive coil biases: no phases, and none that n4 has corrected. */
const CORRECTED =
  /^sub-[a-zA-Z0-9]+_(?!.*(desc-[a-zA-Z0-9]*n4|part-(phase|imag))_).*(T1w|T2w|T2star|T2starw|PDw|PDT2|FLAIR|inplaneT1|inplaneT2)\.nii(\.gz)?$/;

/** What describes a data set. */
const DESCRIPTION = "dataset_description.json";

/** What names the files that BIDS has no word for. */
const IGNORED = ".bidsignore";

/** What is written of a data set of derivatives as a whole. */
export const DATASET_TEXTS = [DESCRIPTION, IGNORED];

/** An image of a data set and where its correction goes. */
interface BidsImage {
  readonly input: string;
  readonly output: string;
}

/** Whether a folder is a data set. */
async function isBids(folder: string): Promise<boolean> {
  return await Deno.stat(join(folder, DESCRIPTION)).then(({ isFile }) => isFile, () => false);
}

/** The data set that a folder is, or of which it is a subject, a session or its anatomical images; if any. */
export async function datasetOf(folder: string): Promise<string | undefined> {
  if (await isBids(folder)) return folder;
  const part = /(\/sub-[a-zA-Z0-9]+)(\/ses-[a-zA-Z0-9]+)?(\/anat)?$/.exec(resolve(folder))?.[0] ?? "";
  const dataset = join(folder, part.replace(/[^/]+/g, ".."));
  return part !== "" && await isBids(dataset) ? dataset : undefined;
}

/** The anatomical images of a data set, by name, and where each goes in a data set of derivatives; of `part` alone. */
export async function bidsImages(dataset: string, derivatives: string, part = dataset): Promise<BidsImage[]> {
  const images: BidsImage[] = [];
  const walk = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(join(dataset, folder))) {
      const path = join(folder, name);
      const isPart = isPartOf(folder).test(name);
      // Subjects of data sets on shared disks are links; one that leads nowhere is told, as it is not read in silence.
      const isFolder = isDirectory || isPart && isSymlink && (await Deno.stat(join(dataset, path))).isDirectory;
      if (isFolder && isPart) await walk(path);
      else if (basename(folder) === "anat" && CORRECTED.test(name)) {
        const output = name.replace(/(?:_desc-([a-zA-Z0-9]+))?_([^_]+)$/, "_desc-$1n4_$2");
        images.push({ input: join(dataset, path), output: join(derivatives, folder, output) });
      }
    }
  };
  await walk(relative(dataset, part));
  return images.sort((a, b) => a.input < b.input ? -1 : 1);
}

/** What may lie in a folder of a data set: sessions and images of a subject, images of a session. */
function isPartOf(folder: string): RegExp {
  if (folder === "") return /^sub-/;
  return basename(folder).startsWith("sub-")
    ? /^(ses-.*|anat)$/
    : basename(folder).startsWith("ses-")
    ? /^anat$/
    : /(?!)/;
}

/**
 * Refuses a data set that cannot be described, or whose derivatives would lie among those of another one: their sources
 * are named from one place.
 *
 * @throws {InputError | UsageError}
 */
export async function demandDescribable(dataset: string, derivatives: string): Promise<void> {
  await readDescription(dataset);
  if (!await isBids(derivatives)) return;
  const { DatasetLinks: { raw } = {} as { raw?: unknown } } = await readDescription(derivatives);
  if (typeof raw !== "string") return;
  const other = await Deno.realPath(join(derivatives, raw)).catch(() => undefined);
  if (other === undefined || other === await Deno.realPath(dataset)) return;
  const rule = "derivatives of one data set must not lie among those of another";
  throw new UsageError(`Cannot correct '${dataset}' into '${derivatives}' as ${rule}: those there are of '${other}'`);
}

/** What describes a data set. @throws {InputError} when it is no JSON object. */
async function readDescription(dataset: string): Promise<{ Name?: unknown; DatasetLinks?: { raw?: unknown } }> {
  const path = join(dataset, DESCRIPTION);
  const text = await readText(path);
  try {
    return Object(JSON.parse(text));
  } catch (cause) {
    throw new InputError(path, `Cannot read ${path} as it must be valid JSON: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Describes the data set of derivatives, unless it is described already, and names what BIDS has no word for: of what
 * lies beside an image, all but the mask.
 */
export async function describeDerivatives(dataset: string, derivatives: string, given: CorrectOptions): Promise<void> {
  if (!await isBids(derivatives)) {
    const { Name: name = basename(resolve(dataset)) } = await readDescription(dataset);
    // Either may be a link.
    const [from, to] = [await Deno.realPath(derivatives), await Deno.realPath(dataset)];
    const description = {
      Name: `${name}, corrected for intensity bias`,
      BIDSVersion: BIDS_VERSION,
      DatasetType: "derivative",
      GeneratedBy: [{ Name: "n4", Version: VERSION, Description: "N4 bias field correction of anatomical images" }],
      DatasetLinks: { raw: relative(from, to) || "." },
    };
    await replaceText(join(derivatives, DESCRIPTION), jsonText(description));
  }
  const ignored = join(derivatives, IGNORED);
  const before = await Deno.lstat(ignored).then(() => readText(ignored), () => "");
  const ends = Object.values(pathsOfKind(CORRECT_OPTIONS, given, "output", "report"));
  const named = ends.filter((end) => !/^mask\.nii(\.gz)?$/.test(end)).map((end) => `*_${end}`);
  const known = before.split(/\r?\n/);
  const lines = ["index.html", "n4_summary.csv", "n4_results.jsonl", ...named].filter((line) => !known.includes(line));
  if (lines.length > 0) await replaceText(ignored, `${before.replace(/(?<=.)$/, "\n")}${lines.join("\n")}\n`);
}

/** Writes what BIDS wants to know of a corrected image. */
export async function writeSidecar(dataset: string, image: BidsImage, report: RunReport): Promise<void> {
  await replaceText(sidecarOf(image.output), sidecarText(dataset, image, report));
}

/** What BIDS wants to know of a corrected image: its source, and how it came about. */
export function sidecarText(dataset: string, { input }: BidsImage, report: RunReport): string {
  return jsonText({
    Description: "Corrected for intensity bias by N4",
    Sources: [`bids:raw:${relative(dataset, input).replaceAll("\\", "/")}`],
    SkullStripped: false,
    N4Version: report.version,
    N4Options: report.options,
  });
}

/** Refuses to write over a sidecar of somebody else's. @throws {WriteError} */
export async function demandOwnSidecar(output: string): Promise<void> {
  await demandOwnText(sidecarOf(output), "N4Version");
}

/** Where an image of derivatives is described: of `.nii` and `.nii.gz` at one place. */
export function sidecarOf(output: string): string {
  return output.replace(/\.nii(\.gz)?$/, ".json");
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
