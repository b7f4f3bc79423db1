/**
 * NIfTI files as the browser has them: read from a dropped blob, written to one for download.
 *
 * @module
 */

import { CorruptDataError } from "../../errors.ts";
import { geometryOf } from "../../volume.ts";
import { MAX_INFLATION } from "../codecs/in_one_go.ts";
import { messageOf } from "../files/file_errors.ts";
import type { ImageFile } from "../image.ts";
import type { ByteSource } from "./byte_source.ts";
import { readNiftiHeader } from "./header.ts";
import { PairBytes, readSingleHeader } from "./pair.ts";
import { NiftiImage } from "./read.ts";
import { buildNiftiHeader } from "./template.ts";

/** Bytes that most headers lie within: reading one does not inflate all. */
const HEAD_BYTES = 65536;

/** Bytes of a blob, which the browser keeps where it likes: no array ever holds them all. */
class BlobBytes implements ByteSource {
  readonly forwardOnly = false;
  readonly mostBytes: number;
  expectedBytes: number | undefined;
  readonly #name: string;
  readonly #blob: Blob;
  readonly #gzip: boolean;
  #head: Promise<Uint8Array> | undefined;
  #whole: Promise<Blob> | undefined;

  constructor(name: string, blob: Blob, gzip: boolean) {
    this.#name = name;
    this.#blob = blob;
    this.#gzip = gzip;
    this.mostBytes = blob.size * (gzip ? MAX_INFLATION : 1);
  }

  async read(offset: number, bytes: Uint8Array): Promise<number> {
    const end = offset + bytes.length;
    if (this.#gzip && end <= HEAD_BYTES && this.#whole === undefined) {
      this.#head ??= firstBytes(this.#stream(), HEAD_BYTES).catch((cause) => this.#fail(cause));
      const found = (await this.#head).subarray(offset, end);
      bytes.set(found);
      return found.length;
    }
    this.#whole ??= this.#gzip
      ? new Response(this.#stream()).blob().catch((cause) => this.#fail(cause))
      : Promise.resolve(this.#blob);
    const found = new Uint8Array(await (await this.#whole).slice(offset, end).arrayBuffer());
    bytes.set(found);
    return found.length;
  }

  #stream(): ReadableStream<Uint8Array> {
    return this.#blob.stream().pipeThrough(new DecompressionStream("gzip"));
  }

  #fail(cause: unknown): never {
    const message = `Cannot read ${this.#name} as its gzip stream must be whole: ${messageOf(cause)}`;
    throw new CorruptDataError(this.#name, "its gzip stream", message, { cause });
  }

  close(): void {}
}

/** The first bytes of a stream, at most `count`; the rest is not read. */
async function firstBytes(stream: ReadableStream<Uint8Array>, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let length = 0;
  for await (const part of stream) {
    const taken = part.subarray(0, count - length);
    bytes.set(taken, length);
    length += taken.length;
    if (length === count) break;
  }
  return bytes.subarray(0, length);
}

/**
 * Opens a NIfTI, plain or gzip. Of a gzip only the beginning is inflated until a voxel is read.
 *
 * @param data the voxels of a pair, whose header `blob` is; left out: a single file.
 * @throws {InputError} when it is none that n4 supports.
 * @throws {CorruptDataError} when it is shorter than its header promises; of a gzip when a voxel is read.
 */
export async function openNiftiBlob(
  name: string,
  blob: Blob,
  warn: (text: string) => void = () => {},
  data?: Blob,
): Promise<ImageFile> {
  const single = await bytesOf(name, blob);
  const source = data ? new PairBytes(await readSingleHeader(name, single, warn), await bytesOf(name, data)) : single;
  return new NiftiImage(name, source, await readNiftiHeader(name, source, warn));
}

async function bytesOf(name: string, blob: Blob): Promise<ByteSource> {
  const magic = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  return new BlobBytes(name, blob, magic[0] === 0x1f && magic[1] === 0x8b);
}

/**
 * A NIfTI with the header of another image.
 *
 * @param data voxels of one volume, shape of the template, C order.
 */
export function niftiBlob(template: ImageFile, data: Float32Array | Uint8Array): Blob {
  const dataType = data instanceof Uint8Array ? "uint8" : "float32";
  const { bytes, littleEndian } = buildNiftiHeader({ ...geometryOf(template), dataType, volumes: 1, template });
  return joinNifti(bytes, [voxelBlob(data, littleEndian)]);
}

/** A file of a header and its volumes. */
export function joinNifti(header: Uint8Array, volumes: readonly Blob[]): Blob {
  return new Blob([header as Uint8Array<ArrayBuffer>, ...volumes], { type: "application/octet-stream" });
}

/** The voxels of one volume; the browser need not keep them in memory. */
export function voxelBlob(data: Float32Array | Uint8Array, littleEndian: boolean): Blob {
  if (littleEndian || data instanceof Uint8Array) {
    return new Blob([data as Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>]);
  }
  const voxels = new DataView(new ArrayBuffer(4 * data.length));
  for (let i = 0; i < data.length; i++) voxels.setFloat32(4 * i, data[i], false);
  return new Blob([voxels]);
}
