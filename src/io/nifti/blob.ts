/**
 * NIfTI files as the browser has them: read from a dropped blob, written to one for download.
 *
 * @module
 */

import type { ImageFile } from "../image.ts";
import type { ByteSource } from "./byte_source.ts";
import { readNiftiHeader } from "./header.ts";
import { NiftiImage } from "./read.ts";
import { buildNiftiHeader } from "./template.ts";

/** Bytes in memory. */
class MemoryBytes implements ByteSource {
  readonly forwardOnly = false;
  readonly mostBytes: number;
  expectedBytes: number | undefined;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.mostBytes = bytes.length;
  }

  read(offset: number, bytes: Uint8Array): Promise<number> {
    const found = this.#bytes.subarray(offset, offset + bytes.length);
    bytes.set(found);
    return Promise.resolve(found.length);
  }

  close(): void {}
}

/**
 * Opens a NIfTI, plain or gzip.
 *
 * @throws {InputError} when it is none that n4 supports.
 * @throws {CorruptDataError} when it is shorter than its header promises.
 */
export async function openNiftiBlob(name: string, blob: Blob): Promise<ImageFile> {
  const magic = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const gzip = magic[0] === 0x1f && magic[1] === 0x8b;
  const stream = gzip ? blob.stream().pipeThrough(new DecompressionStream("gzip")) : blob.stream();
  const source = new MemoryBytes(new Uint8Array(await new Response(stream).arrayBuffer()));
  return new NiftiImage(name, source, await readNiftiHeader(name, source));
}

/** A float32 NIfTI with the header of another one. @param data voxels of one volume, shape of the template, C order. */
export function niftiBlob(template: ImageFile, data: Float32Array): Blob {
  const { shape, voxelSize, affine } = template;
  const spec = { shape, voxelSize, affine, dataType: "float32", volumes: 1, template } as const;
  const { bytes, littleEndian } = buildNiftiHeader(spec);
  const voxels = new DataView(new ArrayBuffer(4 * data.length));
  for (let i = 0; i < data.length; i++) voxels.setFloat32(4 * i, data[i], littleEndian);
  return new Blob([bytes as Uint8Array<ArrayBuffer>, voxels], { type: "application/octet-stream" });
}
