/**
 * OME-Zarr as a browser has it: read from the files of a folder or from an archive, box by box; written, box by box, as
 * an archive to download (`.ozx`). An output is what `write.ts` makes, with blobs instead of files.
 *
 * @module
 */

import { noCounts, type VolumeSink } from "../../volume.ts";
import { checkVolume, type CoarserLevel, type ImageOutput, type ImageSpec } from "../image.ts";
import { arrayFile, type ArrayFormat, arrayMetadata, groupFiles, keyOf } from "../zarr/array_files.ts";
import type { ZarrArrayWriter } from "../zarr/array_writer.ts";
import { BlobStore } from "../zarr/blob_store.ts";
import { chunkOfLevel } from "../zarr/chunk_choice.ts";
import { ENCODE_CHUNK } from "../zarr/chunk_jobs.ts";
import type { Compression } from "../zarr/encode.ts";
import { type Threads, threadsFor } from "../../thread_job.ts";
import { ZipStore } from "../zip/read.ts";
import { ZipWriter } from "../zip/write.ts";
import { axesOf, groupAttributes, leadingAxes, leadingPlace, levelMetadata, OZX_COMMENT } from "./group.ts";
import { keptParts } from "./kept.ts";
import { depth, isMetadata, labelFiles } from "./labels.ts";
import type { OmeZarrImage, OpenOptions } from "./image.ts";
import { openOmeZarrIn, openUnfinishedLevel } from "./read.ts";
import { headerFiles } from "./nifti_header.ts";
import { omeZarrSink } from "./sink.ts";

/**
 * Opens an OME-Zarr image.
 *
 * @param data an archive, or the files of a folder by their paths in it.
 * @throws {InputError} when it is no OME-Zarr image, has no such level, or uses what is not supported.
 */
export async function openOmeZarrBlob(
  path: string,
  data: Blob | ReadonlyMap<string, Blob>,
  options: OpenOptions = {},
): Promise<OmeZarrImage> {
  const store = data instanceof Blob ? await ZipStore.open(path, "", data) : new BlobStore(path, data);
  return await openOmeZarrIn(store, options);
}

/** An archive that is being written. */
export interface OzxOutput extends Pick<ImageOutput, "volume" | "coarser"> {
  /** The archive, once every voxel has been written. */
  complete(): Promise<Blob>;
}

/** How an archive is written. */
interface OzxOptions {
  readonly compression: Compression;
  /** Who encodes; left out: the calling thread. */
  readonly threads?: Threads;
}

/** Begins an archive. `path` is its name, for messages. */
export async function createOzxBlob(
  path: string,
  spec: ImageSpec,
  { compression, threads }: OzxOptions,
): Promise<OzxOutput> {
  const { header, labelled } = await keptParts(path, spec, { omeVersion: "0.5" });
  const files = new Map<string, Blob>();
  const levels = [spec, ...spec.pyramid?.levels ?? []].map((level, i) => {
    const { chunk } = chunkOfLevel(level.shape, {});
    const leading = leadingAxes(spec).map(([, length]) => length);
    const array: ArrayFormat = {
      zarrFormat: 3,
      shape: [...leading, ...level.shape],
      chunk: [...leading.map(() => 1), ...chunk],
      compression,
      dataType: spec.dataType,
      dimensionNames: axesOf(spec),
    };
    files.set(`${i}/${arrayFile(3)}`, jsonBlob(arrayMetadata(array)));
    const { shape, voxelSize } = level;
    const writer = writerOf(`${i}`, files, { array, chunk, threads });
    return { spec: { ...spec, shape, voxelSize }, chunk, writer, metadata: levelMetadata(spec, level, `${i}`) };
  });
  const sink = (level: number, index: number): VolumeSink => {
    const { spec: own, chunk, writer } = levels[level];
    const place = leadingPlace(spec, checkVolume("write", { path, volumes: spec.volumes }, index));
    return omeZarrSink(own, chunk, writer, place, [path, path]);
  };
  const read = { store: new BlobStore(path, files), zarrFormat: 3, axes: axesOf(spec) } as const;
  const coarser = (spec.pyramid?.levels ?? []).map(({ from }, i): CoarserLevel => ({
    from,
    sink: (index) => sink(i + 1, index),
    source: (index) => openUnfinishedLevel({ ...read, level: levels[from].metadata }, index, { threads }),
  }));
  return {
    volume: (index) => sink(0, index),
    coarser,
    async complete() {
      const method = levels.length > 1 ? spec.pyramid?.method : undefined;
      const attributes = groupAttributes(spec, "0.5", levels.map(({ metadata }) => metadata), method);
      const [group] = groupFiles(3);
      files.set(group, jsonBlob({ zarr_format: 3, node_type: "group", attributes }));
      const beside = new Map<string, Blob>();
      if (header) { for (const [key, bytes] of await headerFiles(3, header)) beside.set(key, blobOf(bytes)); }
      const labels: [string, Blob][] = [];
      if (labelled) {
        for await (const [key, pieces] of labelFiles(labelled)) {
          const parts: Uint8Array[] = [];
          for await (const piece of pieces) parts.push(piece);
          labels.push([key, blobOf(...parts)]);
        }
      }
      for (const entry of labels.sort(([a], [b]) => depth(a) - depth(b))) beside.set(...entry);
      return await packBlobs(files, beside);
    },
  };
}

/** Writes the chunks of a level among the files. */
function writerOf(
  prefix: string,
  files: Map<string, Blob>,
  { array, chunk, threads }: { readonly array: ArrayFormat; readonly chunk: VolumeSink["chunk"]; threads?: Threads },
): Pick<ZarrArrayWriter, "write"> {
  const { dataType, compression } = array;
  const [z, y, x] = array.shape.slice(-3);
  const format = { shape: [z, y, x], chunk, sharded: false, dataType, compression } as const;
  return {
    async write({ coordinates, ...part }) {
      const job = { ...format, ...part };
      const { parts, ...counts } = await threadsFor(threads, part.data).run(ENCODE_CHUNK, job);
      files.set(`${prefix}/${keyOf(coordinates, 3)}`, blobOf(...parts));
      return { ...noCounts(), ...counts };
    },
  };
}

/** The archive of all files, in the order of `zip/pack.ts`; they are taken out of their maps one by one. */
async function packBlobs(files: Map<string, Blob>, beside: Map<string, Blob>): Promise<Blob> {
  const parts: Blob[] = [];
  const write = (bytes: Uint8Array) => {
    parts.push(blobOf(bytes));
    return Promise.resolve(bytes.length);
  };
  const zip = new ZipWriter({ write }, { comment: OZX_COMMENT, wideFrom: 0 });
  const add = async (from: Map<string, Blob>, keys: readonly string[]) => {
    for (const key of keys) {
      await zip.add(key, new Uint8Array(await (from.get(key) ?? new Blob()).arrayBuffer()));
      from.delete(key);
    }
  };
  const [metadata, chunks] = [true, false].map((wanted) =>
    [...files.keys()].filter((key) => isMetadata(key) === wanted)
  );
  await add(files, metadata.sort((a, b) => depth(a) - depth(b) || inNumbers(a, b)));
  await add(beside, [...beside.keys()].filter(isMetadata));
  await add(files, chunks.sort(inNumbers));
  await add(beside, [...beside.keys()]);
  await zip.finish();
  return new Blob(parts, { type: "application/octet-stream" });
}

/** Orders keys by the numbers in them. */
const inNumbers = new Intl.Collator("en", { numeric: true }).compare;

function jsonBlob(value: unknown): Blob {
  return blobOf(new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n"));
}

/** Bytes that the browser may keep on its disk. */
function blobOf(...parts: readonly Uint8Array[]): Blob {
  return new Blob([...parts] as Uint8Array<ArrayBuffer>[]);
}
