/**
 * Corrects the intensity bias of a 3-D image: `correct_bias_field.ts IN OUT`. See `--help`.
 *
 * @module
 */

import { correctCommand } from "../src/cli/correct_command.ts";
import { runCommand } from "../src/cli/command.ts";

if (import.meta.main) Deno.exitCode = await runCommand(correctCommand, "correct_bias_field", Deno.args);
