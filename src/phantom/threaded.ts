/**
 * A phantom whose boxes are computed by worker threads: each of them makes the phantom anew from its options.
 *
 * @module
 */

import { type Job, type Threads, threadsFor } from "../thread_job.ts";
import type { Box, VolumeSource } from "../volume.ts";
import { type OctPhantom, octPhantom, type OctPhantomOptions } from "./oct.ts";

/** A box of one of a phantom's volumes. */
interface PhantomBox {
  readonly options: OctPhantomOptions;
  readonly volume: keyof OctPhantom;
  readonly box: Box;
  /** What is filled, shape `[z1-z0, y1-y0, x1-x0]`, C order. */
  readonly out: Float32Array;
}

/** Computes a box. */
export const FILL_PHANTOM: Job<PhantomBox, void> = {
  name: "fill a phantom",
  work: ({ options, volume, box, out }) => octPhantom(options)[volume].read(box, out),
};

/**
 * A phantom as {@linkcode octPhantom} makes it; boxes in shared memory are left to the threads.
 *
 * @throws {RangeError} when an option breaks its rule.
 */
export function threadedPhantom(options: OctPhantomOptions, threads: Threads): OctPhantom {
  const { source, truth, field, speckle, labels, mask } = octPhantom(options);
  const threaded = (volume: keyof OctPhantom, { shape, voxelSize, dataType, chunk, forwardOnly }: VolumeSource) => {
    const read = (box: Box, out: Float32Array) =>
      threadsFor(threads, out).run(FILL_PHANTOM, { options, volume, box, out });
    return { shape, voxelSize, dataType, chunk, forwardOnly, read };
  };
  return {
    source: threaded("source", source),
    truth: threaded("truth", truth),
    field: threaded("field", field),
    speckle: threaded("speckle", speckle),
    labels: threaded("labels", labels),
    mask: threaded("mask", mask),
  };
}
