/**
 * Shapes that memory is measured on: how a stack is stored, and what is asked of its correction.
 *
 * @module
 */

import { ComputedSource } from "../../src/phantom/computed_source.ts";
import { generate } from "../../src/io/flow/passes.ts";
import { createImage } from "../../src/io/open.ts";
import { RunLog } from "../../src/run_log.ts";
import { openThreads } from "../../src/threads/pool.ts";
import type { DataType, Shape3 } from "../../src/volume.ts";

/** A stack as it is stored. */
export interface StoredStack {
  readonly shape: Shape3;
  readonly dataType: DataType;
  /** How its name ends. */
  readonly ends: ".ome.zarr" | ".nii" | ".nii.gz";
  /** Of an OME-Zarr. */
  readonly chunk?: Shape3;
  /** Of an OME-Zarr. */
  readonly shard?: Shape3;
  /** Left out: 1. */
  readonly channels?: number;
  /** Bits of noise in tissue, which no codec makes smaller; left out: 5. */
  readonly noiseBits?: number;
}

const PLAIN = { shape: [128, 384, 384], dataType: "float32", ends: ".ome.zarr" } as const;

/** A chunk as stored is planned as large as its plain bytes, which counts where it is a whole plane: little is saved. */
const PLANES = { ends: ".ome.zarr", noiseBits: 13, dataType: "uint16" } as const;

/** The stacks, 64 to 256 MiB each. */
export const STACKS: Record<string, StoredStack> = {
  "chunks of 128": { ...PLAIN, chunk: [128, 128, 128] },
  "chunks of 64 x 128 x 128": { ...PLAIN, chunk: [64, 128, 128] },
  "chunks of 32": { ...PLAIN, chunk: [32, 32, 32] },
  "16-bit chunks of 256": { ...PLAIN, shape: [256, 512, 512], dataType: "uint16", chunk: [256, 256, 256] },
  "planes of 4096 as one chunk": { ...PLANES, shape: [8, 4096, 4096], chunk: [1, 4096, 4096] },
  "planes of 8192 as one chunk": { ...PLANES, shape: [1, 8192, 8192], chunk: [1, 8192, 8192] },
  "shards of 256 with chunks of 32": { ...PLAIN, chunk: [32, 32, 32], shard: [256, 256, 256] },
  "two channels in chunks of 128": { ...PLAIN, shape: [64, 384, 384], chunk: [64, 128, 128], channels: 2 },
  "long and thin": { ...PLAIN, shape: [2048, 96, 96], chunk: [512, 96, 96] },
  "NIfTI": { ...PLAIN, ends: ".nii" },
  "NIfTI, gzip": { ...PLAIN, shape: [64, 512, 512], ends: ".nii.gz" },
};

const SHARDS = ["--chunk-shape", "16", "16", "16", "--shard-shape", "256", "256", "256"] as const;

/** Ways to correct, and how the output's name ends. */
export const WAYS: Record<string, readonly [ends: StoredStack["ends"], ...options: string[]]> = {
  "as a head": [".ome.zarr", "--preset", "mri"],
  "as a stack of sections": [".ome.zarr", "--preset", "oct", "--n-serial-slices", "SECTIONS"],
  "into shards of small chunks": [".ome.zarr", "--preset", "mri", ...SHARDS],
  "into Blosc": [".ome.zarr", "--preset", "mri", "--compressor", "blosc", "--output-type", "input"],
  "into gzip": [".ome.zarr", "--preset", "oct", "--mode", "global", "--compressor", "gzip"],
  "into NIfTI": [".nii", "--preset", "mri", "--weights", "INPUT"],
  "into NIfTI, gzip": [".nii.gz", "--preset", "mri"],
};

/** Makes a stack: cells of tissue in a slow shading, which compress as images do. */
export async function makeStack(path: string, stack: StoredStack): Promise<void> {
  const { shape, dataType, chunk, shard, channels = 1, noiseBits = 5 } = stack;
  const tissue = 60 * 2 ** (noiseBits - 5);
  using threads = openThreads();
  const source = new ComputedSource(shape, [0.01, 0.01, 0.01], dataType, (row, z, y, x0) => {
    for (let i = 0; i < row.length; i++) {
      const x = x0 + i;
      const noise = Math.imul(Math.imul(z * 73856093 ^ y * 19349663, x + 1), 83492791) >>> (32 - noiseBits);
      row[i] = ((z >> 3) + (y >> 5) + (x >> 5)) % 3 === 0 ? noise / 4 : (tissue + noise) * (1 + x / shape[2] / 2);
    }
  });
  const spec = { shape, voxelSize: source.voxelSize, dataType, volumes: channels };
  await using image = await createImage(path, spec, { threads, chunk, shard });
  const passes = { boxVoxels: 2 ** 21, slots: 2, log: new RunLog() };
  for (let channel = 0; channel < channels; channel++) {
    await generate("write", image.volume(channel), passes, (box, slot) => source.read(box, slot.data(box)));
  }
  await image.commit();
}
