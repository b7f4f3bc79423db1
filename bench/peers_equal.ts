/**
 * Equal work by everybody, in turns: one grid that is shrunk beforehand, one mask, the same levels and iterations, threshold 0; voxels <= 0 are left out of the mask, as no
 * two programs agree on their logarithm. Each fits and corrects the grid; the fields are compared. linumpy's never refines its lattice and has the last level's
 * from the start.
 *
 * @module
 */

import type { N4Backend } from "../src/backends/backend.ts";
import { openTsBackend } from "../src/backends/ts/ts_backend.ts";
import { fitBiasField, type FitResult, levelPoints } from "../src/n4/fit.ts";
import { compactSamples } from "../src/n4/samples.ts";
import { compareFields, logFieldOn } from "../tests/helpers/fields.ts";
import { print } from "../tests/helpers/print.ts";
import { maskedIntensity, voxelPositions } from "../tests/helpers/volumes.ts";
import { makeWorkFolder } from "../tests/reference/environment.ts";
import type { ItkRun } from "../tests/reference/itk.ts";
import { prepareCase } from "../tests/reference/prepare.ts";
import { summarise } from "./measure.ts";
import { type PeerName, PeerProcess, type PeerTimes } from "./peer_process.ts";
import { OURS, type PeerCase, type PeerResult } from "./peers_table.ts";
import { originOf } from "./results_page.ts";

/** A case of equal work. */
export interface EqualCase {
  /** What it is called in the results. */
  readonly title: string;
  /** Every so many voxels of the head. */
  readonly shrink: number;
  /** Iterations of each level. */
  readonly iterations: readonly number[];
  /** Runs of each contestant. */
  readonly rounds: number;
  /**
   * ITK's own take part of a minute to many minutes: where this is given only SimpleITK runs, so often (0: not at all),
   * as the three share one filter.
   */
  readonly itkRounds?: number;
  /** Only with `--full`. */
  readonly full?: true;
}

const PEERS = {
  simpleitk: "SimpleITK",
  itk: "ITK (itk)",
  ants: "ANTs (antspyx)",
  n4ax: "n4ax, CPU",
  linumpy: "linumpy's, NumPy",
} as const satisfies Partial<Record<PeerName, string>>;

/** Whose runs take less than so many seconds runs so many times as often: among few runs chance would decide. */
const QUICK = { seconds: 0.2, times: 4 } as const;

/** Planes that a worker corrects at a time. */
const SLAB = 8;

/** Fits and corrects the grid; seconds of both together. */
async function runOurs(backend: N4Backend, run: ItkRun): Promise<{ seconds: number; fit: FitResult }> {
  const { shape, voxelSize, options } = run;
  const dense = { positions: voxelPositions(shape), intensity: maskedIntensity(run) };
  const [nz, ny, nx] = shape;
  const output = new Float32Array(new SharedArrayBuffer(4 * nz * ny * nx));
  const begin = performance.now();
  const { samples } = compactSamples(dense, "exclude");
  const fit = await fitBiasField(backend, samples, { shape, voxelSize }, options);
  output.set(run.intensity);
  await using session = await backend.openApply({
    volume: shape,
    sections: [],
    global: fit.lattice,
    strength: 1,
    scale: 1,
    zeroOutside: false,
    floor: 1e-6,
  });
  await Promise.all(Array.from({ length: Math.ceil(nz / SLAB) }, (_, i) => {
    const [z0, z1] = [i * SLAB, Math.min(nz, (i + 1) * SLAB)];
    const box = { z0, z1, y0: 0, y1: ny, x0: 0, x1: nx };
    return session.correct(box, output.subarray(z0 * ny * nx, z1 * ny * nx));
  }));
  return { seconds: (performance.now() - begin) / 1000, fit };
}

async function writeJob(run: ItkRun, folder: string): Promise<Readonly<Record<string, unknown>>> {
  const { shape, voxelSize, intensity, mask = new Uint8Array(intensity.length).fill(1), options } = run;
  await Deno.writeFile(`${folder}/intensity`, new Uint8Array(intensity.buffer));
  await Deno.writeFile(`${folder}/mask`, mask);
  const { iterations, controlPoints, bins, fwhm, wienerNoise } = options;
  const given = { iterations, controlPoints, bins, fwhm, wienerNoise, threshold: 0 };
  return { ...given, shape, spacing: voxelSize, intensity: `${folder}/intensity`, mask: `${folder}/mask`, field: null };
}

/** Everybody's runs of a case, in turns. */
export async function compareEqual(
  { title, shrink, iterations, rounds, itkRounds }: EqualCase,
  args: readonly string[],
): Promise<PeerCase> {
  const source = { head: "ch2better", shrink } as const;
  const run = await prepareCase({ name: title, source, positive: true, options: { iterations: [...iterations] } });
  const folder = await makeWorkFolder();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const job = {
    ...await writeJob(run, folder),
    lastPoints: levelPoints(run.options, run.shape, iterations.length - 1),
  };
  const versions: Record<string, string> = { deno: Deno.version.deno, v8: Deno.version.v8 };
  const times = new Map<string, number[]>();
  const facts = new Map<string, Pick<PeerResult, "against" | "failure" | "firstSeconds">>();
  const contestants = new Map<string, () => Promise<number>>();
  let ours: Float64Array | undefined;
  for (const workers of [1, 2]) {
    const backend = stack.use(openTsBackend({ workers }));
    const { fit } = await runOurs(backend, run);
    ours = logFieldOn(fit.lattice, voxelPositions(run.shape), run.shape);
    contestants.set(OURS[workers], async () => (await runOurs(backend, run)).seconds);
  }
  const peers = (Object.entries(PEERS) as [PeerName, string][]).filter(([key]) =>
    itkRounds === undefined || (key !== "itk" && key !== "ants" && (key !== "simpleitk" || itkRounds > 0))
  );
  for (const [key, name] of peers) {
    try {
      const peer = stack.use(await PeerProcess.start(key));
      Object.assign(versions, peer.versions);
      const compiles = key === "n4ax";
      const firstSeconds = secondsOf(await peer.run({ ...job, field: `${folder}/field` }));
      const field = new Float32Array((await Deno.readFile(`${folder}/field`)).buffer);
      const { r, max } = compareFields(ours as Float64Array, field, (i) => run.mask?.[i] === 1, false);
      print(`${title}: ${name} 1 - r ${(1 - r).toExponential(1)}, max ${max.toExponential(1)}`);
      facts.set(name, { against: { r, max }, ...(compiles ? { firstSeconds } : {}) });
      if (!compiles) times.set(name, [firstSeconds]);
      contestants.set(name, async () => secondsOf(await peer.run(job)));
    } catch (error) {
      facts.set(name, { failure: error instanceof Error ? error.message : String(error) });
    }
  }
  for (let round = 0; round < QUICK.times * rounds; round++) {
    for (const [name, once] of contestants) {
      const done = times.get(name) ?? [];
      const most = name === PEERS.simpleitk ? itkRounds ?? rounds : rounds;
      const isQuick = done.length > 0 && summarise(done).median < QUICK.seconds;
      if (done.length >= (isQuick ? QUICK.times * most : most)) continue;
      const seconds = await once();
      times.set(name, [...done, seconds]);
      print(`${title}, round ${round + 1}: ${name} ${seconds.toFixed(3)} s`);
    }
  }
  return {
    title,
    samples: run.mask ? run.mask.reduce((a, b) => a + b, 0) : run.intensity.length,
    iterations: iterations.reduce((a, b) => a + b, 0),
    ...originOf("suite bench:peers", args),
    versions,
    results: [...OURS.slice(1), ...peers.map(([, name]) => name)].map((name) => {
      const seconds = times.get(name) ?? [];
      return { name, seconds, summary: summarise(seconds.length > 0 ? seconds : [0]), ...facts.get(name) };
    }),
  };
}

/** Of a peer's times, those from array to array. */
function secondsOf({ seconds, wholeSeconds }: PeerTimes): number {
  return wholeSeconds ?? seconds;
}
