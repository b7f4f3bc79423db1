/**
 * An image file: one or more volumes of equal geometry (time points of a NIfTI, channels of an OME-Zarr), opened for
 * reading or created for writing. The formats implement these two interfaces; nothing outside `io` knows which format
 * it holds.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { PartialOptions, PartialOutput } from "./files/partial.ts";
import type { PyramidPlan } from "./pyramid/plan.ts";
import type { Threads } from "../thread_job.ts";
import type { DataType, Geometry, StorageCounts, VolumeSink, VolumeSource } from "../volume.ts";

/** The file formats n4 reads and writes. */
export type ImageFormat = "nifti" | "ome-zarr";

/** The format that a new image of this name gets. @throws {UsageError} when the name has no known ending. */
export function imageFormatFor(path: string): ImageFormat {
  const name = path.toLowerCase().replace(/\/+$/, "");
  if (/\.(zarr(\.zip)?|ozx)$/.test(name)) return "ome-zarr";
  if (/\.nii(\.gz)?$/.test(name)) return "nifti";
  throw new UsageError(
    `Cannot create '${path}' as its name must end in .ome.zarr, .zarr, .ozx, .ome.zarr.zip, .nii or .nii.gz`,
  );
}

/** An image opened for reading. Never written to. */
export interface ImageFile extends Geometry, AsyncDisposable {
  /** Path as given by the caller. */
  readonly path: string;
  /** File format. */
  readonly format: ImageFormat;
  /** Numeric type as stored. */
  readonly dataType: DataType;
  /** How many volumes it holds: NIfTI's 4th dimension, OME-Zarr's channels at each of its times. */
  readonly volumes: number;
  /** How many times its volumes are of, in order, every channel of one after the other; left out: 1. */
  readonly times?: number;
  /** How many time points the file has, of which one or all were opened; left out: 1. */
  readonly timePoints?: number;
  /** Resolution levels of the file, the finest included; 1 where the format has none. */
  readonly levels: number;
  /** Whether the file names the unit of its lengths; where it does not, they are taken as mm. */
  readonly unitGiven: boolean;
  /** Facts worth showing, name to value, in display order (format version, codec, units, levels, orientation codes). */
  readonly details: Readonly<Record<string, string>>;
  /** Chunks that were looked for so far and are not stored, of all that there are; left out: the format has none. */
  readonly missingChunks?: { readonly count: number; readonly total: number; readonly fillValue: number };
  /** The names of the label images within it, as they are listed; left out: the format has none. */
  labels?(): Promise<string[]>;
  /** The volume at `index` (0-based). @throws {RangeError} when there is no such volume. */
  volume(index: number): VolumeSource;
}

/** A sentence about chunks that are not stored; `undefined` where all were. */
export function tellMissingChunks({ path, missingChunks }: ImageFile): string | undefined {
  if (!missingChunks?.count) return undefined;
  const { count, total, fillValue } = missingChunks;
  return `${count} of ${total} chunks of '${path}' are not stored: read as the fill value ${fillValue}.`;
}

/** What a new image shall be. */
export interface ImageSpec extends Geometry {
  /** Numeric type to store. */
  readonly dataType: DataType;
  /** How many volumes, >= 1; with 1 the 4th axis is left out. */
  readonly volumes: number;
  /** How many times they are of, a divisor of their number; left out: 1. */
  readonly times?: number;
  /** The image whose header and metadata are carried over where the format is the same. */
  readonly template?: ImageFile;
  /** The volumes of the template that the image holds, in order, whose metadata is carried over; left out: none. */
  readonly carried?: readonly number[];
  /** How the image came about, for formats that can hold it: the tool, its version and its options, and no time. */
  readonly provenance?: Readonly<Record<string, unknown>>;
  /** Coarser levels beside the image itself; left out: none. Formats without levels refuse any. */
  readonly pyramid?: PyramidPlan;
}

/** How the files of a new image are created, whatever its format. */
export interface NewImageOptions extends Partial<Omit<PartialOptions, "kind">> {
  /** Whether several processes write the image, one after the other or at once: what is there stays; not by default. */
  readonly stepwise?: boolean;
  /** A folder of the caller's to write in, beside other files; left out: one is made that holds this image alone. */
  readonly within?: PartialOutput;
  /** Who encodes, and decodes what coarser levels are made from; left out: the calling thread. */
  readonly threads?: Threads;
}

/** Checks the index of a volume of an image, and returns it. @throws {RangeError} when there is no such volume. */
export function checkVolume(
  action: "open" | "write",
  { path, volumes }: Pick<ImageFile, "path" | "volumes">,
  index: number,
): number {
  if (Number.isInteger(index) && index >= 0 && index < volumes) return index;
  const text = `Cannot ${action} a volume of '${path}' as its index must be 0 to ${volumes - 1}`;
  throw new RangeError(`${text}: current value is ${index}`);
}

/** A coarser level of an image being written. */
export interface CoarserLevel {
  /** Number of the finer level that it is computed from. */
  readonly from: number;
  /** The sink for the volume at `index` (0-based). */
  sink(index: number): VolumeSink;
  /** The volume at `index` of the finer level that this one is computed from, as stored; it must have been written. */
  source(index: number): Promise<VolumeSource>;
}

/**
 * An image being written under `PATH.partial`. Either {@linkcode ImageOutput.commit} renames it to `PATH`, or disposal
 * removes it: a half-written image never carries the final name.
 */
export interface ImageOutput extends AsyncDisposable {
  /** Final path. */
  readonly path: string;
  /** What rounding to the stored type did so far. */
  readonly counts: StorageCounts;
  /** The sink for the volume at `index` (0-based). Volumes are written one after the other, in order. */
  volume(index: number): VolumeSink;
  /** Of an OME-Zarr: labels of what it replaces that the user gives up. */
  readonly givenUp?: readonly string[];
  /** Level 1 and on, finer ones first, each written like the image itself (see `pyramid/pass.ts`). */
  readonly coarser: readonly CoarserLevel[];
  /**
   * Completes the file (trailers, metadata) where it is being written. What several processes have written, one
   * completes.
   *
   * @returns where it is.
   * @throws {WriteError} when a part of it has not been written.
   */
  complete(): Promise<string>;
  /** Leaves what is written on disposal, for a later run to go on with. */
  keep(): void;
  /**
   * Completes the file, flushes it to disk and renames it into place.
   *
   * @throws {WriteError} when that fails; the final path is then as it was before.
   */
  commit(): Promise<void>;
}
