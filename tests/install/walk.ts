/**
 * The walks of docs/walks.md: commands and what they leave on a terminal, in blocks `console`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ROOT } from "../helpers/command.ts";
import { runOnTerminal, screenOf } from "../helpers/screens.ts";
import { programsIn, readPage } from "../docs/pages.ts";
import type { Environment } from "./environments.ts";

const PAGE = "docs/walks.md";
const BLOCK = /(?<=^```console\n).*?(?=^```$)/gms;
const COLUMNS = 80;

/** Lines that are others on another machine: what computes there, and what it has room for. */
const MACHINE = /^(Backend|Wrote|-?-?\d| )/;

/**
 * Runs every command of every walk in a folder with heads and the page's programs, beside a link to the clone. Each
 * ends well or with a sentence of n4, and says what the page has; `keep` writes what they say into the page.
 */
export async function takeWalks({ home, path }: Environment, head: string, keep: boolean): Promise<void> {
  const page = await readPage(PAGE);
  await Deno.symlink(ROOT.slice(0, -1), `${home}/n4`);
  const blocks: string[] = [];
  for (const [index, [block]] of [...page.text.matchAll(BLOCK)].entries()) {
    const folder = `${home}/walk${index}`;
    await Deno.mkdir(`${folder}/scans`, { recursive: true });
    for (const name of ["head", "scans/sub-01_T1w", "scans/sub-02_T1w"]) {
      await Deno.copyFile(head, `${folder}/${name}.nii.gz`);
    }
    for (const program of programsIn(page)) {
      const [, name] = /^\/\/ (\S+)/.exec(program) ?? [];
      await Deno.writeTextFile(`${folder}/${name}`, program);
    }
    let said = "";
    for (const command of block.match(/(?<=^\$ ).*$/gm) ?? []) {
      const { written, code } = await runOnTerminal(folder, COLUMNS, command, {
        PATH: path,
        HOME: home,
        NO_COLOR: "1",
      });
      const rows = screenOf(written, COLUMNS);
      assert.ok(code === 0 || /^n4: Cannot /m.test(written), `${command}: ${written}`);
      const isOurs = command.startsWith("n4 ");
      if (isOurs) assert.equal(rows.length, written.split("\n").length, `no row of '${command}' is too wide`);
      said += `$ ${command}\n${rows.map((row) => row.trimEnd()).join("\n")}`;
    }
    blocks.push(said);
    if (!keep) assert.deepEqual(wordsOf(said), wordsOf(block));
  }
  assert.equal(blocks.length, 3);
  if (keep) await Deno.writeTextFile(`${ROOT}${PAGE}`, page.text.replace(BLOCK, () => blocks.shift() ?? ""));
}

/** The lines that every machine says, without numbers. */
function wordsOf(text: string): string[] {
  return text.split("\n").filter((line) => !MACHINE.test(line)).map((line) => line.replaceAll(/\d[\d.,e+-]*/g, "#"));
}
