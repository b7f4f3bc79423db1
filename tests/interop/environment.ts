/**
 * The Python with other tools of OME-Zarr and the BIDS validator. Run as a script, it makes a virtual environment in `.venv/interop` with the pinned packages of requirements.txt and says what is there.
 *
 * @module
 */

import { print } from "../helpers/print.ts";

const HERE = new URL(".", import.meta.url).pathname;
/** Where it is. */
export const ENVIRONMENT: string = new URL("../../.venv/interop", import.meta.url).pathname;

const PROBE =
  "import sys, zarr, ome_zarr.writer, ngff_zarr, ome_zarr_models, niizarr; from importlib.metadata import version; " +
  "print(sys.version.split()[0], *(p + '==' + version(p) for p in " +
  "('zarr', 'ome-zarr', 'ngff-zarr', 'ome-zarr-models', 'nifti-zarr', 'bids-validator-deno')))";

/** What a Python program printed. @throws {Error} when it fails; the message ends with its last line on standard error. */
export async function runPython(args: readonly string[], python = `${ENVIRONMENT}/bin/python`): Promise<string> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(python, { args: [...args] }).output();
  } catch (cause) {
    throw new Error(`Cannot run ${python} as it must be there: run 'deno task suite interop:setup'`, { cause });
  }
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!output.success) throw new Error(`Cannot go on as ${args[0]} must succeed: ${stderr.trim().split("\n").at(-1)}`);
  return stdout.trim();
}

/** Runs one of the programs beside this file. */
export function runTool(
  program: "list_images.py" | "read_stores.py" | "write_stores.py",
  args: readonly string[],
): Promise<string> {
  return runPython(["-W", "ignore", HERE + program, ...args]);
}

async function setUp(): Promise<void> {
  await runPython(["-m", "venv", ENVIRONMENT], "python3");
  await runPython(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", `${HERE}requirements.txt`]);
}

if (import.meta.main) {
  const versions = await runPython(["-c", PROBE]).catch(async () => {
    await setUp();
    return await runPython(["-c", PROBE]);
  });
  print(`${ENVIRONMENT}\n${versions}`);
}
