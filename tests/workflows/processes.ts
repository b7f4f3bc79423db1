/**
 * Other programs that the tests of the workflows run.
 *
 * @module
 */

/** How a program is run. */
export interface ToolStart {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program that must end well. @returns its standard output. */
export async function runTool(program: string, args: readonly string[], start: ToolStart = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], ...start }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`'${program} ${args.join(" ")}' must end well: ${err}\n${out}`);
  return out;
}

/** Seconds until something that should come is given up. */
const PATIENCE = 30;

/** Waits until `holds` does. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE * 1000;
  while (!await holds()) {
    if (performance.now() > end) {
      throw new Error(`Cannot go on as it must be so that ${what}: it is not after ${PATIENCE} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Two ports that nobody listens on. */
export function freePorts(): [number, number] {
  using one = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return [one.addr.port, other.addr.port];
}
