/**
 * `deno task suite bench:verdict`: how often n4 is right when it says whether a correction helped. Volumes under known biases, from none to that of a surface coil, are corrected by
 * preset mri; a table tells the error before and after, what was said, and what the fits of two halves say of the error.
 * A head is first divided by the field that n4 finds in it, and then taken for even.
 *
 *   --volumes FOLDER  where mni152.nii.gz and epi.nii.gz lie (sweep_volumes.ts)
 *   --volume TEXT     those whose titles hold it; --noise 0,0.02 likewise
 *   --brain           inside the mask of the brain; else n4 makes its own
 *   --out FILE        every row as a line of JSON
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { N4Backend } from "../src/backends/backend.ts";
import { openTsBackend } from "../src/backends/ts/ts_backend.ts";
import type { FieldVerdict } from "../src/intensity/sample/verdict.ts";
import { ArrayVolume } from "../src/io/array_volume.ts";
import { subtractModel } from "../src/n4/samples.ts";
import { resolveOptions, settingsOf } from "../src/options/resolve.ts";
import { RunLog } from "../src/run_log.ts";
import { correct, estimateBias } from "../src/steps/correct.ts";
import { print } from "../tests/helpers/print.ts";
import { smoothLogField } from "../tests/helpers/volumes.ts";
import { BIASES, observe, places, spread, type SweepVolume, sweepVolumes } from "./sweep_volumes.ts";

const { values: words } = parseArgs({
  options: {
    volumes: { type: "string", default: "." },
    volume: { type: "string", default: "" },
    noise: { type: "string", default: "0,0.02,0.05" },
    brain: { type: "boolean", default: false },
    out: { type: "string" },
  },
});

/** A correction whose right result is known. */
interface VerdictRow extends Partial<FieldVerdict> {
  readonly volume: string;
  readonly bias: string;
  readonly noise: number;
  /** Standard deviation in the mask of the true log field, and of what is left of it. */
  readonly before: number;
  readonly after: number;
}

/** Largest logarithms of the smooth fields; with the coil and none at all they are the biases. */
const AMPLITUDES = [0.02, 0.04, 0.08, 0.16, 0.4];

/** Every amplitude comes as so many fields. */
const SEEDS = [3, 5];

/** Ranges of the error before that the table counts by. */
const CLASSES: readonly (readonly [title: string, from: number, to: number])[] = [
  ["none", 0, 1e-9],
  ["below 0.6 %", 1e-9, 0.006],
  ["0.6 to 1.5 %", 0.006, 0.015],
  ["1.5 to 4 %", 0.015, 0.04],
  ["above 4 %", 0.04, Infinity],
];

const VERDICTS = ["helped", "even already", "harmed"] as const;

function biasesOf({ shape }: SweepVolume): [name: string, log: Float64Array | undefined][] {
  const smooth = AMPLITUDES.flatMap((amplitude) =>
    SEEDS.map((seed) => [`${amplitude}, seed ${seed}`, smoothLogField(shape, seed, amplitude)] as const)
  );
  return [["none", undefined], ...smooth.map(([name, log]) => [name, log] as [string, Float64Array]), [
    "coil",
    BIASES.coil(shape),
  ]];
}

const SETTINGS = settingsOf(resolveOptions({ preset: "mri", backend: "ts", fitHalves: true }, "nifti"));

/** The volume less the field that is found inside its mask. */
async function evened(volume: SweepVolume, backend: N4Backend): Promise<SweepVolume> {
  const { shape, voxelSize, intensity } = volume;
  const input = new ArrayVolume(intensity, shape, voxelSize);
  const output = ArrayVolume.zeros(shape, voxelSize);
  const mask = { source: new ArrayVolume(Float32Array.from(volume.mask), shape, voxelSize), name: "mask" };
  await correct({ input, mask, settings: { ...SETTINGS, fitHalves: false }, backend, log: new RunLog() }, output);
  return { ...volume, intensity: output.data };
}

async function judgeVolume(plain: SweepVolume, backend: N4Backend, keep: (row: VerdictRow) => void): Promise<void> {
  const volume = plain.title.startsWith("phantom") ? plain : await evened(plain, backend);
  const { shape, voxelSize } = volume;
  const { samples, at } = places(volume);
  const source = new ArrayVolume(Float32Array.from(volume.mask), shape, voxelSize);
  const mask = words.brain ? { source, name: "brain" } : undefined;
  for (const noise of words.noise.split(",").map(Number)) {
    for (const [bias, log] of biasesOf(volume)) {
      const input = new ArrayVolume(observe(volume, log, noise), shape, voxelSize);
      const { model, verdict } = await estimateBias({ input, mask, settings: SETTINGS, backend, log: new RunLog() });
      const field = subtractModel(samples, model).value;
      const before = log ? spread(Float32Array.from(at, (i) => log[i])) : 0;
      const after = spread(field.map((value, i) => value + (log?.[at[i]] ?? 0)));
      keep({ volume: volume.title, bias, noise, before, after, ...verdict });
    }
  }
}

/** What was said, by how large the bias was. */
function verdictTable(rows: readonly VerdictRow[]): string {
  const lines = CLASSES.map(([title, from, to]) => {
    const own = rows.filter(({ before }) => before >= from && before < to);
    const less = own.filter(({ before, after }) => after < before).length;
    const said = VERDICTS.map((word) => own.filter(({ verdict }) => verdict === word).length);
    return `| ${title} | ${own.length} | ${less} | ${said.join(" | ")} |`;
  });
  return [
    `| bias | cases | in truth less after | said: ${VERDICTS.join(" | said: ")} |`,
    `| - | -: | -: |${" -: |".repeat(VERDICTS.length)}`,
    ...lines,
  ].join("\n");
}

if (import.meta.main) {
  await using backend = openTsBackend({ workers: navigator.hardwareConcurrency });
  const rows: VerdictRow[] = [];
  for await (const volume of sweepVolumes(words.volumes, words.volume)) {
    await judgeVolume(volume, backend, (row) => {
      rows.push(row);
      if (words.out) Deno.writeTextFileSync(words.out, `${JSON.stringify(row)}\n`, { append: true });
    });
    print(`${volume.title}\n${verdictTable(rows.filter((row) => row.volume === volume.title))}\n`);
  }
  print(`All\n${verdictTable(rows)}`);
}
