/**
 * What stands beside a NIfTI in BIDS: a JSON of its name, which says whether the scanner has corrected the image.
 *
 * @module
 */

import { readText } from "../io/files/text_input.ts";
import type { RunLog } from "../run_log.ts";

/** What `ImageType` holds of an image whose shading the scanner has taken off. */
const NORMALISED = "NORM";

/** Warns of an image that the scanner has corrected. A sidecar that is not there, or may not be read, says nothing. */
export async function tellNormalised(path: string, log: RunLog): Promise<void> {
  const sidecar = path.replace(/\.nii(\.gz)?$/i, ".json");
  if (sidecar === path) return;
  const { state } = await Deno.permissions.query({ name: "read", path: sidecar });
  const text = state === "granted" ? await readText(sidecar).catch(() => "") : "";
  if (!imageTypes(text).includes(NORMALISED)) return;
  log.warn(
    `The scanner has corrected this image already (${NORMALISED} in ImageType of '${sidecar}'), so that there may be ` +
      "little left to do: see the verdict, and option 'skipIfEven'.",
  );
}

function imageTypes(text: string): readonly unknown[] {
  try {
    const { ImageType: types } = JSON.parse(text);
    return Array.isArray(types) ? types : [];
  } catch {
    return [];
  }
}
