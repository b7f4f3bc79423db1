/** The page of all options says what the program says. */

import assert from "node:assert/strict";
import { optionsPage, PAGE } from "../../docs/make/options_page.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { flagOf } from "../../src/options/spec.ts";

Deno.test("docs/options.md is what 'deno task docs:options' makes", async () => {
  assert.equal(await Deno.readTextFile(PAGE), optionsPage());
});

Deno.test("the page names every command and every option", () => {
  const page = optionsPage();
  for (const { name, options } of COMMANDS) {
    assert.ok(page.includes(`\n## ${name}\n`), name);
    for (const key of Object.keys(options)) assert.ok(page.includes(`\`${flagOf(key)}`), key);
  }
});
