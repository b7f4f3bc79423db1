/**
 * A command's wall and processor time and its largest memory, as the system counts them.
 *
 * @module
 */

const SCRIPT = new URL("./measured_command.py", import.meta.url).pathname;

/** What a run of a command took. */
export interface Measured {
  /** Wall time. */
  readonly seconds: number;
  /** Time of all processors together. */
  readonly processorSeconds: number;
  /** Most memory resident at once. */
  readonly peakBytes: number;
}

/** n4 as its users run it, with what a correction may do. */
export const N4 = [
  "deno",
  "run",
  "--no-check",
  "--allow-read",
  "--allow-write",
  "--allow-sys",
  "--allow-env",
  new URL("../scripts/n4.ts", import.meta.url).pathname,
] as const;

/** What benches need beside n4, and how to get it. */
const NEEDED = {
  "peers": [new URL("../.venv/peers/bin/python", import.meta.url), "run 'deno task suite bench:setup'"],
  "zarr-python": [new URL("../.venv/interop/bin/python", import.meta.url), "run 'deno task suite interop:setup'"],
  "heads": [new URL("file:///usr/share/mricron/templates/"), "install Debian's mricron-data"],
  "pigz": [new URL("file:///usr/bin/pigz"), "install pigz"],
} as const;

/** Checks what a bench needs before minutes go by. @throws {Error} naming what is not there, and how to get it. */
export async function demandNeeded(...names: readonly (keyof typeof NEEDED)[]): Promise<void> {
  for (const [place, how] of names.map((name) => NEEDED[name])) {
    const missing = () => Promise.reject(new Error(`Cannot measure as ${place.pathname} must be there: ${how}`));
    await Deno.stat(place).catch(missing);
  }
}

/** Runs a command. @throws {Error} when it fails, with what it said last. */
export async function measure(command: readonly string[]): Promise<Measured> {
  const { stdout } = await new Deno.Command("python3", { args: [SCRIPT, ...command], stderr: "inherit" }).output();
  const { code, stderr, ...measured } = JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "");
  if (code !== 0) throw new Error(`Cannot measure '${command.join(" ")}' as it must succeed: ${stderr}`);
  return measured;
}
