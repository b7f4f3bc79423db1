/** The watch over fuzz cases sees what it is there for: each kind of defect, planted, is told and ends the run with a failure. */

import assert from "node:assert/strict";
import { DEFECTS } from "./planted.ts";
import { programs, ROOT } from "../helpers/command.ts";
import suites from "../suites.json" with { type: "json" };

const [program, ...words] = suites.tasks.fuzz.command.split(" ");

for (const { name, seen } of DEFECTS) {
  programs.test(`a defect that is planted in a fuzz case is seen: ${name}`, async () => {
    assert.equal(program, "deno");
    const args = [...words, "--planted", name];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
    const told = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.equal(code, 1, told);
    assert.match(told, seen);
  });
}
