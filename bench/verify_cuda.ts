/**
 * `deno task verify:cuda`: everything about the CUDA backend that needs a GPU, in one command. Builds the library, runs the contract on the device, lets
 * compute-sanitizer look for bad accesses and races where it is installed, corrects on two devices at once, times fits beside linumpy's algorithm on CuPy and n4ax
 * on JAX where they can be imported, and writes all of it to bench/results/<device>.json.
 *
 *   deno task verify:cuda                    everything
 *   deno task verify:cuda --python PATH      the Python that has cupy, n4ax and jax; left out: that of deno task bench:setup
 *   deno task verify:cuda --linumpy FOLDER   a folder that holds linumpy's package, timed beside our peer of it
 *   deno task verify:cuda --output FOLDER    where the results go instead
 *   deno task verify:cuda --library emulated --small --output FOLDER
 *                                            a try of the whole procedure on a machine without a GPU
 *
 * @module
 */

import { type CudaBackend, openCudaBackend } from "../src/backends/cuda/cuda_backend.ts";
import { LIBRARY_VARIABLE } from "../ffi/library.ts";
import { print } from "../tests/helpers/print.ts";
import { type CopyRates, type CudaFloors, floorsOf, timeSubject } from "./cuda_fit.ts";
import { type PeerSetting, timePeers } from "./cuda_peers.ts";
import { correctOnTwo, type ProcessReport } from "./cuda_processes.ts";
import { SMALL_SUBJECTS, SUBJECTS, volumeOf } from "./cuda_subjects.ts";
import { judge, type VerifiedSubject } from "./cuda_targets.ts";
import { type Checks, runChecks } from "./cuda_checks.ts";
import { PEER_PYTHON } from "./peers_environment.ts";

const RESULTS = decodeURIComponent(new URL("results/", import.meta.url).pathname);
const EMULATOR = decodeURIComponent(new URL("../ffi/emulator/build/libn4_cuda_emulated.so", import.meta.url).pathname);

/** Copies long enough for the rate that large arrays reach. */
const COPY_BYTES = 2 ** 29;

/** What was typed. */
interface Asked {
  readonly python: string;
  readonly linumpy?: string;
  readonly output: string;
  readonly emulated: boolean;
  readonly small: boolean;
}

function parse(args: readonly string[]): Asked {
  const after = (name: string) => args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
  const linumpy = after("--linumpy");
  const emulated = after("--library") === "emulated";
  const output = after("--output");
  if (emulated && output === undefined) {
    throw new Error("Cannot keep results of an emulator among the others as '--output' must name a folder");
  }
  return {
    python: after("--python") ?? PEER_PYTHON,
    ...(linumpy === undefined ? {} : { linumpy }),
    output: output ?? RESULTS,
    emulated,
    small: args.includes("--small"),
  };
}

/** Times every subject; the copies that tell the floors come last, as they hold more memory than a fit. */
async function measureSubjects(backend: CudaBackend, asked: Asked): Promise<Omit<VerifiedSubject, keyof CudaFloors>[]> {
  const rounds = asked.small ? 2 : 5;
  const setting: PeerSetting = { ...asked, rounds };
  const results: Omit<VerifiedSubject, keyof CudaFloors>[] = [];
  for (const subject of asked.small ? SMALL_SUBJECTS : SUBJECTS) {
    const volume = volumeOf(subject);
    const { lattice, ...timing } = await timeSubject(backend, subject, volume, rounds);
    print(`${subject.name}: fit ${timing.fitMs.median.toFixed(2)} ms, whole ${timing.wholeMs.median.toFixed(2)} ms`);
    const peers = await timePeers(subject, volume, lattice, setting);
    for (const { name, fitMs, failure } of peers) {
      print(`${subject.name}: ${name} ${fitMs ? `${fitMs.median.toFixed(2)} ms` : failure}`);
    }
    results.push({ ...timing, peers });
  }
  return results;
}

async function measure(asked: Asked, checks: Checks, processes: readonly ProcessReport[]) {
  await using backend = await openCudaBackend({ allowEmulator: asked.emulated });
  const timed = await measureSubjects(backend, asked);
  const peakBytes = backend.peakBytes();
  const bytes = asked.small ? 2 ** 20 : COPY_BYTES;
  const rates: CopyRates = {
    within: await backend.copyRate("within", bytes),
    in: await backend.copyRate("in", bytes),
    out: await backend.copyRate("out", bytes),
  };
  const subjects = timed.map((subject) => ({ ...subject, ...floorsOf(subject, rates) }));
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ["deno task verify:cuda", ...Deno.args].join(" "),
    deno: Deno.version.deno,
    hardware: !asked.emulated,
    device: { ...backend.device, peakBytes },
    visible: (await backend.visibleDevices()).map(({ name, uuid, totalBytes }) => ({ name, uuid, totalBytes })),
    copyRates: rates,
    checks,
    processes,
    subjects,
    targets: judge(subjects, processes),
  };
}

async function main(): Promise<void> {
  const asked = parse(Deno.args);
  if (asked.emulated) Deno.env.set(LIBRARY_VARIABLE, EMULATOR);
  const checks = await runChecks(asked.emulated);
  const devices = await countDevices(asked.emulated);
  const library = asked.emulated ? { library: EMULATOR } : {};
  const processes = await correctOnTwo({ devices, shape: asked.small ? [8, 12, 16] : [128, 256, 256], ...library });
  for (const { visible, device } of processes) print(`CUDA_VISIBLE_DEVICES=${visible}: ${device}`);
  const result = await measure(asked, checks, processes);
  const device = result.device.name.replace(/ \(.*/, "").replace(/\W+/g, "_").toLowerCase();
  const file = `${asked.output.replace(/\/$/, "")}/${device}.json`;
  await Deno.mkdir(asked.output, { recursive: true });
  await Deno.writeTextFile(file, `${JSON.stringify(result, null, 2)}\n`);
  for (const { target, met, measured } of result.targets) print(`${met ? "met" : "NOT MET"}: ${target}: ${measured}`);
  print(`written to ${file}`);
}

async function countDevices(emulated: boolean): Promise<number> {
  if (emulated) return 2;
  await using backend = await openCudaBackend();
  return (await backend.visibleDevices()).length;
}

if (import.meta.main) await main();
