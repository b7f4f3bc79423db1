/**
 * The peers of the CUDA backend on one subject: linumpy's N4 on CuPy (our peer of it, or its own code), and n4ax on what JAX finds, at equal iterations.
 *
 * @module
 */

import type { Lattice } from "../src/backends/backend.ts";
import { compareFields, logFieldOn } from "../tests/helpers/fields.ts";
import { SPLINE_DISTANCE, type Subject, type SubjectVolume } from "./cuda_subjects.ts";
import { optionsOf } from "./cuda_fit.ts";
import { summarise, type Summary } from "./measure.ts";
import { type PeerName, PeerProcess, type PeerTimes } from "./peer_process.ts";
import { voxelPositions } from "../tests/helpers/volumes.ts";

/** Voxels of the largest volume whose fields are compared. */
const COMPARED_VOXELS = 2 ** 26;

/** How peers are run. */
export interface PeerSetting {
  /** The Python that has their packages. */
  readonly python: string;
  /** A folder that holds linumpy's package; left out: our peer of it. */
  readonly linumpy?: string;
  /** linumpy's algorithm on the processor, where there is no GPU to show. */
  readonly emulated: boolean;
  /** Runs each, after one to warm up. */
  readonly rounds: number;
}

/** How a peer did. */
export interface CudaPeer {
  readonly name: PeerName;
  /** What it ran on; or why it did not. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly failure?: string;
  /** The fit, of n4ax and linumpy's package with their transfers, and the whole call of those that have one apart, ms. */
  readonly fitMs?: Summary;
  readonly wholeMs?: Summary;
  /** The first call, which compiles, ms. */
  readonly firstMs?: number;
  /** Correlation of its log field with ours in the mask; left out for volumes too large to hold both, and for peers whose field lies on the samples' grid. */
  readonly correlation?: number;
}

/** Runs the peers on a subject, one after the other. */
export async function timePeers(
  subject: Subject,
  volume: SubjectVolume,
  lattice: Lattice,
  setting: PeerSetting,
): Promise<CudaPeer[]> {
  const folder = await Deno.makeTempDir({ prefix: "n4_cuda_peers_" });
  try {
    const job = await writeJob(subject, volume, lattice, folder);
    const names: PeerName[] = [
      setting.emulated ? "linumpy" : "linumpy-cupy",
      ...(setting.linumpy === undefined ? [] : ["linumpy-package"] as const),
      setting.emulated ? "n4ax" : "n4ax-device",
    ];
    const results: CudaPeer[] = [];
    for (const name of names) results.push(await timePeer(name, { subject, volume, lattice, folder, job, setting }));
    return results;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface PeerWork {
  readonly subject: Subject;
  readonly volume: SubjectVolume;
  readonly lattice: Lattice;
  readonly folder: string;
  readonly job: Readonly<Record<string, unknown>>;
  readonly setting: PeerSetting;
}

async function timePeer(name: PeerName, work: PeerWork): Promise<CudaPeer> {
  const { python, linumpy, rounds } = work.setting;
  try {
    await using peer = await PeerProcess.start(name, { python, ...(linumpy ? { words: [linumpy] } : {}) });
    const first = await peer.run({ ...work.job, field: `${work.folder}/field` });
    const comparable = name.startsWith("linumpy") && work.volume.intensity.length <= COMPARED_VOXELS;
    const correlation = comparable ? await correlationOf(work) : undefined;
    const times: PeerTimes[] = [];
    for (let i = 0; i < rounds; i++) times.push(await peer.run(work.job));
    const whole = times.flatMap(({ wholeSeconds }) => wholeSeconds === undefined ? [] : [1000 * wholeSeconds]);
    return {
      name,
      versions: peer.versions,
      fitMs: summarise(times.map(({ seconds }) => 1000 * seconds)),
      ...(whole.length > 0 ? { wholeMs: summarise(whole) } : {}),
      firstMs: 1000 * first.seconds,
      ...(correlation === undefined ? {} : { correlation }),
    };
  } catch (error) {
    return { name, failure: error instanceof Error ? error.message : String(error) };
  }
}

async function correlationOf({ subject: { shape }, volume, lattice, folder }: PeerWork): Promise<number> {
  const theirs = new Float32Array((await Deno.readFile(`${folder}/field`)).buffer);
  const ours = logFieldOn(lattice, voxelPositions(shape), shape);
  return compareFields(ours, theirs, (i) => volume.mask[i] === 1, false).r;
}

async function writeJob(
  subject: Subject,
  { intensity, mask }: SubjectVolume,
  lattice: Lattice,
  folder: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { iterations, bins, fwhm, wienerNoise } = optionsOf(subject);
  await Deno.writeFile(`${folder}/intensity`, new Uint8Array(intensity.buffer));
  await Deno.writeFile(`${folder}/mask`, mask);
  return {
    shape: subject.shape,
    spacing: [1, 1, 1],
    shrink: subject.shrink,
    iterations,
    controlPoints: lattice.points,
    distance: SPLINE_DISTANCE,
    bins,
    fwhm,
    wienerNoise,
    threshold: 0,
    intensity: `${folder}/intensity`,
    mask: `${folder}/mask`,
    field: null,
  };
}
