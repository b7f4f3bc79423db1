/**
 * The Python that the reference runs on. Run as a script, it makes a virtual environment in `.venv/reference` with the pinned packages of
 * requirements.txt and says what is there; other scripts ask {@linkcode referencePython} for it.
 *
 * @module
 */

import { print } from "../helpers/print.ts";

const REQUIREMENTS = new URL("./requirements.txt", import.meta.url).pathname;
const ENVIRONMENT = new URL("../../.venv/reference", import.meta.url).pathname;

/** A new folder for arrays that go to Python and back; the caller removes it. Beside the environment, so that scripts need no other place. */
export function makeWorkFolder(): Promise<string> {
  return Deno.makeTempDir({ dir: new URL("../../.venv", import.meta.url).pathname, prefix: "reference-work-" });
}

/** What Python answers when it is asked for its packages. */
const PROBE = "import sys, SimpleITK, nibabel, numpy, scipy, skimage; from importlib.metadata import version; " +
  "print(sys.version.split()[0], *(p + '==' + version(p) for p in ('simpleitk', 'itk-core', 'nibabel', 'numpy', 'scipy', 'scikit-image', 'antspyx', 'nipype', 'pydra-ants', 'niwrap-ants', 'niworkflows')))";

/**
 * Path of a Python that can run the reference.
 *
 * @throws {Error} when there is none; the message says how to make one.
 */
export async function referencePython(): Promise<string> {
  const python = `${ENVIRONMENT}/bin/python`;
  const found = await run(python, ["-c", PROBE]);
  if (found.success) return python;
  throw new Error(
    `Cannot run the reference as Python with its packages must be there (deno task suite reference:setup): ${python} says ${
      found.text.trim().split("\n").at(-1)
    }`,
  );
}

/** What is installed, in one line. */
export async function referenceVersions(python: string): Promise<string> {
  return (await run(python, ["-c", PROBE])).text.trim();
}

async function run(command: string, args: string[]): Promise<{ success: boolean; text: string }> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
    return { success, text: new TextDecoder().decode(success ? stdout : stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { success: false, text: "no such file" };
    throw error;
  }
}

async function setUp(): Promise<void> {
  const wanted = ["python3.11", "python3"];
  let made = false;
  for (const python of wanted) {
    made ||= (await run(python, ["-m", "venv", ENVIRONMENT])).success;
  }
  if (!made) {
    throw new Error(`Cannot set up the reference as one of ${wanted} must be able to make a virtual environment`);
  }
  const pip = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-deps",
    "--disable-pip-version-check",
    "--requirement",
    REQUIREMENTS,
  ];
  const installed = await run(`${ENVIRONMENT}/bin/python`, pip);
  if (!installed.success) throw new Error(`Cannot set up the reference as pip must install it: ${installed.text}`);
}

if (import.meta.main) {
  const python = await referencePython().catch(async () => {
    await setUp();
    return await referencePython();
  });
  print(`${python}\n${await referenceVersions(python)}`);
}
