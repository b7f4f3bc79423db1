/**
 * Every command that the documentation shows is run as it stands there, page by page, on a head and a stack of sections made for it: `deno task suite docs`. Tasks are run by
 * `.ci/run`, and cluster programs by the tests of the workflows; here they only have to be known.
 */

import assert from "node:assert/strict";
import { PERMISSIONS } from "../../scripts/compile.ts";
import { ROOT, run } from "../helpers/command.ts";
import { isTask, namedTasks, readPages, shellCommands } from "./pages.ts";

/** What `deno run` needs of the repository beside the images. */
const FFI = [...Deno.readDirSync(`${ROOT}ffi`)].map(({ name }) => name).filter((name) => name.endsWith(".ts"));
const PARTS = [
  "deno.json",
  "deno.lock",
  "mod.ts",
  "src",
  "scripts",
  "kernels",
  "ffi/prebuilt",
  ...FFI.map((name) => `ffi/${name}`),
];

/** Programs whose commands are run by other tests, and by which. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  nextflow: "tests/workflows",
  sbatch: "tests/workflows",
  "deno install": "tests/install",
  "pip install": "tests/install",
};

for (const page of await readPages()) {
  const commands = shellCommands(page);
  if (commands.length === 0) continue;
  Deno.test(`the commands of ${page.path} do what they say`, async (t) => {
    await inCopy(async (folder) => {
      for (const command of commands) await t.step(command, () => runCommand(command, folder));
    });
  });
}

async function runCommand(command: string, folder: string): Promise<void> {
  const words = command.split(/\s+/);
  const [task] = namedTasks(command);
  if (task !== undefined) return assert.ok(isTask(task), `there is no task ${task}`);
  if (words[0] in ELSEWHERE || words.slice(0, 2).join(" ") in ELSEWHERE) return;
  if (words[0] === "mkdir") return await Deno.mkdir(`${folder}/${words[1]}`);
  if (words[0] === "n4") words.splice(0, 1, "deno", "run", ...PERMISSIONS, "scripts/n4.ts");
  assert.equal(words.slice(0, 2).join(" "), "deno run", `no test knows how to run '${command}'`);
  assert.ok(!words.includes("-A") && !words.includes("--allow-all"), "least privilege");
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--cached-only", ...words.slice(2).map(withCache)],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

/** A word with the place of Deno's cache for the one that Deno has by default. */
function withCache(word: string): string {
  const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  return word.replaceAll("$HOME/.cache/deno", cache);
}

/** A copy of the program beside `head.nii.gz`, its mask `brain.nii.gz`, and `stack.ome.zarr` of 40 sections. */
async function inCopy(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const args = ["-r", "--parents", ...PARTS, folder];
    assert.ok((await new Deno.Command("cp", { args, cwd: ROOT }).output()).success);
    const made = [
      ["head.nii.gz", "--shape", "40", "56", "48", "--n-serial-slices", "1"],
      ["stack.ome.zarr", "--shape", "160", "48", "48", "--n-serial-slices", "40"],
    ];
    for (const words of made) {
      const { code, stderr } = await run(["n4", "phantom", ...words, "--with-truth"], { cwd: folder });
      assert.equal(code, 0, stderr);
    }
    await Deno.rename(`${folder}/head_mask.nii.gz`, `${folder}/brain.nii.gz`);
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
