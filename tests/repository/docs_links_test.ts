/** Every link of the documentation leads somewhere, and every task that it names is there. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { anchors, isTask, links, namedTasks, readPage, readPages, readUnder } from "../docs/pages.ts";
import { ROOT } from "../helpers/command.ts";

const pages = await readPages();

Deno.test("every link of the documentation leads to a file, and to a heading where it names one", async () => {
  let checked = 0;
  for (const page of pages) {
    for (const target of links(page)) {
      if (/^https?:/.test(target)) continue;
      const [file, anchor] = target.split("#");
      const path = file === "" ? page.path : join(dirname(page.path), file);
      assert.ok(await Deno.stat(`${ROOT}${path}`).catch(() => undefined), `${page.path} links to ${target}`);
      if (anchor !== undefined) {
        const there = pages.find((other) => other.path === path);
        assert.ok(there && anchors(there).includes(anchor), `${page.path} links to ${target}: no such heading`);
      }
      checked++;
    }
  }
  assert.ok(checked > 30, `${checked} links`);
});

Deno.test("every page of docs can be reached from the README", () => {
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    const page = pages.find((other) => other.path === path);
    for (const target of page ? links(page) : []) {
      const next = join(dirname(path), target.split("#")[0]);
      visit(next);
      if (next === "docs/decisions") {
        pages.filter((other) => other.path.startsWith(`${next}/`)).forEach((p) => visit(p.path));
      }
    }
  };
  visit("README.md");
  const lost = pages.map((page) => page.path).filter((path) => path.startsWith("docs/") && !reached.has(path));
  assert.deepEqual(lost, []);
});

Deno.test("every task that documentation, sources, tasks and .ci/run name is one of deno.json, every suite one of tests/suites.json", async () => {
  const files = [".ci/run", "deno.json", "tests/suites.json"].map(readPage);
  const sources = ["src", "exports", "ffi", "kernels", "scripts", "bench", "tests"].map((folder) =>
    readUnder(folder, ".ts")
  );
  const texts = [...pages, ...await Promise.all(files), ...(await Promise.all(sources)).flat()];
  const unknown = texts.flatMap(({ path, text }) => namedTasks(text).filter((n) => !isTask(n)).map((n) => [path, n]));
  assert.deepEqual(unknown, []);
  assert.ok(new Set(pages.flatMap(({ text }) => namedTasks(text))).size > 10);
});
