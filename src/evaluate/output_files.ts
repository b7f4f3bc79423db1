/**
 * Several small files that appear together: refused before any work where one cannot be written, put in place after all
 * of it.
 *
 * @module
 */

import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { createPartial, type PartialOutput } from "../io/files/partial.ts";

/** Which files there will be. */
interface OutputRequest {
  /** Role to path; `undefined` where there is none to be written. */
  readonly paths: Readonly<Record<string, string | undefined>>;
  /** Whether existing ones may be replaced. */
  readonly overwrite: boolean;
  /** Paths that must survive. */
  readonly inputs: readonly string[];
}

/** Files being written. Disposal removes what is not committed. */
export class OutputFiles implements AsyncDisposable {
  /** Role to final path. */
  readonly paths: Readonly<Record<string, string>>;
  readonly #partials: ReadonlyMap<string, PartialOutput>;

  private constructor(paths: Readonly<Record<string, string>>, partials: ReadonlyMap<string, PartialOutput>) {
    this.paths = paths;
    this.#partials = partials;
  }

  /**
   * Creates every file under `PATH.partial`.
   *
   * @throws {UsageError} when two are one path.
   * @throws {WriteError} when one exists and may not be replaced, would harm an input, or cannot be created.
   */
  static async create({ paths, overwrite, inputs }: OutputRequest): Promise<OutputFiles> {
    const given = Object.entries(paths).flatMap(([role, path]) => path === undefined ? [] : [[role, path] as const]);
    const all = given.map(([, path]) => resolve(path));
    const twice = all.find((path, i) => all.indexOf(path) < i);
    if (twice !== undefined) {
      throw new UsageError(`Cannot write '${twice}' as every output must have a path of its own: current count is 2`);
    }
    const partials = new Map<string, PartialOutput>();
    const files = new OutputFiles(Object.fromEntries(given), partials);
    try {
      for (const [role, path] of given) {
        partials.set(role, await createPartial(path, { kind: "file", overwrite, inputs }));
      }
    } catch (error) {
      await files[Symbol.asyncDispose]();
      throw error;
    }
    return files;
  }

  /** Writes a file's content under its partial name. @throws {WriteError} when that fails. */
  async write(role: string, content: string | Uint8Array): Promise<void> {
    const partial = this.#partials.get(role);
    if (!partial) throw new RangeError(`Cannot write an output as its role must be known: current role is '${role}'`);
    await partial.write(content);
  }

  /** Puts all files in place. @throws {WriteError} when that fails. */
  async commit(): Promise<void> {
    for (const partial of this.#partials.values()) await partial.commit();
  }

  /** Removes what is not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const partial of this.#partials.values()) await partial[Symbol.asyncDispose]();
  }
}
