/**
 * The correction of one volume in memory, with WebGPU where the browser has it and in TypeScript where it does not.
 *
 * @module
 */

import {
  ArrayVolume,
  correct,
  DEFAULT_SETTINGS,
  type N4Backend,
  openTsBackend,
  openWebGpuBackend,
  passesOf,
  RunLog,
  type VolumeSource,
  writeField,
} from "../../exports/browser.ts";

/** What became of a volume. */
export interface CorrectedVolume {
  /** Voxels before, after, and the field that they were divided by; C order. */
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly field: Float32Array;
  /** Which backend ran: `webgpu` or `ts`. */
  readonly backend: string;
  /** What it ran on, and why on nothing better. */
  readonly notes: readonly string[];
  /** Seconds of all of it. */
  readonly seconds: number;
}

/**
 * Corrects a volume.
 *
 * @param open opens what it runs on, and may note why on nothing better.
 * @throws {DataError} when the data leave nothing to fit.
 */
export async function correctVolume(source: VolumeSource, open: BackendOpener): Promise<CorrectedVolume> {
  const start = performance.now();
  const notes: string[] = [];
  await using backend = await open(notes);
  const { shape, voxelSize } = source;
  const zeros = () => ArrayVolume.zeros(shape, voxelSize);
  const [input, output, field] = [zeros(), zeros(), zeros()];
  await source.read({ z0: 0, z1: shape[0], y0: 0, y1: shape[1], x0: 0, x1: shape[2] }, input.data);
  const log = new RunLog((event) => {
    if (event.event === "warning") notes.push(event.text);
  });
  const estimate = await correct({ input, settings: DEFAULT_SETTINGS, backend, log }, output);
  await writeField(estimate.model, field, backend, passesOf({ log, plan: estimate.plan }));
  const seconds = (performance.now() - start) / 1000;
  return { before: input.data, after: output.data, field: field.data, backend: backend.device.kind, notes, seconds };
}

/** Opens a backend. */
export type BackendOpener = (notes: string[]) => Promise<N4Backend>;

/** WebGPU where the browser has it. @param allowSoftware takes a processor in place of a GPU, as tests do. */
export function bestBackend(allowSoftware: boolean): BackendOpener {
  return async (notes) => {
    try {
      const backend = await openWebGpuBackend({ allowSoftware });
      notes.push(backend.device.name);
      return backend;
    } catch (error) {
      notes.push(error instanceof Error ? error.message : String(error));
      return await ownThread(notes);
    }
  };
}

/** The page's own thread: a page that is opened from a file has no shared memory for workers. */
export const ownThread: BackendOpener = (): Promise<N4Backend> => Promise.resolve(openTsBackend({ workers: 0 }));
