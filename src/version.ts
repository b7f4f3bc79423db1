/**
 * The version of n4, as deno.json gives it.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** Version of this package. */
export const VERSION: string = config.version;

/** What n4 runs on: Deno, V8, the system. */
export function runtimeInfo(): { readonly deno: string; readonly v8: string; readonly system: string } {
  return { deno: Deno.version.deno, v8: Deno.version.v8, system: `${Deno.build.os} ${Deno.build.arch}` };
}
