/**
 * `deno task bench`: every stage of the TypeScript backend, the steps around the fit, masks, storage, and whole fits over growing volumes. Below the times of `deno bench` a
 * table tells what an element costs, what rate that is, and its share of what a copy of as many bytes reaches on one thread in the same run. `--filter NAME` chooses;
 * `-- --keep` writes the table to bench/results/stages.json and docs/performance.md.
 *
 * @module
 */

import { boxBenches } from "./box_stages.ts";
import { fitStageBenches } from "./fit_stages.ts";
import { intensityBenches } from "./intensity_stages.ts";
import { maskBenches } from "./mask_stages.ts";
import { registerBenches } from "./stage_table.ts";
import { storageBenches } from "./storage_stages.ts";

/** Voxels along each axis: a slab's worth, a head at 2 mm, a head at 1 mm. */
const SIZES = [48, 96, 160];

registerBenches([
  ...fitStageBenches(SIZES),
  ...boxBenches(SIZES),
  ...intensityBenches(SIZES),
  ...maskBenches(SIZES),
  ...storageBenches(SIZES),
]);
