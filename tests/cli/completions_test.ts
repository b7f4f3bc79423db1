/** Completions: what each shell that is here offers after some words. */

import assert from "node:assert/strict";
import { programs, ROOT, runWell } from "../helpers/command.ts";

/** What is made for a shell. */
const completions = async (name: string) => (await runWell(["n4", "completions", name], { permissions: [] })).stdout;

/** Runs a shell on a script; `undefined` where it is not here. */
async function shell(program: string, script: string): Promise<string[] | undefined> {
  const command = new Deno.Command(program, { args: ["-c", script], stdin: "null", env: { HOME: "/tmp" } });
  try {
    const { code, stdout, stderr } = await command.output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).split(/\s+/).filter((word) => word !== "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What bash offers for the last of some words. */
async function offered(...words: string[]): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _n4; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return await shell("bash", `${await completions("bash")}\n${ask}`) ?? [];
}

programs.test("bash completes commands, options and the words of an option", async () => {
  assert.deepEqual(await offered("n4", "co"), ["correct", "compare", "completions"]);
  assert.deepEqual(await offered("n4", "correct", "--save"), ["--save-bias-field", "--save-bias-model", "--save-mask"]);
  assert.deepEqual(await offered("n4", "correct", "in.nii", "--mode", ""), [
    "global",
    "per_section",
    "two_pass",
    "mask_only",
  ]);
  assert.deepEqual(await offered("n4", "completions", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(await offered("n4", "correct", "in"), [], "files are left to bash");
});

programs.test("zsh and fish, where they are, take what is made for them", async () => {
  const zsh = `autoload -U compinit && compinit -D -u\n${await completions("zsh")}\nwhence -w _n4`;
  assert.deepEqual(await shell("zsh", zsh) ?? ["_n4:", "function"], ["_n4:", "function"]);
  const fish = `${await completions("fish")}\ncomplete -C 'n4 correct --save' | string split -f1 \\t`;
  const flags = ["--save-bias-field", "--save-bias-model", "--save-mask"];
  assert.deepEqual(await shell("fish", fish) ?? flags, flags);
});

programs.test("a result that cannot be written is one sentence, and a log that cannot be is no failure", async () => {
  const inShell = async (line: string) => {
    const args = ["-c", line, "sh", Deno.execPath(), "run", `${ROOT}scripts/n4.ts`];
    const { code, stderr } = await new Deno.Command("sh", { args }).output();
    return [code, new TextDecoder().decode(stderr)];
  };
  const full = "n4: Cannot write standard output as its disk has no space left\n";
  for (const words of ["completions bash", "--help", "correct --help"]) {
    assert.deepEqual(await inShell(`"$@" ${words} > /dev/full`), [1, full], words);
  }
  assert.deepEqual(await inShell('"$@" correct none.nii 2> /dev/full'), [2, ""]);
});
