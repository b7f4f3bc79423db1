/**
 * `deno task bench`: every stage of the TypeScript backend and whole fits over growing volumes. Below the times of `deno bench` a table tells what an element costs, what rate
 * that is, and its share of what a copy of as many bytes reaches on one thread in the same run. `--filter NAME` chooses.
 *
 * @module
 */

import { boxBenches } from "./box_stages.ts";
import { fitStageBenches } from "./fit_stages.ts";
import { registerBenches } from "./stage_table.ts";

/** Voxels along each axis: a slab's worth, a head at 2 mm, a head at 1 mm. */
const SIZES = [48, 96, 160];

registerBenches([...fitStageBenches(SIZES), ...boxBenches(SIZES)]);
