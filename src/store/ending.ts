/**
 * The end of a run: everything that was made gets its name. What gets which name is written down before the first is
 * given, so that a process that dies in between leaves nothing undecided: the next one gives the names that are left.
 *
 * @module
 */

import { WriteError } from "../errors.ts";
import { writeFailure } from "../io/files/file_errors.ts";
import { demandReplaceable, entryAt, namesOf } from "../io/files/output_guard.ts";
import { ENDING, removeFinished } from "../io/files/leftovers.ts";
import { placeOutput, syncFile } from "../io/files/place.ts";
import { demandKeptBy } from "../io/ome_zarr/replaced.ts";
import { readChecked, withChecksum } from "./checked_json.ts";
import { writeNew } from "./checkpoint_file.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunRecord } from "./run_record.ts";

/** What gets which name. */
export interface Placement {
  /** Where it was made. */
  readonly from: string;
  /** Final path. */
  readonly to: string;
  /** See {@linkcode ImageOutput.givenUp}. */
  readonly givenUp?: readonly string[];
}

/** The end of a run, as its folder keeps it. */
export interface Ending {
  /** In the order in which names are given: the corrected image last but for report and page. */
  readonly placements: readonly Placement[];
  /** Whether what has these names may be replaced. */
  readonly overwrite: boolean;
  /** What the run is. */
  readonly record: RunRecord;
  /** Its report, JSON. */
  readonly report: unknown;
}

/** Writes down how the run ends. From here on it will end so, whoever does it. */
export async function keepEnding({ path }: RunFolder, ending: Ending): Promise<void> {
  await writeNew(`${path}/${ENDING}`, [new TextEncoder().encode(JSON.stringify(withChecksum(ending)) + "\n")]);
}

/** How the run of a folder ends, where that is decided. @throws {WriteError} when what was written down is damaged. */
export async function readEnding({ path }: Pick<RunFolder, "path">): Promise<Ending | undefined> {
  const text = await textOf(`${path}/${ENDING}`);
  if (text === undefined) return undefined;
  const { found, holds } = readChecked<Ending>(text);
  if (holds) return found as Ending;
  const rule =
    "its checksum must hold: current content is damaged (give option 'overwrite' without option 'resume' to begin anew)";
  throw new WriteError(path, `Cannot end the run as '${path}/${ENDING}' says as ${rule}`);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return undefined;
    throw writeFailure(path, [path], cause);
  }
}

/**
 * Gives the names that have not been given yet: a process before this one may have given some. None is given before all
 * can be, and each of them stands for a few renames only: what they replace is removed after the last.
 *
 * @param folder the folder of the run; it stays.
 * @throws {WriteError} when one cannot be given.
 */
export async function giveNames({ placements, overwrite }: Ending, folder: string): Promise<void> {
  const each = async (work: (placement: Placement) => Promise<void>) => {
    for (const placement of placements) {
      const { to } = placement;
      await work(placement).catch((cause) => {
        throw cause instanceof WriteError ? cause : writeFailure(to, [to, namesOf(to).partial], cause);
      });
    }
  };
  await each((placement) => demandNameable(placement, overwrite));
  await each(async ({ from, to }) => {
    if (await entryAt(from)) await placeOutput(from, to, overwrite);
  });
  await each(async ({ from, to }) => {
    if (!from.startsWith(`${folder}/`)) await removeFinished(namesOf(to).partial);
  });
}

/** Has a file on the disk before its name. @throws {WriteError} when an output is gone, or may not have its name. */
async function demandNameable({ from, to, givenUp }: Placement, overwrite: boolean): Promise<void> {
  const made = await entryAt(from);
  if (made) {
    if (made.isFile) await syncFile(from);
    await demandReplaceable(namesOf(to).out, made.isDirectory ? "directory" : "file", overwrite);
    await demandKeptBy(from, { path: to, givenUp });
  } else if (!await entryAt(to)) {
    const way = "give option 'overwrite' without option 'resume' to begin anew";
    throw new WriteError(to, `Cannot finish ${to} as ${from} must be there: it is not (${way})`);
  }
}
