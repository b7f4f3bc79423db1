/**
 * What is left on a real terminal of 80 and 132 columns once a command has ended: no line wider than that, nothing of
 * the progress, a colour for what matters unless NO_COLOR asks for none. `script` (util-linux) makes the terminal.
 */

import assert from "node:assert/strict";
import { GRAPHICS } from "../../src/backends/webgpu/adapter.ts";
import { programs, ROOT } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { runOnTerminal, screenOf } from "../helpers/screens.ts";

/** Runs `n4` on a terminal. */
function onTerminal(folder: string, columns: number, words: string, env: Record<string, string> = {}) {
  const deno = `${Deno.execPath()} run --no-prompt --allow-read --allow-write ${ROOT}scripts/n4.ts`;
  return runOnTerminal(folder, columns, `exec ${deno} ${words}`, { NO_COLOR: "", ...GRAPHICS, ...env });
}

const QUICK =
  "--n-serial-slices 4 --preset linumpy --mask-method none --shrink-factor 1 --n-iterations 3 --spline-distance-mm 12 --n-processes 0";

for (const columns of [80, 132]) {
  programs.test(`a run on ${columns} columns shows progress and leaves at most six lines, none too wide`, () =>
    inFolder(async (folder) => {
      await writeImage(`${folder}/stack.ome.zarr`, { shape: [16, 24, 28] });
      const { written, code } = await onTerminal(folder, columns, `correct stack.ome.zarr out.ome.zarr ${QUICK}`);
      assert.equal(code, 0, written);
      const screen = screenOf(written, columns);
      assert.match(written, /\[[#-]{10,}\] +\d+ %, \d+:\d\d left/, "there is progress");
      assert.ok(!screen.some((row) => row.includes(" left")), `progress is left on the screen:\n${screen.join("\n")}`);
      const lines = screen.filter((row) => row !== "" && !row.startsWith("  "));
      assert.ok(lines.length <= 6, screen.join("\n"));
      assert.match(lines[lines.length - 1], /^Wrote out.ome.zarr in .* s, peak memory \d+ MiB\.$/);
      assert.equal(screen.length, written.split("\n").length, "no row was too wide");
    }));

  programs.test(`help fills ${columns} columns`, () =>
    inFolder(async (folder) => {
      const { written } = await onTerminal(folder, columns, "correct --help-all");
      const widest = Math.max(...written.split("\n").map((row) => row.length));
      const most = Math.min(columns, 120);
      assert.ok(widest <= most && widest > most - 10, `the widest line has ${widest} columns`);
    }));
}

programs.test("warnings and errors have a colour on a terminal, none with NO_COLOR, and warnings stay when quiet", () =>
  inFolder(async (folder) => {
    await writeImage(`${folder}/in.nii`, { shape: [16, 20, 24] });
    const words = `correct in.nii out.nii -qf --shrink-factor 2 --n-iterations 2 --tissue-threshold 1 --n-processes 0`;
    const warned = await onTerminal(folder, 80, words);
    assert.ok(
      warned.written.startsWith("\x1b[33mWarning:\x1b[0m '--tissue-threshold' changes nothing"),
      warned.written,
    );
    const others = screenOf(warned.written, 80).filter((row) => !/^(Warning: | |$)/.test(row));
    assert.deepEqual(others, [], "quiet is quiet otherwise");
    const plain = await onTerminal(folder, 80, words, { NO_COLOR: "1" });
    assert.match(plain.written, /^Warning: '--tissue-threshold'/);
    const failed = await onTerminal(folder, 80, "correct in.nii out.nii");
    assert.equal(failed.code, 1);
    assert.equal(
      failed.written,
      "\x1b[31mn4:\x1b[0m Cannot write out.nii as it exists already: remove it or give '--overwrite'\n",
    );
  }));
