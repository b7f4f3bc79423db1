/**
 * One volume of an OME-Zarr level, box by box. A box costs the chunks it touches and nothing else; up to
 * `READS_AT_ONCE` are under way at a time. Every chunk is checked before its voxels are used (see `codecs.ts`).
 *
 * @module
 */

import { CorruptDataError } from "../../errors.ts";
import { type Box, geometryOf, type Triple, type VolumeSource } from "../../volume.ts";
import { forEachBounded } from "../flow/bounded.ts";
import { fillShared, touchedChunks } from "../zarr/chunk_grid.ts";
import { checkBox } from "../flow/boxes.ts";
import { canMark, markOf } from "../zarr/chunk_marks.ts";
import { type OmeAxis, spatialTriple } from "./axes.ts";
import type { OmeZarrImage, OpenOptions } from "./image.ts";
import type { OmeZarrMetadata } from "./metadata_read.ts";
import { ChunkReader } from "../zarr/chunk_reader.ts";
import type { MissingChunks } from "../zarr/missing_chunks.ts";
import type { ZarrStore } from "../zarr/store.ts";

/** Chunks of one box that are read at once: enough to hide the latency of a disk, few enough to bound memory. */
const READS_AT_ONCE = 4;

/** One volume of an image. */
export function volumeOf(
  image: OmeZarrImage,
  store: ZarrStore,
  { array, multiscale: { axes, levels }, level }: OmeZarrMetadata,
  index: number,
  { threads, cache, time = 0, requireAllChunks = false, missing }: OpenOptions & { readonly missing: MissingChunks },
): VolumeSource {
  const { path, shape, dataType } = image;
  const c = axisIndex(axes, "c");
  const t = axisIndex(axes, "t");
  const count = array.shape[c] ?? 1;
  const [channel, point] = [index % count, time === "all" ? Math.floor(index / count) : time];
  const [channels, points] = [array.chunk.shape[c] ?? 1, array.chunk.shape[t] ?? 1];
  const layout = {
    dataType,
    littleEndian: array.chunk.littleEndian,
    offset: (channel % channels) * (array.chunk.strides[c] ?? 0) + (point % points) * (array.chunk.strides[t] ?? 0),
    strides: spatialStrides(axes, array.chunk.strides),
  };
  const chunk = spatialShape(axes, array.chunk.shape);
  /** Reads a box as values, or as the marks of `mark`. */
  const readInto = async (box: Box, out: Float32Array | Uint8Array, label?: number): Promise<void> => {
    checkBox("read", box, shape, out.length);
    const decoding = { threads, cache: cache?.serve(index) ? cache : undefined };
    const reader = new ChunkReader(store, levels[level].path, array, decoding);
    await forEachBounded(touchedChunks(box, chunk), READS_AT_ONCE, async (touched) => {
      const [z, y, x] = touched.place;
      const places = { t: Math.floor(point / points), c: Math.floor(channel / channels), z, y, x };
      const coordinates = axes.map(({ name }) => places[name]);
      if (await reader.readInto({ touched, box, out, label }, coordinates, layout)) return;
      if (requireAllChunks) throw missingChunk(path, reader.nameOf(coordinates));
      await missing.add(coordinates);
      const { fillValue } = array;
      fillShared(out instanceof Float32Array ? fillValue : markOf(fillValue, label), touched.shared, box, out);
    });
  };
  const mark = canMark(dataType) ? readInto : undefined;
  return { ...geometryOf(image), dataType, chunk, forwardOnly: false, read: readInto, mark };
}

function missingChunk(path: string, name: string): CorruptDataError {
  const message = `Cannot read chunk '${name}' of '${path}' as all chunks must be stored: current one is missing`;
  return new CorruptDataError(path, name, message);
}

/** Where an axis stands; -1 where there is none. */
export function axisIndex(axes: readonly OmeAxis[], name: OmeAxis["name"]): number {
  return axes.findIndex((axis) => axis.name === name);
}

/** Entries of a shape that belong to `z, y, x`; 1 where there is no z axis. */
export function spatialShape(axes: readonly OmeAxis[], shape: readonly number[]): Triple {
  const [z, y, x] = spatialTriple(axes, shape);
  return [axisIndex(axes, "z") < 0 ? 1 : z, y, x];
}

/** Strides along `z, y, x`; 0 where there is no z axis, since its index is always 0. */
function spatialStrides(axes: readonly OmeAxis[], strides: readonly number[]): Triple {
  const [z, y, x] = spatialTriple(axes, strides);
  return [axisIndex(axes, "z") < 0 ? 0 : z, y, x];
}
