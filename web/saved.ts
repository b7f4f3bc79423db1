/**
 * Images to download: written volume by volume, kept as blobs.
 *
 * @module
 */

import { ArrayVolume } from "../src/io/array_volume.ts";
import type { ImageFile, ImageSpec } from "../src/io/image.ts";
import { joinNifti, voxelBlob } from "../src/io/nifti/blob.ts";
import { buildNiftiHeader, type NewNiftiHeader } from "../src/io/nifti/template.ts";
import { createOzxBlob, type OzxOutput } from "../src/io/ome_zarr/blob.ts";
import { OmeZarrImage } from "../src/io/ome_zarr/image.ts";
import type { Threads } from "../src/thread_job.ts";
import type { VolumeSink } from "../src/volume.ts";
import type { SavedFormat } from "./messages.ts";

/** How chunks are compressed: nothing in a browser writes Zstandard. */
export const COMPRESSION = { compressor: "gzip" } as const;

/** A new image, made of another. */
export interface SavedSpec extends ImageSpec {
  readonly template: ImageFile;
  readonly dataType: "float32" | "uint8";
}

/** The format that an image is saved in where nobody says another: its own. */
export function usualFormat({ format, path }: Pick<ImageFile, "format" | "path">): SavedFormat {
  if (format === "ome-zarr") return "ozx";
  return /\.gz$/i.test(path) ? "nii.gz" : "nii";
}

/** Begins an image. @param threads who encodes; left out: the calling thread. */
export async function createSaved(spec: SavedSpec, format: SavedFormat, threads?: Threads): Promise<OzxOutput> {
  if (format === "ozx") {
    return await createOzxBlob(spec.template.path, spec, { compression: COMPRESSION, threads });
  }
  return new SavedNifti(spec, format === "nii.gz");
}

/** A NIfTI, one volume of it in memory. */
class SavedNifti implements OzxOutput {
  readonly coarser = [];
  readonly #spec: SavedSpec;
  readonly #gzip: boolean;
  readonly #header: NewNiftiHeader;
  readonly #parts: Blob[] = [];
  #volume: ArrayVolume | undefined;

  constructor(spec: SavedSpec, gzip: boolean) {
    this.#spec = spec;
    this.#gzip = gzip;
    // An OME-Zarr may have the header of a NIfTI beside its levels.
    this.#header = buildNiftiHeader(spec, spec.template instanceof OmeZarrImage ? spec.template.header : undefined);
  }

  volume(): VolumeSink {
    this.#close();
    return this.#volume = ArrayVolume.zeros(this.#spec.shape, this.#spec.voxelSize);
  }

  async complete(): Promise<Blob> {
    this.#close();
    const plain = joinNifti(this.#header.bytes, this.#parts);
    if (!this.#gzip) return plain;
    return await new Response(plain.stream().pipeThrough(new CompressionStream("gzip"))).blob();
  }

  /** Puts the volume that is done among the parts. */
  #close(): void {
    if (!this.#volume) return;
    const { data } = this.#volume;
    const stored = this.#spec.dataType === "uint8" ? Uint8Array.from(data) : data;
    this.#parts.push(voxelBlob(stored, this.#header.littleEndian));
    this.#volume = undefined;
  }
}
