/**
 * `n4 doctor`: what n4 can compute on here, and why not on more.
 *
 * @module
 */

import { type Availability, probeBackends } from "../backends/open.ts";
import { bytesText } from "../figure/format.ts";
import { VERSION } from "../version.ts";
import type { CommandSpec } from "./command.ts";
import { print, printRows } from "./console.ts";
import { jsonText } from "./plain_text.ts";

const OPTIONS = { json: { type: "flag", group: "Doctor", help: "Print JSON." } } as const;

/** The command. */
export const doctorCommand: CommandSpec<typeof OPTIONS> = {
  name: "doctor",
  summary: "Show each backend: available with its device, or the reason it is not.",
  operands: {},
  options: OPTIONS,
  footer:
    "Permissions of 'deno run': read of n4's own folder src; for CUDA --allow-ffi as well, or a library's path for it.",
  async run(_operands, options) {
    const backends = await probeBackends();
    if (options.json) print(`${jsonText({ version: VERSION, backends }, 2)}\n`);
    else printRows([["n4", VERSION], ...backends.map((backend) => [backend.kind, stateOf(backend)] as const)]);
  },
};

function stateOf(backend: Availability): string {
  if (!backend.available) return `not available: ${backend.reason}`;
  const { name, driver, largestBuffer, software } = backend.device;
  const only = software && backend.kind !== "ts"
    ? `; a processor stands in for a GPU, so only '--backend ${backend.kind}' chooses it`
    : "";
  return `available: ${name}; ${driver}; buffers up to ${bytesText(largestBuffer)}${only}`;
}
