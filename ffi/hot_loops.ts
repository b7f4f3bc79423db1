/**
 * A check of the machine code: loops over samples hold no instruction in float64 and no conversion to or from it, which
 * most cards do at a thirty-second or sixty-fourth of the rate of float32.
 *
 * @module
 */

import { run, TARGETS } from "./toolkit.ts";

/** Kernels whose loops are looked at, as the compiler mangles their names. */
const KERNELS = /histogramKernelILb1E|contractRowsKernelILb0ELb1E|subtractKernelIfLb1E/;

/** Instructions in float64, or that convert from or to it. */
const FLOAT64 = /\b(D(ADD|MUL|FMA|SET|SETP|MNMX)|F2F\.\S*F64\S*|F2I\.\S*F64\S*|I2F\.\S*F64\S*|MUFU\.R\w+64H)\b/;

/** What only loops over samples do: read a column of 16 bits, count in shared memory. */
const OVER_SAMPLES = /\b(LDG\S*\.U16\S*|ATOMS\S*)/;

/** The innermost loops over samples by their kernel: their instructions, of a disassembly by `cuobjdump -sass`. */
export function sampleLoops(disassembly: string): Map<string, string[][]> {
  const found = new Map<string, string[][]>();
  for (const text of disassembly.split(/\n\s*Function : /).slice(1)) {
    const [kernel] = text.match(KERNELS) ?? [];
    if (kernel === undefined) continue;
    // Pascal's pairs of instructions that start together stand in braces.
    const code = [...text.matchAll(/\/\*([0-9a-f]{4,})\*\/\s+\{?\s*([^;}\n]+?)\s*[;}]/g)].map(([, at, does]) => ({
      at: parseInt(at, 16),
      does,
    }));
    const loops = code.flatMap(({ at, does }) => {
      const start = parseInt(does.match(/\bBRA\b.*0x([0-9a-f]+)/)?.[1] ?? "", 16);
      return start < at ? [{ start, end: at }] : [];
    });
    const innermost = loops.filter((loop) =>
      !loops.some((other) => other !== loop && other.start >= loop.start && other.end <= loop.end)
    );
    const bodies = innermost.map(({ start, end }) =>
      code.filter(({ at }) => at >= start && at <= end).map(({ does }) => does)
    );
    found.set(kernel, bodies.filter((body) => body.some((does) => OVER_SAMPLES.test(does))));
  }
  return found;
}

/** Disassembles what a library has for each target, and applies {@linkcode demandFloat32}. @throws {Error} */
export async function checkLoops(cuobjdump: string, library: string): Promise<void> {
  for (const target of TARGETS) demandFloat32(await run(cuobjdump, ["-sass", "-arch", `sm_${target}`, library]));
}

/** Fails where a kernel has no loop over samples, or one that computes in float64. @throws {Error} */
export function demandFloat32(disassembly: string): void {
  const kernels = sampleLoops(disassembly);
  if (kernels.size !== 3) {
    throw new Error(`Cannot check the loops as there must be 3 kernels: current is ${kernels.size}`);
  }
  for (const [kernel, loops] of kernels) {
    const slow = loops.flat().filter((does) => FLOAT64.test(does));
    if (loops.length > 0 && slow.length === 0) continue;
    const current = loops.length === 0 ? "no such loop" : slow.join("; ");
    throw new Error(`Cannot build as ${kernel} must have loops over samples in float32 alone: current is ${current}`);
  }
}
