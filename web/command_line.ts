/**
 * The command line that does what the page does.
 *
 * @module
 */

import { flagOf } from "../src/options/spec.ts";
import type { SavedFormat } from "./messages.ts";

/** What a command line is made of. */
interface CommandParts {
  /** As they were typed. */
  readonly options: Readonly<Record<string, string>>;
  /** Name of the mask's file. */
  readonly mask?: string;
  readonly format: SavedFormat;
}

/** `n4 correct` of an image. */
export function commandLine(image: string, { options, mask, format }: CommandParts): string {
  const given = Object.entries({ ...options, mask: mask ?? "" }).filter(([, text]) => text.trim() !== "");
  const words = given.flatMap(([key, text]) => [flagOf(key), ...key === "mask" ? [text] : text.trim().split(/\s+/)]);
  return ["n4", "correct", image, besideName(image, `n4.${format}`), ...words].map(quoted).join(" ");
}

/** The name of a file beside the image, from the image's own without its ending: `head.nii.gz`, `head_n4.nii.gz`. */
export function besideName(image: string, end: string): string {
  return `${image.replace(/(\.(nii|hdr|img))?(\.gz)?$|(\.(ome|nii))?\.zarr(\.zip)?$|\.(zip|ozx)$/i, "")}_${end}`;
}

/** A word as a shell takes it for one. */
function quoted(word: string): string {
  return /^[\w./:=+,@%-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
