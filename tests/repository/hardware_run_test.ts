/** The script for a machine with a GPU: every part is run, and that one failed is not lost. */
import assert from "node:assert/strict";
import { programs, ROOT } from "../helpers/command.ts";
import { inFolder } from "../helpers/nifti_files.ts";

/** Runs parts with a Deno that fails where its words hold `stages_test`. */
async function runParts(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; told: string }> {
  await Deno.mkdir(`${folder}/work/bin`, { recursive: true });
  await Deno.mkdir(`${folder}/work/cache/npm`, { recursive: true });
  const deno = '#!/bin/sh\ncase "$*" in *stages_test*) exit 3 ;; esac\n';
  await Deno.writeTextFile(`${folder}/work/bin/deno`, deno, { mode: 0o755 });
  const places = { OUT: `${folder}/out`, WORK: `${folder}/work`, PYTHON: "false" };
  const { code } = await new Deno.Command("bash", {
    args: [`${ROOT}bench/hardware/run.sh`],
    env: { ...places, ...env },
    stdout: "null",
    stderr: "null",
  }).output();
  return { code, told: await Deno.readTextFile(`${folder}/out/summary.txt`) };
}

programs.test("a part of bench/hardware/run.sh that fails does not end it, and is told by its exit code", () =>
  inFolder(async (folder) => {
    const { code, told } = await runParts(folder, { PARTS: "contract stages two" });
    assert.match(told, /contract: exit code 0, .*\nstages: exit code 3, .*\ntwo: exit code 0, /);
    assert.equal(code, 1);
  }));

programs.test("bench/hardware/run.sh ends well where all parts do, and not where one had no time left", () =>
  inFolder(async (folder) => {
    const well = await runParts(folder, { PARTS: "contract two" });
    assert.equal(well.code, 0, well.told);
    const late = await runParts(folder, { PARTS: "contract", SECONDS_IN_ALL: "10" });
    assert.match(late.told, /contract: no time left/);
    assert.equal(late.code, 1);
  }));
