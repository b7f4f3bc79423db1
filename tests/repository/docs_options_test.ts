/** The page of all options says what the program says. */

import assert from "node:assert/strict";
import { optionsPage, PAGE } from "../../docs/make/options_page.ts";
import { boutiquesDescriptor, DESCRIPTOR } from "../../packaging/boutiques.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { flagOf } from "../../src/options/spec.ts";
import { VERSION } from "../../src/version.ts";

Deno.test("docs/options.md is what 'deno task docs:options' makes", async () => {
  assert.equal(await Deno.readTextFile(PAGE), optionsPage());
});

Deno.test("packaging/n4.boutiques.json is what 'deno task docs:options' makes", async () => {
  assert.equal(await Deno.readTextFile(DESCRIPTOR), boutiquesDescriptor());
});

Deno.test("the conda recipe names the version and Deno's that are packed", async () => {
  const recipe = await Deno.readTextFile(new URL("conda/meta.yaml", DESCRIPTOR));
  assert.match(recipe, new RegExp(`version: "${VERSION}"`));
  assert.ok(recipe.includes(`/n4-${VERSION}.tgz\n`) && recipe.includes(`deno ==${Deno.version.deno}\n`));
});

Deno.test("the page names every command and every option", () => {
  const page = optionsPage();
  for (const { name, options } of COMMANDS) {
    assert.ok(page.includes(`\n## ${name}\n`), name);
    for (const key of Object.keys(options)) assert.ok(page.includes(`\`${flagOf(key)}`), key);
  }
});
