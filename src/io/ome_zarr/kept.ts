/**
 * What an OME-Zarr output takes over from the image it is made of beside voxels and attributes, and what it cannot: its
 * version, and the label images.
 *
 * @module
 */

import type { ImageSpec } from "../image.ts";
import { isOzxName } from "../zip/read.ts";
import { NiftiImage } from "../nifti/read.ts";
import { hasLabels } from "./labels.ts";
import { headerBeside } from "./nifti_header.ts";
import { placeOf } from "./place.ts";
import { OmeZarrImage } from "./image.ts";

/** The versions of OME-Zarr that are written. */
export type OmeVersion = "0.4" | "0.5";

/** What the user says about it. */
interface KeptChoices {
  /** Left out: the input's where it is 0.4 and nothing else needs 0.5, else 0.5. */
  readonly omeVersion?: OmeVersion;
  /** Whether labels are copied; left out: they are. */
  readonly copyLabels?: boolean;
  /** Voxels of a shard; version 0.4 has none. */
  readonly shard?: readonly number[];
}

/** What is kept. */
export interface KeptParts {
  readonly version: OmeVersion;
  /** The NIfTI header that lies beside the levels: where the input has one, or the name is that of a nifti-zarr. */
  readonly header?: Uint8Array | undefined;
  /** The image whose labels are copied; left out: there are none. */
  readonly labelled?: OmeZarrImage;
  /** What the output cannot hold, in sentences. */
  readonly lost: readonly string[];
}

/** Names of stores with a NIfTI header. */
const NIFTI_ZARR = /\.nii\.zarr(\.zip)?\/*$/i;
/** Axes that are oblique by more than this are worth a warning, degrees. */
const OBLIQUE = 0.1;

/** Settles what an output of this name keeps. */
export async function keptParts(path: string, spec: ImageSpec, choices: KeptChoices): Promise<KeptParts> {
  const { template, carried } = spec;
  const input = template instanceof OmeZarrImage ? template : undefined;
  const usual = input?.version.startsWith("0.4") && !choices.shard && !isOzxName(path) ? "0.4" : "0.5";
  const { omeVersion: version = usual, copyLabels = true } = choices;
  const { angle } = placeOf(spec);
  const header = input?.header || NIFTI_ZARR.test(path) ? headerBeside(spec, input?.header) : undefined;
  const lost = angle < OBLIQUE || header ? [] : [
    `The axes of '${template?.path ?? path}' are oblique by up to ${angle.toPrecision(2)} degrees, which an OME-Zarr ` +
    `cannot say: its place and orientation are those of the nearest directions.`,
  ];
  const besides = template instanceof NiftiImage && !header ? template.besides(spec.volumes) : [];
  if (besides.length > 0) {
    const way = "an output whose name ends in .nii.zarr does";
    lost.push(`An OME-Zarr does not hold what '${template?.path}' has besides: ${besides.join(", ")} (${way}).`);
  }
  if (!input || !carried || !copyLabels || !await hasLabels(input.store)) return { version, header, lost };
  const reason = labelObjection(input, version);
  if (reason === undefined) return { version, header, labelled: input, lost };
  return { version, header, lost: [...lost, `The labels of '${input.path}' are not copied as ${reason}.`] };
}

/** Why labels that are copied as they are would not fit the output. */
function labelObjection(input: OmeZarrImage, version: OmeVersion): string | undefined {
  if (!input.store.list) return "a server does not say which files they are";
  if (input.level !== 0) return "they belong to its finest level";
  if (input.zarrFormat !== zarrFormatOf(version)) return `they are in Zarr v${input.zarrFormat}`;
  if (input.times !== input.timePoints) return "they are of all time points";
  return input.isStated ? "its lengths are stated by option 'unit' or option 'voxelSize'" : undefined;
}

/** The format of Zarr that a version of OME-Zarr is kept in. */
export function zarrFormatOf(version: OmeVersion): 2 | 3 {
  return version === "0.4" ? 2 : 3;
}
