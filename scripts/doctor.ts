/**
 * What n4 can compute on here, and why not on more.
 *
 * @module
 */

import { runCommand } from "../src/cli/command.ts";
import { doctorCommand } from "../src/cli/doctor_command.ts";

if (import.meta.main) Deno.exitCode = await runCommand(doctorCommand, "doctor", Deno.args);
