/**
 * How an output came about, for its metadata: the same for the same result, whatever machine made it and wherever its files lay.
 *
 * @module
 */

import { CORRECT_OPTIONS } from "../options/table.ts";
import { FREE_OPTIONS } from "../store/run_record.ts";
import { VERSION } from "../version.ts";

/** The tool, its version, and every option that the voxels depend on; neither paths nor a time. */
export function provenanceOf(
  command: string,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const specs: Readonly<Record<string, { readonly value: string } | undefined>> = CORRECT_OPTIONS;
  const told = Object.entries(options).filter(([key, value]) =>
    value !== undefined && !FREE_OPTIONS.has(key) && specs[key] !== undefined && specs[key].value !== "<path>"
  );
  return { tool: "n4", version: VERSION, command, options: Object.fromEntries(told) };
}
