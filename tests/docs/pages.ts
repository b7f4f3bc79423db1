/**
 * What the pages of the documentation hold: their code and their links.
 *
 * @module
 */

import { ROOT } from "../helpers/command.ts";

/** A page: its path from the repository's root, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** README, CHANGELOG and everything under docs. */
export async function readPages(): Promise<Page[]> {
  const paths = ["README.md", "CHANGELOG.md", ...await markdownUnder("docs")];
  return await Promise.all(paths.map(async (path) => ({ path, text: await Deno.readTextFile(`${ROOT}${path}`) })));
}

async function markdownUnder(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${ROOT}${folder}`)) {
    if (isDirectory) found.push(...await markdownUnder(`${folder}/${name}`));
    else if (name.endsWith(".md")) found.push(`${folder}/${name}`);
  }
  return found.sort();
}

/** The commands in the `sh` blocks of a page, one a line: comments left out, continued lines joined. */
export function shellCommands({ text }: Page): string[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block);
  return blocks.flatMap((block) => block.replaceAll(/\s*\\\n\s*/g, " ").split("\n"))
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
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
