/**
 * Several small files that appear together: refused before any work where one cannot be written, put in place after all
 * of it.
 *
 * @module
 */

import { demandDistinct } from "../io/files/output_guard.ts";
import { createPartial, type PartialOutput } from "../io/files/partial.ts";
import { linksReplaced } from "../io/files/place.ts";
import type { RunLog } from "../run_log.ts";

/** Files being written, by their roles. */
export type OutputFiles = ReadonlyMap<string, PartialOutput>;

/** Which files there will be. */
interface OutputRequest {
  /** Role to path; `undefined` where there is none to be written. */
  readonly paths: Readonly<Record<string, string | undefined>>;
  /** Whether existing ones may be replaced; left out: no. */
  readonly overwrite?: boolean;
  /** Paths that must survive. */
  readonly inputs: readonly (string | undefined)[];
  /** Hears of links that are replaced. */
  readonly log: RunLog;
}

/**
 * Creates every file under `PATH.partial`.
 *
 * @param stack removes at its end what is not committed.
 * @throws {UsageError} when two are one path.
 * @throws {WriteError} when one exists and may not be replaced, would harm an input, or cannot be created.
 */
export async function createFiles(stack: AsyncDisposableStack, request: OutputRequest): Promise<OutputFiles> {
  const { paths, overwrite = false, log } = request;
  const given = Object.entries(paths).flatMap(([role, path]) => path === undefined ? [] : [[role, path] as const]);
  demandDistinct({}, Object.fromEntries(given));
  const inputs = request.inputs.filter((path) => path !== undefined);
  const files = new Map<string, PartialOutput>();
  for (const [role, path] of given) {
    files.set(role, stack.use(await createPartial(path, { kind: "file", overwrite, inputs })));
  }
  for (const text of await linksReplaced(given.map(([, path]) => path))) log.warn(text);
  return files;
}

/** Puts all files in place. @throws {WriteError} when that fails. */
export async function commitFiles(files: OutputFiles): Promise<void> {
  for (const file of files.values()) await file.commit();
}

/** Role to path. */
export function pathsOf(files: OutputFiles): Record<string, string> {
  return Object.fromEntries(Array.from(files, ([role, { path }]) => [role, path]));
}
