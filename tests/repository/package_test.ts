/** The package as it would be published: its types need no inference, and it holds what users need and nothing else. */

import assert from "node:assert/strict";
import { programs, ROOT } from "../helpers/command.ts";

programs.test("the package could be published without a warning, with sources, kernels and workflows, without tests and results", async () => {
  const args = ["publish", "--dry-run", "--allow-dirty", "--no-check"];
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(success, text);
  assert.doesNotMatch(text, /warning|slow types is/i);
  const files = [...text.matchAll(/^ {3}file:\/\/(\S+) /gm)].map(([, path]) => path.slice(ROOT.length));
  const folders = new Set(files.map((path) => path.split("/").length > 1 ? path.split("/")[0] : path));
  assert.deepEqual([...folders].toSorted(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "deno.json",
    "docs",
    "exports",
    "ffi",
    "kernels",
    "mod.ts",
    "scripts",
    "src",
    "workflows",
  ]);
  for (const path of ["src/backends/ts/worker.ts", "kernels/webgpu/apply.wgsl", "workflows/main.nf", "scripts/n4.ts"]) {
    assert.ok(files.includes(path), path);
  }
});
