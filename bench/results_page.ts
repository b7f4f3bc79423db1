/**
 * Where benches leave what they found: JSON in bench/results, tables in docs (performance.md, if nothing else is said) between the lines `<!-- NAME: begin -->` and `<!-- NAME: end -->`.
 *
 * @module
 */

const RESULTS = new URL("./results/", import.meta.url);
const PAGE = new URL("../docs/performance.md", import.meta.url);

/** What every result says of its origin. */
export interface Origin {
  /** Day. */
  readonly date: string;
  /** What was typed. */
  readonly command: string;
  /** Processor and its threads. */
  readonly device: string;
  /** Deno and V8. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The origin of a result made now by a task. */
export function originOf(task: string, args: readonly string[]): Origin {
  return {
    date: new Date().toISOString().slice(0, 10),
    command: [`deno task ${task}`, ...args].join(" "),
    device: `${navigator.hardwareConcurrency} cores, ${Deno.build.arch}`,
    versions: { deno: Deno.version.deno, v8: Deno.version.v8 },
  };
}

/** An origin as the sentence above a table. */
export function originSentence({ date, command, device, versions }: Origin): string {
  const from = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
  return `Made by \`${command}\` on ${date}; ${device}; ${from}.`;
}

/** Reads a result; `undefined` where there is none yet. */
export async function readResult<T>(name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, RESULTS))) as T;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes a result. */
export async function writeResult(name: string, value: unknown): Promise<void> {
  await Deno.mkdir(RESULTS, { recursive: true });
  await Deno.writeTextFile(new URL(`${name}.json`, RESULTS), `${JSON.stringify(value, null, 2)}\n`);
}

/** Puts Markdown between a page's lines of that name. @throws {Error} when the page has none. */
export async function writeSection(name: string, markdown: string, page: URL = PAGE): Promise<void> {
  await Deno.writeTextFile(page, replaceSection(await Deno.readTextFile(page), name, markdown));
}

/** Writes a result and its section at once, for programs that are ending. */
export function keepNow(name: string, value: unknown, markdown: string): void {
  Deno.writeTextFileSync(new URL(`${name}.json`, RESULTS), `${JSON.stringify(value, null, 2)}\n`);
  Deno.writeTextFileSync(PAGE, replaceSection(Deno.readTextFileSync(PAGE), name, markdown));
}

/** The page with the Markdown between its lines of that name. @throws {Error} when there are none. */
export function replaceSection(page: string, name: string, markdown: string): string {
  const [first, last] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [begin, end] = [page.indexOf(first), page.indexOf(last)];
  if (begin < 0 || end < begin) throw new Error(`Cannot write the table as its page must hold ${first}`);
  const head = page.slice(0, begin + first.length);
  const body = `<!-- deno-fmt-ignore-start -->\n\n${markdown}\n\n<!-- deno-fmt-ignore-end -->`;
  return `${head}\n${body}\n${page.slice(end)}`;
}

/** A number as tables show it: three digits. */
export function brief(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A Markdown table; all columns but the first to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map((_, i) => i === 0 ? "-" : "-:")), ...rows.map(line)].join("\n");
}
