/** The page is made of what browsers have: no module of Node's is bundled, whatever it shares with the command. */
import assert from "node:assert/strict";
import { buildPage, BUILT_PAGE } from "../../web/build.ts";
import { programs } from "../helpers/command.ts";

programs.test("the page bundles, and is one file", async () => {
  await buildPage();
  const page = await Deno.readTextFile(BUILT_PAGE);
  assert.match(page, /^<!doctype html>/i);
  assert.match(page, /<\/html>\s*$/i);
});
