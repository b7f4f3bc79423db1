/**
 * Commands on a real terminal, which `script` (util-linux) makes, and what is left on it.
 *
 * @module
 */

/** What a command has written to a terminal, and how it ended. */
interface Written {
  readonly written: string;
  readonly code: number;
}

/** Runs a line of the shell on a terminal of some columns. */
export async function runOnTerminal(
  folder: string,
  columns: number,
  line: string,
  env: Record<string, string>,
): Promise<Written> {
  const { code, stdout } = await new Deno.Command("/usr/bin/script", {
    args: ["-qefc", `/bin/stty cols ${columns} rows 24; ${line}`, "/dev/null"],
    cwd: folder,
    stdin: "null",
    env: { TERM: "xterm", SHELL: "/bin/sh", ...env },
  }).output();
  // Deno itself clears the line while it loads modules.
  const written = new TextDecoder().decode(stdout).replaceAll("\x1b[0G\x1b[2K\x1b[J", "");
  return { written: written.replaceAll("\r\n", "\n"), code };
}

/** The screen of a terminal that knows what n4 uses: carriage return, erasing of the line, colours. */
export function screenOf(written: string, columns: number): string[] {
  const rows = [""];
  let at = 0;
  // deno-lint-ignore no-control-regex
  for (const [part] of written.replace(/\x1b\[\d*m/g, "").matchAll(/\x1b\[2K|[^]/g)) {
    const last = rows.length - 1;
    if (part === "\n") rows.push("");
    else if (part === "\x1b[2K") rows[last] = "";
    if (part === "\n" || part === "\r") at = 0;
    if (["\n", "\r", "\x1b[2K"].includes(part)) continue;
    // A row that is full goes on in the next, and an erasure no longer reaches it.
    if (at === columns) {
      rows.push("");
      at = 0;
    }
    const row = rows[rows.length - 1];
    rows[rows.length - 1] = row.slice(0, at) + part + row.slice(at + 1);
    at++;
  }
  return rows;
}
