/**
 * `deno task suite bench:remote`: a stack, a zip archive and heads on a real S3 server of this machine (versitygw,
 * built from its pinned source: needs Go) beside the same on the disk, in turns: the same bytes, and the ratio of the
 * seconds of whole commands. Prints, keeps nothing.
 *
 *   deno task suite bench:remote              3 rounds of a stack of 256 MiB
 *   deno task suite bench:remote --rounds N
 *   deno task suite bench:remote --only NAME  one of stack.ome.zarr, archive.ozx, head.nii.gz, head.nii
 *
 * @module
 */

import assert from "node:assert/strict";
import { contents } from "../tests/helpers/command.ts";
import { print } from "../tests/helpers/print.ts";
import { summarise } from "./measure.ts";

const N4 = new URL("../scripts/n4.ts", import.meta.url).pathname;
const BIN = new URL("../.venv/s3/", import.meta.url).pathname;
const SERVER = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";
const PLACE = "127.0.0.1:7171";
const KEYS = { AWS_ACCESS_KEY_ID: "n4-test", AWS_SECRET_ACCESS_KEY: "n4-secret" };
const ENDPOINT = { AWS_ENDPOINT_URL_S3: `http://${PLACE}`, AWS_REGION: "us-east-1" };

/** A real head, of Debian's mricron-data. */
const HEAD = "/usr/share/mricron/templates/ch2.nii.gz";

async function n4(words: readonly string[], env: Record<string, string> = {}) {
  const args = [
    "run",
    "--no-prompt",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    `--allow-net=${PLACE}`,
    N4,
    ...words,
  ];
  const begin = performance.now();
  const { success, stderr } = await new Deno.Command("deno", { args, env, stdin: "null" }).output();
  return { success, seconds: (performance.now() - begin) / 1000, stderr: new TextDecoder().decode(stderr) };
}

async function seconds(words: readonly string[], env: Record<string, string> = {}): Promise<number> {
  const run = await n4(words, env);
  assert.ok(run.success, run.stderr);
  return run.seconds;
}

/** Builds the server where it is not there yet. */
async function serverProgram(): Promise<string> {
  const program = `${BIN}versitygw`;
  if (await Deno.stat(program).then(() => true, () => false)) return program;
  await Deno.mkdir(BIN, { recursive: true });
  const { success } = await new Deno.Command("go", { args: ["install", SERVER], env: { GOBIN: BIN } }).output();
  assert.ok(success, `Cannot build ${SERVER}: it needs Go and the network`);
  return program;
}

async function isUp(): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    const answer = await fetch(`http://${PLACE}/`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** Makes the inputs: a stack of 256 MiB, the same as an archive, a head as it is and inflated. */
async function makeInputs(bucket: string): Promise<void> {
  const stack = `${bucket}/stack.ome.zarr`;
  await seconds(["phantom", stack, "--shape", "256", "512", "512", "--quiet"]);
  await seconds(["normalize", stack, `${bucket}/archive.ozx`, "--quiet"]);
  await Deno.copyFile(HEAD, `${bucket}/head.nii.gz`);
  const inflated = (await Deno.open(HEAD)).readable.pipeThrough(new DecompressionStream("gzip"));
  await Deno.writeFile(`${bucket}/head.nii`, inflated);
}

/** The bytes of an output, whatever it is. */
async function bytesOf(path: string): Promise<unknown> {
  return (await Deno.stat(path)).isDirectory ? await contents(path) : await Deno.readFile(path);
}

async function compareAll(folder: string, bucket: string, rounds: number, only?: string): Promise<void> {
  for (const name of ["stack.ome.zarr", "archive.ozx", "head.nii.gz", "head.nii"]) {
    if (only !== undefined && name !== only) continue;
    const output = `even.${name.split(".").slice(1).join(".")}`;
    const [here, there]: [number[], number[]] = [[], []];
    const options = ["--quiet", "--overwrite"];
    for (let round = 0; round < rounds; round++) {
      here.push(await seconds(["correct", `${bucket}/${name}`, `${folder}/here.${output}`, ...options]));
      there.push(
        await seconds(["correct", `s3://bucket/${name}`, `${folder}/there.${output}`, ...options], {
          ...KEYS,
          ...ENDPOINT,
        }),
      );
    }
    assert.deepEqual(await bytesOf(`${folder}/there.${output}`), await bytesOf(`${folder}/here.${output}`), name);
    const [disk, server] = [summarise(here), summarise(there)];
    const told = (["min", "median"] as const).map((key) => {
      const ratio = (server[key] / disk[key]).toFixed(2);
      return `${key} ${disk[key].toFixed(2)} s on the disk, ${server[key].toFixed(2)} s on the server, ${ratio} times`;
    });
    print(`${name}: same bytes; ${told.join("; ")}`);
  }
}

if (import.meta.main) {
  const valueOf = (option: string) => Deno.args.includes(option) ? Deno.args[Deno.args.indexOf(option) + 1] : undefined;
  const program = await serverProgram();
  const folder = await Deno.makeTempDir();
  const bucket = `${folder}/root/bucket`;
  await Deno.mkdir(bucket, { recursive: true });
  await makeInputs(bucket);
  const server = new Deno.Command(program, {
    args: ["--port", PLACE, "posix", `${folder}/root`],
    env: { ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY },
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    assert.ok(await isUp(), "the server must start");
    await compareAll(folder, bucket, Number(valueOf("--rounds") ?? 3), valueOf("--only"));
    const wrong = await n4(["info", "s3://bucket/head.nii"], { ...KEYS, ...ENDPOINT, AWS_SECRET_ACCESS_KEY: "wrong" });
    assert.match(wrong.stderr, /the server does not let us read it \(403 Forbidden\)/);
    print("a wrong key is refused");
  } finally {
    server.kill();
    await server.status;
    await Deno.remove(folder, { recursive: true });
  }
}
