/**
 * What the pages of the documentation hold: their code and their links.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import { ROOT } from "../helpers/command.ts";
import suites from "../suites.json" with { type: "json" };

/** A page: its path from the repository's root, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** README, CHANGELOG and everything under docs. */
export async function readPages(): Promise<Page[]> {
  return [await readPage("README.md"), await readPage("CHANGELOG.md"), ...await readUnder("docs", ".md")];
}

/** The files under a folder whose names end so. */
export async function readUnder(folder: string, ending: string): Promise<Page[]> {
  const found: Page[] = [];
  for (const { name, isDirectory } of await Array.fromAsync(Deno.readDir(`${ROOT}${folder}`))) {
    if (isDirectory) found.push(...await readUnder(`${folder}/${name}`, ending));
    else if (name.endsWith(ending)) found.push(await readPage(`${folder}/${name}`));
  }
  return found.sort((one, other) => one.path < other.path ? -1 : 1);
}

/** A file of the repository. */
export async function readPage(path: string): Promise<Page> {
  return { path, text: await Deno.readTextFile(`${ROOT}${path}`) };
}

/** The commands in the `sh` blocks of a page, one a line: comments left out, continued lines joined. */
export function shellCommands({ text }: Page): string[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block);
  return blocks.flatMap((block) => block.replaceAll(/\s*\\\n\s*/g, " ").split("\n"))
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** The tasks that a text names by `deno task`, those of suites as `suite NAME`. */
export function namedTasks(text: string): string[] {
  const named = text.matchAll(/\bdeno(?:@\S+)? task ((?:suite )?[a-z][a-z:-]*[a-z])/g);
  return [...named].map(([, name]) => name);
}

/** Whether there is a task of this name. */
export function isTask(name: string): boolean {
  return name.startsWith("suite ") ? name.slice("suite ".length) in suites.tasks : name in config.tasks;
}

/** Link targets of a page, images included; those in code are none. */
export function links({ text }: Page): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, "").replaceAll(/`[^`]*`/g, "");
  return [...prose.matchAll(/\]\(([^()\s]*(?:\([^()]*\)[^()\s]*)*)\)/g)].map(([, target]) => target);
}

/** The anchors that GitHub gives a page's headings. */
export function anchors({ text }: Page): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, "");
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-")
  );
}

/** The programs in the `ts` blocks of a page. */
export function programsIn({ text }: Page): string[] {
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, block]) => block);
}
