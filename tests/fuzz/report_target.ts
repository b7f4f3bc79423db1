/**
 * Reports of runs, as `--from-report` repeats them: options of other kinds, paths that lead elsewhere, versions that are none.
 *
 * @module
 */

import { correctFile } from "../../src/commands/correct.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import type { Random } from "../helpers/random.ts";
import { changeBytes } from "./byte_mutations.ts";
import type { Files, Mutate, Seed, Target } from "./case.ts";
import { emptyFolder } from "./folders.ts";
import { changeJson, changeJsonText } from "./json_mutations.ts";

/** Name of the report. */
const REPORT = "report.json";

/** Options of every kind: numbers, words, lists, switches both ways, paths. */
const GIVEN: Readonly<Record<string, CorrectOptions>> = {
  "few options": QUICK,
  "many options": {
    ...QUICK,
    histogramMatch: false,
    ignoreGeometry: true,
    strength: 0.5,
    fwhm: 0.2,
    maskMethod: "otsu",
    winsorize: [1, 99],
    outputType: "input",
    nonfinite: "keep",
    channel: "all",
  },
};

async function makeSeeds(folder: string): Promise<Seed[]> {
  const seeds: Seed[] = [];
  for (const [name, options] of Object.entries(GIVEN)) {
    const input = await writeImage(`${folder}/in.nii`, { shape: [5, 6, 7] });
    const saveBiasField = `${folder}/field.nii`;
    const report = await correctFile({ input, output: `${folder}/out.nii`, options: { ...options, saveBiasField } });
    const bytes = new TextEncoder().encode(JSON.stringify(report, null, 2));
    seeds.push({ name, files: new Map([[REPORT, bytes], ["in.nii", await Deno.readFile(input)]]), open: REPORT });
    await emptyFolder(folder);
  }
  return seeds;
}

/** Changes what was given alone: most of a report is not read again. */
function lieInOptions(files: Files, random: Random): string {
  const text = new TextDecoder().decode(files.get(REPORT));
  try {
    const { given, ...rest } = JSON.parse(text);
    const [changed, how] = changeJsonText(JSON.stringify(given), random);
    files.set(REPORT, new TextEncoder().encode(`${JSON.stringify(rest).slice(0, -1)},"given":${changed}}`));
    return `given: ${how}`;
  } catch {
    return "no report any more";
  }
}

const isReport = (path: string) => path === REPORT;

const MUTATIONS: readonly Mutate[] = [
  ...Array<Mutate>(4).fill(lieInOptions),
  changeJson(isReport),
  changeBytes(isReport),
];

/** Reports; their seeds hold paths in the folder in which they are made. */
export const REPORT_TARGET: Omit<Target, "seeds"> & { seeds(folder: string): Promise<Seed[]> } = {
  name: "report",
  share: 4,
  seeds: makeSeeds,
  mutations: MUTATIONS,
  checks: ["report"],
};
