/**
 * `deno task suite bench:batch`: heads one by one in processes of their own beside all of them in one call, in turns;
 * and the most memory that the process of one call has held by image 20 and by image 100. Prints, keeps nothing.
 *
 *   deno task suite bench:batch              20 heads, 3 rounds; 100 heads
 *   deno task suite bench:batch --rounds N
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RunReport } from "../src/report/run_report.ts";
import { print } from "../tests/helpers/print.ts";
import { summarise } from "./measure.ts";

const SCRIPT = new URL("../scripts/n4.ts", import.meta.url).pathname;

/** A real head, of Debian's mricron-data: 181 x 217 x 181 voxels. */
const HEAD = "/usr/share/mricron/templates/ch2.nii.gz";

async function n4(...words: string[]): Promise<{ readonly seconds: number; readonly told: string }> {
  const args = ["run", "--no-prompt", "--allow-read", "--allow-write", SCRIPT, "correct", "--overwrite", ...words];
  const begin = performance.now();
  const { success, stderr } = await new Deno.Command("deno", { args, stdin: "null" }).output();
  const told = new TextDecoder().decode(stderr);
  assert.ok(success, told);
  return { seconds: (performance.now() - begin) / 1000, told };
}

async function heads(folder: string, count: number): Promise<string[]> {
  await Deno.mkdir(folder);
  const paths = Array.from({ length: count }, (_, i) => `${folder}/sub-${String(i).padStart(3, "0")}.nii.gz`);
  for (const path of paths) await Deno.copyFile(HEAD, path);
  return paths;
}

async function timeRounds(folder: string, rounds: number): Promise<void> {
  const paths = await heads(`${folder}/twenty`, 20);
  await Deno.mkdir(`${folder}/single`);
  const [loops, calls]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    let seconds = 0;
    for (const [i, path] of paths.entries()) seconds += (await n4(path, `${folder}/single/${i}.nii.gz`, "-q")).seconds;
    loops.push(seconds);
    calls.push((await n4(...paths, "--output-folder", `${folder}/many`, "-q")).seconds);
    print(`round ${round}: loop ${loops[round].toFixed(1)} s, one call ${calls[round].toFixed(1)} s`);
  }
  const [loop, call] = [summarise(loops).median, summarise(calls).median];
  print(`median: loop ${loop.toFixed(1)} s, one call ${call.toFixed(1)} s, ${(call / loop).toFixed(2)} of it`);
}

async function measureMemory(folder: string): Promise<void> {
  const paths = await heads(`${folder}/hundred`, 100);
  const { told } = await n4(...paths, "--output-folder", `${folder}/all`, "--json");
  const events = told.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const reports = events.filter(({ event }) => event === "image").map(({ report }): RunReport => report);
  const peak = (i: number) => `${Math.round(reports[i].peakMemoryBytes / 2 ** 20)} MiB`;
  print(`most memory by image 2: ${peak(1)}, by 20: ${peak(19)}, by 100: ${peak(99)}`);
}

if (import.meta.main) {
  const at = Deno.args.indexOf("--rounds");
  const folder = await Deno.makeTempDir();
  try {
    const rounds = at < 0 ? 3 : Number(Deno.args[at + 1]);
    if (rounds > 0) await timeRounds(folder, rounds);
    await measureMemory(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
