/**
 * `n4 doctor`: what n4 can compute on here, and why not on more.
 *
 * @module
 */

import { type Availability, probeBackends } from "../backends/open.ts";
import { VERSION } from "../version.ts";
import type { CommandSpec } from "./command.ts";
import { print } from "./console.ts";
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
    print(options.json ? `${jsonText({ version: VERSION, backends }, 2)}\n` : doctorText(backends));
  },
};

function doctorText(backends: readonly Availability[]): string {
  const lines = backends.map((backend) => {
    if (!backend.available) return `${backend.kind.padEnd(7)} not available: ${backend.reason}`;
    const { name, driver, largestBuffer, software } = backend.device;
    const size = largestBuffer < 2 ** 30
      ? `${(largestBuffer / 2 ** 20).toFixed(0)} MiB`
      : `${(largestBuffer / 2 ** 30).toFixed(1)} GiB`;
    const only = software && backend.kind !== "ts"
      ? `; a processor stands in for a GPU, so only '--backend ${backend.kind}' chooses it`
      : "";
    return `${backend.kind.padEnd(7)} available: ${name}; ${driver}; buffers up to ${size}${only}`;
  });
  return [`n4 ${VERSION}`, ...lines, ""].join("\n");
}
