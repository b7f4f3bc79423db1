/**
 * The command line that does what the page does.
 *
 * @module
 */

import { flagOf } from "../src/options/spec.ts";

/** `n4 correct` with options as they were typed. @param mask name of the mask's file. */
export function commandLine(
  image: string,
  { options, mask }: { readonly options: Readonly<Record<string, string>>; readonly mask?: string },
): string {
  const given = Object.entries({ ...options, mask: mask ?? "" }).filter(([, text]) => text.trim() !== "");
  const words = given.flatMap(([key, text]) => [flagOf(key), ...key === "mask" ? [text] : text.trim().split(/\s+/)]);
  return ["n4", "correct", image, correctedName(image), ...words].map(quoted).join(" ");
}

/** The name of the corrected image: `head.nii.gz` becomes `head_n4.nii`. */
export function correctedName(image: string): string {
  return besideName(image, "n4.nii");
}

/** The name of a file beside the corrected image, from the image's own without its extension. */
export function besideName(image: string, end: string): string {
  return `${image.replace(/(\.nii)?(\.gz)?$/i, "")}_${end}`;
}

/** A word as a shell takes it for one. */
function quoted(word: string): string {
  return /^[\w./:=+,@%-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
