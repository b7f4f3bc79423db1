/**
 * Corrections of one phantom by different means, each judged by the same figures.
 *
 * @module
 */

import type { N4Backend } from "../../src/backends/backend.ts";
import { correct } from "../../src/steps/correct.ts";
import { type Section, sectionBounds } from "../../src/intensity/sections.ts";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { resolveOptions, settingsOf } from "../../src/options/resolve.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { type OctPhantom, octPhantom } from "../../src/phantom/oct.ts";
import { phantomQuality, type Quality } from "../../src/phantom/quality.ts";
import { RunLog } from "../../src/run_log.ts";
import { type VolumeSource, voxelCount, wholeBox } from "../../src/volume.ts";
import { makeWorkFolder } from "./environment.ts";
import { runPython } from "./itk.ts";

/** What peer_linumpy.py is told. */
export interface PeerParameters {
  readonly backend: "cpu" | "gpu";
  readonly mode: "global" | "per_section" | "two_pass" | "mask_only";
  readonly match: boolean;
  readonly perPlane: boolean;
  readonly iterations: readonly number[];
  readonly tissueThreshold?: number;
  readonly zprofile?: number;
  readonly equalize?: boolean;
  /** Sections whose silhouettes are kept, 1 for the stack's; left out: each plane's own mask. */
  readonly silhouettes?: number;
}

/** One way to correct. */
export interface Trial {
  /** What it is called in the table. */
  readonly name: string;
  /** Ours with these options. */
  readonly ours?: CorrectOptions;
  /** The peer with these parameters. */
  readonly peer?: PeerParameters;
}

/** A phantom held in memory, so that it is computed once. */
export interface StoredPhantom {
  readonly name: string;
  readonly options: Parameters<typeof octPhantom>[0];
  readonly volumes: Pick<OctPhantom, "truth" | "speckle" | "labels"> & { readonly source: ArrayVolume };
  readonly sections: readonly Section[];
}

/** Reads all of a volume. */
async function stored(source: VolumeSource): Promise<ArrayVolume> {
  const data = new Float32Array(voxelCount(source.shape));
  await source.read(wholeBox(source.shape), data);
  return new ArrayVolume(data, source.shape, source.voxelSize);
}

/** Makes a phantom and holds it. */
export async function storePhantom(name: string, options: Parameters<typeof octPhantom>[0]): Promise<StoredPhantom> {
  const { source, truth, speckle, labels } = octPhantom(options);
  const volumes = {
    source: await stored(source),
    truth: await stored(truth),
    speckle: await stored(speckle),
    labels: await stored(labels),
  };
  return { name, options, volumes, sections: sectionBounds(options.shape[0], options.sections ?? 1) };
}

/** Does a trial and measures what came out. */
export async function judge(phantom: StoredPhantom, trial: Trial, backend: N4Backend): Promise<Quality> {
  const { volumes, sections } = phantom;
  const corrected = trial.ours
    ? await correctedByUs(phantom, trial.ours, backend)
    : trial.peer
    ? await correctedByPeer(phantom, trial.peer)
    : volumes.source;
  return await phantomQuality({ corrected, phantom: volumes, sections });
}

/** The figures of a perfect correction: what anatomy alone shows of steps. */
export async function judgeTruth({ volumes, sections }: StoredPhantom): Promise<Quality> {
  const perfect = await stored(volumes.truth);
  const speckle = await stored(volumes.speckle);
  for (let i = 0; i < perfect.data.length; i++) perfect.data[i] *= speckle.data[i];
  return await phantomQuality({ corrected: perfect, phantom: volumes, sections });
}

async function correctedByUs(
  { volumes: { source }, sections }: StoredPhantom,
  options: CorrectOptions,
  backend: N4Backend,
): Promise<ArrayVolume> {
  const settings = settingsOf(
    resolveOptions({ preset: "oct", nSerialSlices: sections.length, ...options }, "ome-zarr"),
  );
  const output = ArrayVolume.zeros(source.shape, source.voxelSize);
  await correct({ input: source, settings, backend, log: new RunLog() }, output);
  return output;
}

/** linumpy's shrink factor and spacings in mm, under the names of peer_linumpy.py. */
const PEER_DEFAULTS = { "shrink": 4, "distance": 2, "global_distance": 10 } as const;

/** The peer is given intensities up to 1, as its matching takes them to be. */
async function correctedByPeer(
  { volumes: { source }, sections }: StoredPhantom,
  peer: PeerParameters,
): Promise<ArrayVolume> {
  const folder = await makeWorkFolder();
  try {
    const most = source.data.reduce((a, b) => Math.max(a, b), 0);
    const input = source.data.map((value) => value / most);
    await Deno.writeFile(`${folder}/input`, new Uint8Array(input.buffer));
    const { perPlane, tissueThreshold = 0, ...same } = peer;
    const own = { "per_plane": perPlane, "tissue_threshold": tissueThreshold };
    const parameters = { ...PEER_DEFAULTS, mm: source.voxelSize, sections: sections.length, ...same, ...own };
    const [output, field] = [`${folder}/output`, `${folder}/field`];
    const job = { shape: source.shape, input: `${folder}/input`, output, field, parameters };
    await Deno.writeTextFile(`${folder}/jobs.json`, JSON.stringify([job]));
    await runPython("peer_linumpy.py", [`${folder}/jobs.json`]);
    return new ArrayVolume(new Float32Array((await Deno.readFile(output)).buffer), source.shape, source.voxelSize);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
