/**
 * How many physical sections a stack has, where the user leaves that to its brightness along z.
 *
 * @module
 */

import { findSections } from "../intensity/stacks/detect_sections.ts";
import type { RunLog } from "../run_log.ts";
import type { VolumeSource } from "../volume.ts";

/** Boxes that are read to count sections. */
const LOOK = { boxVoxels: 2 ** 22, slots: 1 } as const;

/** How many sections stand out; nothing where none do, which says nothing of what the image is. */
export async function countSections(
  source: VolumeSource,
  log: RunLog,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const { count, jumps } = await findSections(source, { ...LOOK, log, signal });
  const certainty = count === 1
    ? "no number of evenly spaced jumps along z stands out (option 'nSerialSlices' states it)"
    : `${jumps} of the ${count - 1} borders between them are jumps of brightness along z`;
  (count === 1 ? log.warn : log.note).call(log, `Sections: ${count}, as ${certainty}.`);
  return count === 1 ? undefined : count;
}
