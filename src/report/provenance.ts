/**
 * How an output came about, for its metadata: the same for the same result, whatever machine made it and wherever its
 * files lay.
 *
 * @module
 */

import { keysOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS } from "../options/table.ts";
import { VERSION } from "../version.ts";

const VALUES = keysOfKind(CORRECT_OPTIONS, "value");

/** The tool, its version, and every option that the voxels depend on; neither paths nor a time. */
export function provenanceOf(
  command: string,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const named = Object.entries(options).filter(([key, value]) => value !== undefined && VALUES.includes(key));
  return { tool: "n4", version: VERSION, command, options: Object.fromEntries(named) };
}
