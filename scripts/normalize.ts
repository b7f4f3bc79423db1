/**
 * Normalises a stack by its agarose: `normalize.ts IN OUT`. See `--help`.
 *
 * @module
 */

import { runCommand } from "../src/cli/command.ts";
import { normalizeCommand } from "../src/cli/normalize_command.ts";

if (import.meta.main) Deno.exitCode = await runCommand(normalizeCommand, "normalize", Deno.args);
