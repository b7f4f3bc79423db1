/**
 * `deno task suite bench:preset`: what the preset of heads is chosen by. Volumes under known biases and noise are corrected with one thing changed at a time, and
 * with what others do by default; a table tells the bias that is left, the contrast that is kept and the seconds.
 *
 *   --volumes FOLDER  where mni152.nii.gz and epi.nii.gz lie (sweep_volumes.ts)
 *   --only TEXT       the variants of these names, with ; between them; --bias NAMES likewise; --volume TEXT, --noise 0,0.02
 *   --brain           everybody gets the mask of the brain, which peers always get; else the preset makes its own
 *   --peers NAMES     peers of these names as well, with ; between them (bench:setup)
 *   --out FILE        every row as a line of JSON
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { FitSamples, N4Backend } from "../src/backends/backend.ts";
import { openTsBackend } from "../src/backends/ts/ts_backend.ts";
import type { FieldVerdict } from "../src/intensity/sample/verdict.ts";
import { ArrayVolume } from "../src/io/array_volume.ts";
import { subtractModel } from "../src/n4/samples.ts";
import { resolveOptions, settingsOf } from "../src/options/resolve.ts";
import type { CorrectOptions } from "../src/options/table.ts";
import { RunLog } from "../src/run_log.ts";
import { estimateBias } from "../src/steps/correct.ts";
import { print } from "../tests/helpers/print.ts";
import { PeerProcess } from "./peer_process.ts";
import { BIASES, observe, places, spread, type SweepVolume, sweepVolumes } from "./sweep_volumes.ts";

const { values: words } = parseArgs({
  options: {
    volumes: { type: "string", default: "." },
    volume: { type: "string", default: "" },
    bias: { type: "string", default: "" },
    noise: { type: "string", default: "0,0.02,0.05" },
    only: { type: "string", default: "" },
    out: { type: "string" },
    brain: { type: "boolean", default: false },
    peers: { type: "string", default: "" },
  },
});

/** What is tried, by name. Counts of iterations are for as many levels. */
const VARIANTS: Readonly<Record<string, CorrectOptions>> = {
  "preset": {},
  "50 a level": { nIterations: [50, 50, 50, 50] },
  "shrink 1, 50 a level": { shrinkFactor: [1, 1, 1], nIterations: [50, 50, 50, 50] },
  "shrink 4": { shrinkFactor: [4, 4, 4] },
  "shrink 1": { shrinkFactor: [1, 1, 1] },
  "2^18 samples": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 18 },
  "2^19 samples": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 19 },
  "2^20 samples": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 20 },
  "2^21 samples": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 21 },
  "2^20 samples, threshold 1e-4": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 20, convergenceThreshold: 1e-4 },
  "2^20 samples, threshold 5e-4": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 20, convergenceThreshold: 5e-4 },
  "2^20 samples, 25 a level": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 20, nIterations: [25, 25, 25, 25] },
  "2^20 samples, means": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 20, shrinkMethod: "mean" },
  "2^20 samples, noise term 0.1": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 20, wienerNoise: 0.1 },
  "2^20 samples, fwhm 0.2": { shrinkFactor: [1, 1, 1], maxFitSamples: 2 ** 20, fwhm: 0.2 },
  "auto": { splineDistanceMm: "auto", nIterations: "auto" },
  "25 at the last level": { nIterations: [200, 100, 50, 25] },
  "shrink 3": { shrinkFactor: [3, 3, 3] },
  "shrink 2": { shrinkFactor: [2, 2, 2] },
  "means 4": { shrinkFactor: [4, 4, 4], shrinkMethod: "mean" },
  "means 3": { shrinkFactor: [3, 3, 3], shrinkMethod: "mean" },
  "means 2": { shrinkFactor: [2, 2, 2], shrinkMethod: "mean" },
  "3 levels": { nIterations: [50, 50, 50] },
  "5 levels": { nIterations: [50, 50, 50, 50, 50] },
  "25 a level": { nIterations: [25, 25, 25, 25] },
  "100 a level": { nIterations: [100, 100, 100, 100] },
  "threshold 0": { convergenceThreshold: 0 },
  "threshold 1e-4": { convergenceThreshold: 1e-4 },
  "distance 200": { splineDistanceMm: 200 },
  "distance 100": { splineDistanceMm: 100 },
  "100 bins": { nBins: 100 },
  "400 bins": { nBins: 400 },
  "fwhm 0.1": { fwhm: 0.1 },
  "fwhm 0.2": { fwhm: 0.2 },
  "noise term 0.1": { wienerNoise: 0.1 },
  "winsorized": { winsorize: [0.1, 99.9] },
  "mask made anew": { refineMask: true },
  "mask nonzero": { maskMethod: "nonzero" },
};

/** What others do by default, as run_peer.py names it. */
const PEERS = {
  "SimpleITK": "simpleitk-defaults",
  "SimpleITK, shrink 4": "simpleitk-shrunk-defaults",
  "ANTs": "ants-defaults",
  "niworkflows": "niworkflows-defaults",
  "n4ax": "n4ax-defaults",
} as const;

/** One correction. */
export interface SweepRow {
  readonly variant: string;
  readonly volume: string;
  readonly bias: string;
  readonly noise: number;
  /** Standard deviation in the mask of the log field found, less the one found without our bias, less the truth. */
  readonly left: number;
  /** The same of the truth, and of the field as it was found, less the truth. */
  readonly before: number;
  readonly after: number;
  /** What n4 says of it. */
  readonly verdict?: string;
  /** Slope of the corrected log intensities over the true ones, where no bias was added: 1 keeps all contrast. */
  readonly contrast: number;
  readonly seconds: number;
}

/** Finds a log field at the places where it is measured. */
type Method = (values: Float32Array) => Promise<Found>;

interface Found {
  readonly field: Float32Array;
  readonly seconds: number;
  readonly verdict?: FieldVerdict["verdict"];
}

function ours(volume: SweepVolume, samples: FitSamples, backend: N4Backend, given: CorrectOptions): Method {
  const settings = settingsOf(resolveOptions({ preset: "mri", backend: "ts", ...given }, "nifti"));
  const source = new ArrayVolume(Float32Array.from(volume.mask), volume.shape, volume.voxelSize);
  const mask = words.brain ? { source, name: "brain" } : undefined;
  return async (values) => {
    const input = new ArrayVolume(values, volume.shape, volume.voxelSize);
    const begin = performance.now();
    const { model, verdict } = await estimateBias({ input, mask, settings, backend, log: new RunLog() });
    const seconds = (performance.now() - begin) / 1000;
    return { field: subtractModel(samples, model).value.map((value) => -value), seconds, verdict: verdict?.verdict };
  };
}

/** A peer, which gets the brain's mask: it has none of its own. */
async function peer(volume: SweepVolume, at: readonly number[], process: PeerProcess, folder: string): Promise<Method> {
  await Deno.writeFile(`${folder}/mask`, volume.mask);
  return async (values) => {
    await Deno.writeFile(`${folder}/intensity`, new Uint8Array(values.buffer as ArrayBuffer));
    const files = { intensity: `${folder}/intensity`, mask: `${folder}/mask`, field: `${folder}/field` };
    const { seconds } = await process.run({ ...files, shape: volume.shape, spacing: volume.voxelSize, budget: 1 });
    const field = new Float32Array((await Deno.readFile(files.field)).buffer);
    return { field: Float32Array.from(at, (i) => field[i]), seconds };
  };
}

/** Slope of `b` over `a`. */
function slope(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [n, sa, sb, saa, sab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (!isFinite(a[i]) || !isFinite(b[i])) continue;
    n++;
    sa += a[i];
    sb += b[i];
    saa += a[i] * a[i];
    sab += a[i] * b[i];
  }
  return (sab - sa * sb / n) / (saa - sa * sa / n);
}

/** Corrects a volume in every way, under every bias. */
async function sweepVolume(
  volume: SweepVolume,
  at: readonly number[],
  methods: Readonly<Record<string, Method>>,
  keep: (row: SweepRow) => void,
): Promise<void> {
  const truth = Float32Array.from(at, (i) => Math.log(volume.intensity[i]));
  for (const noise of words.noise.split(",").map(Number)) {
    const plain = observe(volume, undefined, noise);
    const own: Record<string, Float32Array> = {};
    for (const [variant, method] of Object.entries(methods)) {
      const { field, seconds, verdict } = await method(plain);
      own[variant] = field;
      const contrast = slope(truth, truth.map((value, i) => value - field[i]));
      const figures = { left: 0, before: 0, after: spread(field), contrast, seconds, verdict };
      keep({ variant, volume: volume.title, bias: "none", noise, ...figures });
    }
    for (const [bias, make] of Object.entries(BIASES)) {
      if (words.bias !== "" && !words.bias.split(";").includes(bias)) continue;
      const log = make(volume.shape);
      const seen = observe(volume, log, noise);
      for (const [variant, method] of Object.entries(methods)) {
        const { field, seconds, verdict } = await method(seen);
        const left = spread(field.map((value, i) => value - own[variant][i] - log[at[i]]));
        const contrast = slope(truth, truth.map((value, i) => value - own[variant][i]));
        const before = spread(Float32Array.from(at, (i) => log[i]));
        const after = spread(field.map((value, i) => value - log[at[i]]));
        keep({ variant, volume: volume.title, bias, noise, left, before, after, contrast, seconds, verdict });
      }
    }
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Every variant in one line, beside the first one row by row. */
function summaryTable(rows: readonly SweepRow[]): string {
  const by = Map.groupBy(rows.filter(({ bias }) => bias !== "none"), ({ variant }) => variant);
  const [base = []] = by.values();
  const lines = [...by].map(([variant, own]) => {
    const lefts = own.map(({ left }) => left);
    const ratio = median(own.map(({ left }, i) => left / base[i].left));
    const percent = (value: number) => (100 * value).toFixed(2);
    const [contrast, least] = [median(own.map((row) => row.contrast)), Math.min(...own.map((row) => row.contrast))];
    const seconds = median(own.map((row) => row.seconds)).toFixed(2);
    return `| ${variant} | ${percent(median(lefts))} | ${percent(Math.max(...lefts))} | ${ratio.toFixed(2)} | ${
      percent(contrast)
    } | ${percent(least)} | ${seconds} |`;
  });
  return [
    "| variant | left, % | most | beside the first | contrast, % | least | s |",
    "| - | -: | -: | -: | -: | -: | -: |",
    ...lines,
  ].join("\n");
}

if (import.meta.main) {
  await using stack = new AsyncDisposableStack();
  const backend = stack.use(openTsBackend({ workers: navigator.hardwareConcurrency }));
  const folder = await Deno.makeTempDir({ prefix: "n4-preset-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const rows: SweepRow[] = [];
  const processes: Record<string, PeerProcess> = {};
  for (const [name, key] of Object.entries(PEERS)) {
    if (words.peers.split(";").includes(name)) processes[name] = stack.use(await PeerProcess.start(key));
  }
  for await (const volume of sweepVolumes(words.volumes, words.volume)) {
    const { samples, at } = places(volume);
    const methods: Record<string, Method> = {};
    for (const [name, options] of Object.entries(VARIANTS)) {
      if (words.only === "" || words.only.split(";").includes(name)) {
        methods[name] = ours(volume, samples, backend, options);
      }
    }
    for (const [name, process] of Object.entries(processes)) methods[name] = await peer(volume, at, process, folder);
    await sweepVolume(volume, at, methods, (row) => {
      rows.push(row);
      if (words.out) Deno.writeTextFileSync(words.out, `${JSON.stringify(row)}\n`, { append: true });
    });
    print(`${volume.title}\n${summaryTable(rows.filter((row) => row.volume === volume.title))}\n`);
  }
  print(`All\n${summaryTable(rows)}`);
}
