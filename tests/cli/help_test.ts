/** Help: at hand by every usual way, no wider than 80 columns, short unless more is asked for, defaults in it. */

import assert from "node:assert/strict";
import { COMMANDS } from "../../src/cli/commands.ts";
import { optionHelp, reflow } from "../../src/cli/help.ts";
import { CORRECT_OPTIONS } from "../../src/options/table.ts";
import { flagOf } from "../../src/options/spec.ts";
import { programs, runWell } from "../helpers/command.ts";

const help = async (...words: string[]) => (await runWell(["n4", ...words], { permissions: [] })).stdout;

programs.test("n4 alone, -h, --help and help are the same; -V is the version", async () => {
  const alone = await help();
  for (const words of [["-h"], ["--help"], ["help"], ["help", "help"]]) assert.equal(await help(...words), alone);
  for (const { name } of COMMANDS) assert.match(alone, new RegExp(`^  ${name} +\\w`, "m"));
  assert.equal(await help("-V"), await help("correct", "--version"));
});

programs.test("the help of a command shows the ten options that matter, --help-all every one", async () => {
  const short = await help("help", "correct");
  assert.equal(await help("correct", "-h"), short);
  const flags = (text: string) => [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag);
  const own = ["--version", "--help-all", "--help"];
  assert.equal(flags(short).filter((flag) => !own.includes(flag)).length, 10);
  assert.match(short, /^All \d+ options: n4 correct --help-all$/m);
  assert.match(short, /^Examples:\n {2}n4 correct/m);
  const long = await help("correct", "--help-all");
  for (const word of ["threads", "force", "order 3", "shrink,"]) assert.ok(long.includes(word), word);
  const all = flags(long);
  for (const key of Object.keys(CORRECT_OPTIONS)) assert.ok(all.includes(flagOf(key)), key);
});

programs.test("no line of any help is longer than 80 columns where there is no terminal", async () => {
  const texts = await Promise.all(COMMANDS.map(({ name }) => help(name, "--help-all")));
  for (const line of [await help(), ...texts].join("\n").split("\n")) assert.ok(line.length <= 80, line);
});

Deno.test("an option tells its default, or that of each preset", () => {
  const told = (key: keyof typeof CORRECT_OPTIONS) => /\[.*\]$/.exec(optionHelp(key, CORRECT_OPTIONS))?.[0];
  assert.equal(told("shrinkGeometry"), "[default: aligned]");
  assert.equal(told("memoryLimit"), "[default: 2GiB]");
  assert.equal(told("maskMethod"), "[default of mri: otsu; oct, linumpy: tissue]");
  assert.equal(told("splineDistanceMm"), "[default of oct: 5; linumpy: 2]");
  assert.equal(told("mask"), undefined);
});

Deno.test("running text flows, and an example goes on after a backslash", () => {
  const text = "Examples:\n  n4 correct in.nii out.nii --mask m.nii --html p.html\n\nSome words\nthat flow. More.";
  const flown =
    "Examples:\n  n4 correct in.nii out.nii --mask m.nii \\\n    --html p.html\n\nSome words that flow. More.";
  assert.equal(reflow(text, 48), flown);
});
