/**
 * Output of the scripts.
 *
 * @module
 */

/** Prints a line to standard output, or a text of several. */
export function print(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}
