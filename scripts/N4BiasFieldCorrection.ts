/**
 * ANTs' `N4BiasFieldCorrection`, computed by n4: the same command line, defaults and numbers. See `--help`, and
 * docs/from_ants.md for how to put it in front of the other.
 *
 * @module
 */

import { runAnts } from "../src/cli/ants/command.ts";

if (import.meta.main) Deno.exitCode = await runAnts(Deno.args);
