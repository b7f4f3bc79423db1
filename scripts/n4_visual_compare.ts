/**
 * Compares two bias corrections of a slab: `n4_visual_compare.ts --zarr IN --output PICTURE.png`. See `--help`.
 *
 * @module
 */

import { runCommand } from "../src/cli/command.ts";
import { compareCommand } from "../src/cli/compare_command.ts";

if (import.meta.main) Deno.exitCode = await runCommand(compareCommand, "n4_visual_compare", Deno.args);
