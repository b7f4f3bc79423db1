/**
 * `deno task verify:cuda`: everything about the CUDA backend that needs a GPU, in one command. Builds the library, runs the contract on the device, lets
 * compute-sanitizer look for bad accesses and races where it is installed, corrects on two devices at once, times fits beside linumpy's algorithm on CuPy and n4ax
 * on JAX where they can be imported, and writes all of it to bench/results/<device>.json, each part before the next begins, where what is run again replaces what
 * was there. Ends with exit code 1 where a check has failed.
 *
 *   deno task verify:cuda                    everything
 *   deno task verify:cuda --python PATH      the Python that has cupy, n4ax and jax; left out: that of deno task suite bench:setup
 *   deno task verify:cuda --linumpy FOLDER   a folder that holds linumpy's package, timed beside our peer of it
 *   deno task verify:cuda --only checks      that part alone; so `processes` and `times`
 *   deno task verify:cuda --case TEXT        subjects with TEXT in their name, e.g. where a machine is lent for minutes
 *   deno task verify:cuda --output FOLDER    where the results go instead
 *   deno task verify:cuda --library emulated --small --output FOLDER
 *                                            a try of the whole procedure on a machine without a GPU
 *
 * @module
 */

import { type CudaBackend, openCudaBackend } from "../src/backends/cuda/cuda_backend.ts";
import { LIBRARY_VARIABLE } from "../ffi/library.ts";
import { print } from "../tests/helpers/print.ts";
import { type CopyRates, floorsOf, timeSubject } from "./cuda_fit.ts";
import { type PeerSetting, timePeers } from "./cuda_peers.ts";
import { correctOnTwo, type ProcessReport } from "./cuda_processes.ts";
import { SMALL_SUBJECTS, SUBJECTS, volumeOf } from "./cuda_subjects.ts";
import { judge, type Judged, type VerifiedSubject } from "./cuda_targets.ts";
import { allPassed, type Checks, runChecks } from "./cuda_checks.ts";
import { PEER_PYTHON } from "./peers_environment.ts";

const RESULTS = decodeURIComponent(new URL("results/", import.meta.url).pathname);
const EMULATOR = decodeURIComponent(new URL("../ffi/emulator/build/libn4_cuda_emulated.so", import.meta.url).pathname);

/** Copies long enough for the rate that large arrays reach. */
const COPY_BYTES = 2 ** 29;

/** Parts that can be run alone. */
const ONLY = ["checks", "processes", "times"];

/** What was typed. */
interface Asked {
  readonly python: string;
  readonly linumpy?: string;
  readonly output: string;
  readonly emulated: boolean;
  readonly small: boolean;
  /** Part of the subjects' names. */
  readonly text: string;
  /** What is run. */
  readonly only?: string;
}

function parse(args: readonly string[]): Asked {
  const after = (name: string) => args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
  const linumpy = after("--linumpy");
  const emulated = after("--library") === "emulated";
  const output = after("--output");
  const only = after("--only");
  if (only !== undefined && !ONLY.includes(only)) {
    throw new Error(`Cannot verify a part as '--only' must be one of ${ONLY.join(", ")}: current value is ${only}`);
  }
  if (emulated && output === undefined) {
    throw new Error("Cannot keep results of an emulator among the others as '--output' must name a folder");
  }
  return {
    python: after("--python") ?? PEER_PYTHON,
    ...(linumpy === undefined ? {} : { linumpy }),
    output: output ?? RESULTS,
    emulated,
    small: args.includes("--small"),
    text: after("--case") ?? "",
    ...(only === undefined ? {} : { only }),
  };
}

/** Times every subject, each told to `keep` before the next. */
async function measure(backend: CudaBackend, asked: Asked, keep: Keep): Promise<void> {
  const bytes = asked.small ? 2 ** 20 : COPY_BYTES;
  const copyRates: CopyRates = {
    within: await backend.copyRate("within", bytes),
    in: await backend.copyRate("in", bytes),
    out: await backend.copyRate("out", bytes),
  };
  await keep({ copyRates });
  const rounds = asked.small ? 2 : 5;
  const setting: PeerSetting = { ...asked, rounds };
  const all = asked.small ? SMALL_SUBJECTS : SUBJECTS;
  const subjects = all.filter(({ name }) => name.includes(asked.text));
  if (subjects.length === 0) {
    const names = all.map(({ name }) => name).join(", ");
    throw new Error(`Cannot time a case as its text must be in one of ${names}: current value is ${asked.text}`);
  }
  for (const subject of subjects) {
    const volume = volumeOf(subject);
    const { lattice, ...timing } = await timeSubject(backend, subject, volume, rounds);
    const timed = { ...timing, ...floorsOf(timing, copyRates) };
    print(`${subject.name}: fit ${timing.fitMs.median.toFixed(2)} ms, whole ${timing.wholeMs.median.toFixed(2)} ms`);
    await keep({ subjects: [{ ...timed, peers: [] }] });
    const peers = await timePeers(subject, volume, lattice, setting);
    for (const { name, fitMs, failure } of peers) {
      print(`${subject.name}: ${name} ${fitMs ? `${fitMs.median.toFixed(2)} ms` : failure}`);
    }
    await keep({ subjects: [{ ...timed, peers }] });
  }
}

/** The result; what a run leaves out stays as the file has it. */
interface Verified {
  readonly checks?: Checks;
  readonly processes?: readonly ProcessReport[];
  readonly subjects?: readonly VerifiedSubject[];
  readonly targets?: readonly Judged[];
  readonly [other: string]: unknown;
}

/** Adds what was found to the file. */
type Keep = (found: Verified) => Promise<void>;

/** Runs all that was asked for; what each part found is kept before the next one begins. */
async function verify(asked: Asked): Promise<void> {
  // Before the library is open: building replaces its file.
  const does = (part: string) => asked.only === undefined || asked.only === part;
  const checks = does("checks") ? await runChecks(asked.emulated) : undefined;
  await using backend = await openCudaBackend({ allowEmulator: asked.emulated });
  const visible = (await backend.visibleDevices()).map(({ name, uuid, totalBytes }) => ({ name, uuid, totalBytes }));
  const file = `${asked.output.replace(/\/$/, "")}/${fileName(backend.device.name)}.json`;
  await Deno.mkdir(asked.output, { recursive: true });
  const keep: Keep = async (found) => {
    await Deno.writeTextFile(file, `${JSON.stringify(merged(await readBefore(file), found), null, 2)}\n`);
  };
  await keep({
    date: new Date().toISOString().slice(0, 10),
    command: ["deno task verify:cuda", ...Deno.args].join(" "),
    deno: Deno.version.deno,
    hardware: !asked.emulated,
    device: { ...backend.device },
    visible,
  });
  if (checks) {
    for (const [name, outcome] of Object.entries(checks)) print(`${name}: ${outcome}`);
    if (!allPassed(checks)) Deno.exitCode = 1;
    await keep({ checks });
  }
  if (does("processes")) await keep({ processes: await correctOnBoth(asked, visible.length) });
  if (does("times")) await measure(backend, asked, keep);
  for (const { target, met, measured } of (await readBefore(file)).targets ?? []) {
    print(`${met ? "met" : "NOT MET"}: ${target}: ${measured}`);
  }
  print(`written to ${file}`);
}

function fileName(device: string): string {
  return device.replace(/ \(.*/, "").replace(/\W+/g, "_").toLowerCase();
}

async function correctOnBoth({ emulated, small }: Asked, visible: number): Promise<ProcessReport[]> {
  const devices = emulated ? 2 : visible;
  const library = emulated ? { library: EMULATOR } : {};
  const processes = await correctOnTwo({ devices, shape: small ? [8, 12, 16] : [128, 256, 256], ...library });
  for (const { visible, device } of processes) print(`CUDA_VISIBLE_DEVICES=${visible}: ${device}`);
  return processes;
}

async function readBefore(file: string): Promise<Verified> {
  return JSON.parse(
    await Deno.readTextFile(file).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return "{}";
      throw error;
    }),
  );
}

/** What is new over what the file has; subjects by name, in the order in which they were first measured. */
function merged(before: Verified, found: Verified): Verified {
  const again = found.subjects ?? [];
  const kept = (before.subjects ?? []).map((old) => again.find(({ name }) => name === old.name) ?? old);
  const subjects = [...kept, ...again.filter(({ name }) => !kept.some((old) => old.name === name))];
  const all: Verified = { ...before, ...found };
  if (subjects.length === 0) return all;
  return { ...all, subjects, targets: judge(subjects, all.processes ?? []) };
}

async function main(): Promise<void> {
  const asked = parse(Deno.args);
  if (asked.emulated) Deno.env.set(LIBRARY_VARIABLE, EMULATOR);
  await verify(asked);
}

if (import.meta.main) await main();
