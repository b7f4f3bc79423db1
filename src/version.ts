/**
 * The version of n4, as deno.json gives it.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** Version of this package. */
export const VERSION: string = config.version;
