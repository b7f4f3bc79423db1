/**
 * The first walk of docs/install.md: commands and what they said, in a block `console`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ROOT } from "../helpers/command.ts";
import { type Environment, shellIn } from "./environments.ts";

const PAGE = `${ROOT}docs/install.md`;
const BLOCK = /(?<=^```console\n).*?(?=^```$)/ms;

/** Runs every command of the walk beside a head, each to its good end; `keep` writes what they say into the page. */
export async function walk(installed: Environment, head: string, keep: boolean): Promise<void> {
  const home = `${installed.home}/walk`;
  await Deno.mkdir(home);
  await Deno.copyFile(head, `${home}/head.nii.gz`);
  const page = await Deno.readTextFile(PAGE);
  const commands = page.match(BLOCK)?.[0].match(/(?<=^\$ ).*$/gm) ?? [];
  assert.ok(commands.length > 4);
  let block = "";
  for (const command of commands) {
    const { success, stdout } = await shellIn({ ...installed, home }, `{ ${command}; } 2>&1`).output();
    const text = new TextDecoder().decode(stdout);
    assert.ok(success, `${command}: ${text}`);
    block += `$ ${command}\n${text}`;
  }
  if (keep) await Deno.writeTextFile(PAGE, page.replace(BLOCK, () => block));
}
