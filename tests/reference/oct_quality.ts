/**
 * What the OCT preset comes to on phantoms: bias left, steps between sections, contrast kept, for the preset, for choices around it, for the peer of linumpy,
 * and for what no choice can go below. `deno task suite measure:oct` prints the tables; with `--write` they go to bench/results/oct_quality.json as well. With
 * `--kinds` it does that for every kind of phantom, bench/results/oct_kinds.json.
 *
 * @module
 */

import type { N4Backend } from "../../src/backends/backend.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { PHANTOM_KINDS } from "../../src/phantom/kinds.ts";
import type { Quality } from "../../src/phantom/quality.ts";
import { print } from "../helpers/print.ts";
import { referencePython, referenceVersions } from "./environment.ts";
import { judge, judgeTruth, type PeerParameters, type StoredPhantom, storePhantom, type Trial } from "./oct_trials.ts";

const RESULTS = new URL("../../bench/results/", import.meta.url);

/** 9.6 mm of tissue in sections of 0.2 mm, as a mouse brain is cut; the second one in finer voxels, the third a small piece of another tissue. */
const MOUSE = { shape: [64, 192, 192], voxelSize: [0.025, 0.05, 0.05], sections: 8 } as const;
const FINE = { shape: [128, 256, 256], voxelSize: [0.0125, 0.0375, 0.0375], sections: 8 } as const;
const SMALL = { shape: [64, 192, 192], voxelSize: [0.015, 0.015, 0.015], sections: 8 } as const;

const OFF = { histogramMatch: false } as const;
const ON = { histogramMatch: true } as const;
/** Thick planes of fine pixels: four planes a section. */
const FLAT = { shape: [32, 256, 256], voxelSize: [0.1, 0.0375, 0.0375], sections: 8 } as const;

/** linumpy's defaults on each of its backends, and what its Nextflow workflow asks for. */
const GPU: PeerParameters = {
  backend: "gpu",
  mode: "two_pass",
  match: true,
  perPlane: false,
  iterations: [25, 25, 25],
};
const CPU: PeerParameters = { ...GPU, backend: "cpu", iterations: [50, 50, 50, 50] };
const WORKFLOW = { perPlane: true, tissueThreshold: 0.005, zprofile: 2 } as const;

/** Ours against theirs. */
const AGAINST: readonly Trial[] = [
  { name: "input" },
  { name: "linumpy on a GPU, matching off", peer: { ...GPU, match: false } },
  { name: "linumpy on a GPU, matching on", peer: GPU },
  { name: "linumpy on a GPU, its workflow", peer: { ...GPU, ...WORKFLOW } },
  { name: "linumpy on a CPU, matching off", peer: { ...CPU, match: false } },
  { name: "linumpy on a CPU, matching on", peer: CPU },
  { name: "linumpy on a CPU, its workflow", peer: { ...CPU, ...WORKFLOW } },
  { name: "ours, matching off, no z profile", ours: { ...OFF, zprofileSmoothSigma: 0 } },
  { name: "ours, matching on, no z profile", ours: { ...ON, zprofileSmoothSigma: 0 } },
  { name: "ours, `--preset oct --histogram-match`", ours: ON },
  { name: "ours, `--preset oct`", ours: {} },
];

/** The same on other kinds of stacks; "of today" is what linumpy's fork does where no field is asked for. */
const ON_KINDS: readonly Trial[] = [
  { name: "input" },
  { name: "linumpy on a GPU, its workflow", peer: { ...GPU, ...WORKFLOW } },
  {
    name: "linumpy of today, no fit, profile levelled, silhouette",
    peer: { ...GPU, ...WORKFLOW, perPlane: false, mode: "mask_only", equalize: true, silhouettes: 1 },
  },
  { name: "ours, `--preset linumpy`", ours: { preset: "linumpy" } },
  { name: "ours, `--preset oct`", ours: {} },
];

/** What no smooth field can take away: the same stacks without what it can, uncorrected or matched alone. */
const FLOORS: readonly (Trial & { readonly without: Readonly<Record<string, number>> })[] = [
  {
    name: "sections' brightness, without matching or z profile",
    without: { shading: 0, attenuation: 0, surface: 0, planeJitter: 0 },
  },
  {
    name: "surface layers and jitter, without a z profile",
    without: { shading: 0, attenuation: 0, brightnessJitter: 0 },
  },
  {
    name: "matching alone, of sections' brightness",
    ours: { ...ON, strength: 0, zprofileSmoothSigma: 0 },
    without: { shading: 0, attenuation: 0, surface: 0, planeJitter: 0 },
  },
  { name: "z profile alone, of all but shading", ours: { ...OFF, strength: 0 }, without: { shading: 0 } },
];

function choices(name: string, list: readonly (readonly [string, CorrectOptions])[]): Trial[] {
  return list.map(([value, ours]) => ({ name: `${name} ${value}`, ours: { ...OFF, ...ours } }));
}

/** One choice at a time, the others as in the preset; matching off, where the figures differ most. */
const CHOICES: readonly Trial[] = [
  ...choices("mode", (["global", "per_section", "two_pass"] as const).map((mode) => [mode, { mode }])),
  ...[[20, 20], [10, 10], [5, 10], [5, 5], [3, 10], [2, 10], [1, 10], [0.5, 10]].flatMap(([section, volume]) =>
    choices(
      "spacing",
      (["refine", "fixed"] as const).map((lattice) => [
        `${section} / ${volume} mm, ${lattice}`,
        { splineDistanceMm: section, globalSplineDistanceMm: volume, lattice },
      ]),
    )
  ),
  ...[[50], [25, 25], [50, 50], [25, 25, 25], [50, 50, 50], [50, 50, 50, 50]].flatMap((nIterations) =>
    choices(
      "iterations",
      [0.001, 0].map((convergenceThreshold) => [
        `[${nIterations}], stop ${convergenceThreshold}`,
        { nIterations, convergenceThreshold },
      ]),
    )
  ),
  ...[1, 2, 3, 4, 6, 8].flatMap((n) =>
    choices(
      "shrink",
      (["mean", "stride"] as const).map((
        shrinkMethod,
      ) => [`${n} ${shrinkMethod}`, { shrinkFactor: [n, n, n], shrinkMethod }]),
    )
  ),
  ...[0, 2, 8, 16, 32, 64, 128].flatMap((zprofileSmoothSigma) => [
    ...choices("z profile", [[`${zprofileSmoothSigma}, matching off`, { zprofileSmoothSigma }]]),
    ...choices("z profile", [[`${zprofileSmoothSigma}, matching on`, { zprofileSmoothSigma, histogramMatch: true }]]),
    ...choices("z profile", [
      [`${zprofileSmoothSigma}, matching per plane`, {
        zprofileSmoothSigma,
        histogramMatch: true,
        histogramMatchPerZplane: true,
      }],
    ]),
  ]),
];

interface Row extends Quality {
  readonly phantom: string;
  readonly trial: string;
}

const percent = (value: number, digits = 2) => `${(100 * value).toFixed(digits)}`;

async function table(title: string, phantom: StoredPhantom, rows: AsyncGenerator<Row>): Promise<Row[]> {
  print(`\n${title}, ${phantom.name}\n`);
  print(
    "| | bias left, % | step, % | contrast kept | tissue written as 0, % | agarose, % |\n|---|---|---|---|---|---|",
  );
  const all: Row[] = [];
  for await (const row of rows) {
    all.push(row);
    const { variation, step, contrast, missing, zeroed } = row;
    const shares = [variation, step].map((share) => percent(share)).join(" | ");
    print(`| ${row.trial} | ${shares} | ${contrast.toFixed(3)} | ${percent(missing)} | ${percent(zeroed)} |`);
  }
  return all;
}

async function* rowsOf(backend: N4Backend, phantom: StoredPhantom, list: readonly Trial[]): AsyncGenerator<Row> {
  for (const trial of list) {
    const quality = await judge(phantom, trial, backend);
    yield { phantom: phantom.name, trial: trial.name, ...quality };
  }
}

/** Kinds of stacks. */
async function measureKinds(): Promise<Row[]> {
  await using backend = openTsBackend({ workers: 0 });
  const rows: Row[] = [];
  const kinds = PHANTOM_KINDS.map((kind) => [kind, { ...MOUSE, seed: 1, kind }] as const);
  for (const [name, options] of [...kinds, ["anisotropic", { ...FLAT, seed: 1 }] as const]) {
    const phantom = await storePhantom(name, options);
    rows.push(...await table("A kind", phantom, rowsOf(backend, phantom, ON_KINDS)));
  }
  return rows;
}

async function measure(): Promise<Row[]> {
  await using backend = openTsBackend({ workers: 0 });
  const trials = (phantom: StoredPhantom, list: readonly Trial[]) => rowsOf(backend, phantom, list);
  const rows: Row[] = [];
  const stacks = [[MOUSE, 1, "stack"], [MOUSE, 3, "stack"], [FINE, 2, "finer stack"], [
    SMALL,
    4,
    "small piece",
  ]] as const;
  for (const [options, seed, name] of stacks) {
    const phantom = await storePhantom(`${name}, seed ${seed}`, { ...options, seed });
    rows.push(...await table("Against the peer", phantom, trials(phantom, AGAINST)));
    const truth = { phantom: phantom.name, trial: "perfect", ...await judgeTruth(phantom) };
    rows.push(
      ...await table(
        "Floor of the steps",
        phantom,
        async function* () {
          yield truth;
        }(),
      ),
    );
    if (options === MOUSE) rows.push(...await table("Choices", phantom, trials(phantom, CHOICES)));
    if (options !== MOUSE) continue;
    const floors = async function* (): AsyncGenerator<Row> {
      for (const floor of FLOORS) {
        yield* trials(await storePhantom(phantom.name, { ...options, seed, ...floor.without }), [floor]);
      }
    };
    rows.push(...await table("Floors", phantom, floors()));
  }
  return rows;
}

if (import.meta.main) {
  const kinds = Deno.args.includes("--kinds");
  const rows = await (kinds ? measureKinds() : measure());
  if (Deno.args.includes("--write")) {
    await Deno.mkdir(RESULTS, { recursive: true });
    const versions = {
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      python: await referenceVersions(await referencePython()),
    };
    const made = {
      date: new Date().toISOString().slice(0, 10),
      command: `deno task suite measure:oct ${kinds ? "--kinds " : ""}--write`,
      device: "TypeScript backend, one thread",
      versions,
      rows,
    };
    await Deno.writeTextFile(
      new URL(kinds ? "oct_kinds.json" : "oct_quality.json", RESULTS),
      `${JSON.stringify(made, null, 2)}\n`,
    );
  }
}
