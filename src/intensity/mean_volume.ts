/**
 * The mean of the volumes of a series, as a volume: what a field that all of them share is fitted on. It has less noise
 * than any of them, and none of what changes from one to the next.
 *
 * @module
 */

import { BOX_VOXELS } from "../io/flow/boxes.ts";
import { Serial } from "../io/flow/serial.ts";
import { type Box, boxShape, boxVoxels, copyBox, type VolumeSource, voxelCount, wholeBox } from "../volume.ts";

/** The whole mean is kept where it takes at most this share of the memory limit; else every box is averaged anew. */
const HELD_SHARE = 1 / 4;

/** A sum and a count, 4 bytes each. */
const VOXEL_BYTES = 8;

/** How a mean is taken. */
interface MeanOptions {
  /** Bytes the whole process may use. */
  readonly memoryLimit: number;
  /** Called with volumes, by their place, without a finite value other than 0, once that is known. */
  readonly onEmpty?: (volumes: readonly number[]) => void;
}

/** Bytes that the mean of a series takes beside the boxes. */
export function meanMemory(shape: VolumeSource["shape"], memoryLimit: number): number {
  const voxels = voxelCount(shape);
  return VOXEL_BYTES * (holdsMean(shape, memoryLimit) ? voxels : Math.min(voxels, BOX_VOXELS));
}

function holdsMean(shape: VolumeSource["shape"], memoryLimit: number): boolean {
  return VOXEL_BYTES * voxelCount(shape) <= HELD_SHARE * memoryLimit;
}

/**
 * The mean over the finite values of every voxel; NaN where there is none.
 *
 * @param volumes of one shape, in order of the file, so that a stream is read once for a mean that is kept.
 */
export function meanVolume(volumes: readonly VolumeSource[], { memoryLimit, onEmpty }: MeanOptions): VolumeSource {
  const [{ shape, voxelSize, affine, chunk, forwardOnly }] = volumes;
  const serial = new Serial();
  const whole = wholeBox(shape);
  let held: Promise<Float32Array> | undefined;
  async function hold(): Promise<Float32Array> {
    const data = new Float32Array(voxelCount(shape));
    const empty = await averageVolumes(volumes, whole, data);
    if (empty.length > 0) onEmpty?.(empty);
    return data;
  }
  return {
    shape,
    voxelSize,
    affine,
    dataType: "float32",
    chunk,
    forwardOnly,
    async read(box, out) {
      if (!holdsMean(shape, memoryLimit)) return void await serial.run(() => averageVolumes(volumes, box, out));
      const data = await (held ??= hold());
      copyBox(box, { box: whole, data }, { box, data: out });
    },
  };
}

/** Writes the mean over `box` into `out`. @returns the places of volumes without a finite value other than 0. */
async function averageVolumes(volumes: readonly VolumeSource[], box: Box, out: Float32Array): Promise<number[]> {
  const [nz, ny, nx] = boxShape(box);
  const counts = new Uint32Array(boxVoxels(box));
  const planes = Math.min(nz, Math.max(volumes[0].chunk[0], Math.ceil(BOX_VOXELS / 8 / (ny * nx))));
  const part = new Float32Array(planes * ny * nx);
  const empty: number[] = [];
  out.fill(0);
  for (const [place, volume] of volumes.entries()) {
    let isEmpty = true;
    for (let z = 0; z < nz; z += planes) {
      const end = Math.min(nz, z + planes);
      const values = part.subarray(0, (end - z) * ny * nx);
      await volume.read({ ...box, z0: box.z0 + z, z1: box.z0 + end }, values);
      if (addFinite(values, out, counts, z * ny * nx)) isEmpty = false;
    }
    if (isEmpty) empty.push(place);
  }
  for (let i = 0; i < out.length; i++) out[i] /= counts[i];
  return empty;
}

/** Adds finite values to sums from `at` on. @returns whether one of them is not 0. */
function addFinite(values: Float32Array, sums: Float32Array, counts: Uint32Array, at: number): boolean {
  let found = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(Math.abs(value) < Infinity)) continue;
    sums[at + i] += value;
    counts[at + i]++;
    if (value !== 0) found = true;
  }
  return found;
}
