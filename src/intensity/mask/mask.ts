/**
 * Which voxels belong to the object: from a file, from a threshold, or all. A mask is computed box by box where it is
 * needed and never held whole.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { Box, Geometry, VolumeSource } from "../../volume.ts";
import { forEachRow } from "../../io/flow/boxes.ts";
import { nearestIndices } from "../../io/geometry.ts";
import type { Alongside } from "../../io/flow/passes.ts";
import { PooledSlot } from "../../io/flow/slots.ts";
import { type Threads, threadsFor } from "../../thread_job.ts";
import { type InsideRule, keepFinite, MARK_INSIDE } from "./mark_inside.ts";

/** How a mask is made when none is given. */
export type MaskMethod = "otsu" | "tissue" | "nonzero" | "none";

/** A mask given as a volume. */
export interface GivenMask {
  /** The mask's voxels. */
  readonly source: VolumeSource;
  /** Its name in messages. */
  readonly name: string;
  /** The value that counts; left out: any that is not 0. */
  readonly label?: number;
}

/** A mask over a volume. */
export interface MaskReader {
  /** What it is, for the log: `Otsu threshold 36.9`, `every non-zero voxel of mask.nii.gz`. */
  readonly description: string;
  /** Whether reading boxes out of order costs a new start from the first byte. */
  readonly forwardOnly: boolean;
  /** Whether a voxel's own intensity decides. */
  readonly byIntensity?: boolean;
  /**
   * Writes 1 inside and 0 outside for every voxel of `box`. Non-finite intensities are never inside.
   *
   * @param intensity the volume's intensities over `box`.
   * @param threads who does it; left out: the calling thread.
   */
  read(box: Box, intensity: Float32Array, out: Uint8Array, threads?: Threads): Promise<void>;
}

/** Every finite voxel. */
export function wholeMask(): MaskReader {
  return perVoxel("every voxel", { by: "all" });
}

/** Every voxel that is not 0. */
export function nonzeroMask(): MaskReader {
  return perVoxel("every non-zero voxel", { by: "nonzero" });
}

/** Every voxel above a threshold. */
export function thresholdMask(threshold: number, origin: string): MaskReader {
  return perVoxel(`voxels above ${threshold} (${origin})`, { by: "threshold", threshold });
}

function perVoxel(description: string, rule: InsideRule): MaskReader {
  return {
    description,
    forwardOnly: false,
    byIntensity: rule.by !== "all",
    read: (_box, intensity, out, threads) =>
      threadsFor(threads, intensity, out).run(MARK_INSIDE, { rule, values: intensity, intensity, out }),
  };
}

/**
 * A mask from another volume: any voxel that is not 0, or equals `label`. At another resolution of the same field of
 * view the nearest voxel counts.
 *
 * @param name of the mask, for the log.
 */
export function volumeMask(source: VolumeSource, grid: Geometry, name: string, label?: number): MaskReader {
  const rule: InsideRule = label === undefined ? { by: "nonzero" } : { by: "label", label };
  const resampled = new NearestReader(source, grid);
  return {
    description: label === undefined ? `every non-zero voxel of ${name}` : `voxels of ${name} equal to ${label}`,
    forwardOnly: source.forwardOnly,
    async read(box, intensity, out, threads) {
      if (resampled.direct && source.mark) {
        await source.mark(box, out, label);
        return await keepFinite(intensity, out, threads);
      }
      using slot = new PooledSlot(out.length);
      const values = slot.data(box);
      await resampled.read(box, values);
      await threadsFor(threads, intensity, values, out).run(MARK_INSIDE, { rule, values, intensity, out });
    },
  };
}

/** How {@linkcode gradedMask} marks a voxel. */
const [INSIDE, LABELLED] = [1, 2];

/** A mask from another volume that tells one label apart: 2 where a voxel equals it, 1 where it is another but 0. */
export function gradedMask({ source, name }: GivenMask, grid: Geometry, label: number): MaskReader {
  const resampled = new NearestReader(source, grid);
  return {
    description: `every non-zero voxel of ${name}, ${label} apart`,
    forwardOnly: source.forwardOnly,
    async read(box, intensity, out) {
      using slot = new PooledSlot(out.length);
      const values = slot.data(box);
      await resampled.read(box, values);
      for (let i = 0; i < out.length; i++) {
        const counts = values[i] !== 0 && isFinite(intensity[i]);
        out[i] = counts ? values[i] === label ? LABELLED : INSIDE : 0;
      }
    },
  };
}

/**
 * Reads a volume on the grid of another by nearest neighbour, 0 outside it; as it is where the grids have one shape.
 */
export class NearestReader {
  /** Whether reading boxes out of order costs a new start. */
  readonly forwardOnly: boolean;
  readonly #source: VolumeSource;
  readonly #nearest: readonly Int32Array[] | undefined;

  /** @param grid the grid that boxes are asked on. */
  constructor(source: VolumeSource, grid: Geometry) {
    this.#source = source;
    this.forwardOnly = source.forwardOnly;
    this.#nearest = nearestIndices(grid, source);
  }

  /** Whether the volume is on the asked grid, so that its boxes are those asked for. */
  get direct(): boolean {
    return this.#nearest === undefined;
  }

  /** Reads `box` of the asked grid into `out`. */
  async read(box: Box, out: Float32Array): Promise<void> {
    const nearest = this.#nearest;
    if (!nearest) return await this.#source.read(box, out);
    const [z, y, x] = nearest;
    const [[z0, z1], [y0, y1], [x0, x1]] = [
      extent(z, box.z0, box.z1),
      extent(y, box.y0, box.y1),
      extent(x, box.x0, box.x1),
    ];
    out.fill(0);
    if (z0 >= z1 || y0 >= y1 || x0 >= x1) return;
    const [ny, nx] = [y1 - y0, x1 - x0];
    const near = { z0, z1, y0, y1, x0, x1 };
    using slot = new PooledSlot((z1 - z0) * ny * nx);
    const values = slot.data(near);
    await this.#source.read(near, values);
    forEachRow(box, (iz, iy, offset) => {
      if (z[iz] < 0 || y[iy] < 0) return;
      const row = ((z[iz] - z0) * ny + (y[iy] - y0)) * nx - x0;
      for (let ix = box.x0; ix < box.x1; ix++) {
        if (x[ix] >= 0) out[offset + ix - box.x0] = values[row + x[ix]];
      }
    });
  }
}

/** The range of indices that `[begin, end)` maps to; empty where all lie outside. */
function extent(indices: Int32Array, begin: number, end: number): [first: number, end: number] {
  let [lo, hi] = [Infinity, -1];
  for (let i = begin; i < end; i++) {
    if (indices[i] < 0) continue;
    lo = Math.min(lo, indices[i]);
    hi = Math.max(hi, indices[i]);
  }
  return [lo, hi + 1];
}

/** The error of a mask that leaves nothing. */
export function emptyMaskError(mask: MaskReader, weighted: boolean): DataError {
  const voxel = weighted ? "finite voxel of a weight > 0" : "finite voxel";
  return new DataError(
    `Cannot fit the bias field as the mask must hold at least one ${voxel} among the samples: ` +
      `current mask is ${mask.description} (see option 'mask', option 'maskMethod' and option 'maskRules')`,
  );
}

/** The mask that was made of a volume, for another volume of its grid: the intensities of the first one decide. */
export function maskMadeOf(source: VolumeSource, mask: MaskReader): MaskReader {
  if (!mask.byIntensity) return mask;
  return {
    description: mask.description,
    forwardOnly: mask.forwardOnly || source.forwardOnly,
    async read(box, intensity, out, threads) {
      using slot = new PooledSlot(out.length);
      const values = slot.data(box);
      await source.read(box, values);
      await mask.read(box, values, out, threads);
      await keepFinite(intensity, out, threads);
    },
  };
}

/** Reads the mask of each box into `slot.bytes`, along with the intensities. */
export function maskAlongside(mask: MaskReader, threads?: Threads): Alongside {
  return {
    forwardOnly: mask.forwardOnly,
    read: (box, slot) => mask.read(box, slot.data(box), slot.bytes(box), threads),
  };
}
