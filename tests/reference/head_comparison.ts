/**
 * `n4 compare` and `n4 benchmark` on a real head, beside SimpleITK: the pictures follow the arrays that they show, and both fields agree.
 *
 * @module
 */

import { decode } from "npm:fast-png@8.0.0";
import { benchmarkFile } from "../../src/evaluate/benchmark/benchmark.ts";
import { compareFile } from "../../src/evaluate/compare/compare.ts";
import { colourTable } from "../../src/figure/colour_map.ts";
import { colourAt, correlation, valueOf } from "../helpers/pictures.ts";
import { print } from "../helpers/print.ts";
import { referencePython } from "./environment.ts";

const HEAD = "/usr/share/mricron/templates/ch2better.nii.gz";

/** Least r of a panel and its array, and of both fields: ITK evaluates a shrunk grid elsewhere, so that they differ (docs/accuracy.md). */
const [PANEL_GATE, FIELD_GATE] = [0.99, 0.98];

/** Eight planes, few iterations: seconds. */
export async function compareHead(folder: string): Promise<boolean> {
  const options = {
    zarr: HEAD,
    z0: 100,
    dz: 8,
    shrink: 6,
    nIterations: [10, 5],
    first: "simpleitk",
    second: "ts",
    python: await referencePython(),
    nProcesses: 0,
    output: `${folder}/head.png`,
  };
  const result = await compareFile({ options });
  if (!result) throw new Error("Cannot compare the head as a comparison must come out: current result is none");
  const { slab: { shape: [, ny, nx], data }, sides: [theirs, ours], plane, metrics } = result;
  const r = metrics.find(({ key }) => key === "fieldCorrelation")?.value ?? NaN;
  let holds = tell(`r of the log fields of ${theirs.label} and ${ours.label}`, r, FIELD_GATE);
  const panels = { input: data, [theirs.name]: theirs.corrected, [ours.name]: ours.corrected };
  for (const [name, array] of Object.entries(panels)) {
    const image = decode(await Deno.readFile(result.outputs[name]));
    const [table, start] = [colourTable("grey"), plane * ny * nx];
    const shown = Array.from(
      { length: ny * nx },
      (_, i) => valueOf(colourAt(image, i % nx, Math.floor(i / nx)), table),
    );
    // The face is up: the picture's first row is the last one of the plane.
    const rows = Array.from(shown, (_, i) => array[start + (ny - 1 - Math.floor(i / nx)) * nx + i % nx]);
    holds = tell(`r of the panel '${name}' and its plane`, correlation(shown, rows), PANEL_GATE) && holds;
  }
  return holds;
}

/** The same part of the head as a live volume. */
export async function benchmarkHead(folder: string): Promise<boolean> {
  const options = {
    output: `${folder}/bench`,
    skipPhantoms: true,
    liveZarr: HEAD,
    liveOrigin: [100, 0, 0],
    maxLiveShape: [8, 1024, 1024],
    liveShrinkFactor: 6,
    liveNIterations: [10, 5],
    liveSplineDistanceMm: 150,
    reference: ["simpleitk"],
    python: await referencePython(),
    backends: ["ts"],
    nProcesses: 0,
    repeats: 1,
    warmUps: 0,
  } as const;
  const outcome = await benchmarkFile({ options });
  const [base, ours] = outcome?.result.cases[0].measured ?? [];
  const holds = tell("r of the fields in the benchmark", ours?.fieldCorrelation ?? NaN, FIELD_GATE);
  return holds && base.contestant === "simpleitk" && (base.peakMemoryBytes ?? 0) > 2 ** 20 && ours.speedUp > 0;
}

function tell(what: string, r: number, gate: number): boolean {
  const holds = r >= gate;
  print(`${holds ? "holds" : "FAILS"} ${r.toFixed(6)} of ${gate}: ${what}, ch2better`);
  return holds;
}
