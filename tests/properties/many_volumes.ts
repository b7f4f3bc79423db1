/**
 * The properties over many volumes of up to 40 voxels an axis: `deno task suite properties --runs 2000 --seed 7`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { registerProperties } from "./suite.ts";

/** Most voxels, about: a case then takes a tenth of a second. */
const MOST_VOXELS = 8000;

const { values } = parseArgs({
  options: { runs: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});

registerProperties({ runs: Number(values.runs), seed: Number(values.seed), longest: 40, voxels: MOST_VOXELS });
