/**
 * `deno task suite bench:setup`: makes a virtual environment in `.venv/peers` with the pinned packages of peers_requirements.txt.
 *
 * @module
 */

import { print } from "../tests/helpers/print.ts";

const REQUIREMENTS = new URL("./peers_requirements.txt", import.meta.url).pathname;
const ENVIRONMENT = new URL("../.venv/peers", import.meta.url).pathname;

/** The Python of the peers. */
export const PEER_PYTHON = `${ENVIRONMENT}/bin/python`;

/** Commands that may be a Python new enough. */
const PYTHONS = ["python3.12", "python3.13", "python3"];

/** Runs a command; its complaint where it fails. */
async function complaint(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(command, { args: [...args] }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no ${command}`;
    throw error;
  }
}

async function setUp(): Promise<void> {
  const complaints: string[] = [];
  for (const python of PYTHONS) {
    const failed = await complaint(python, ["-c", "import sys; assert sys.version_info >= (3, 12), sys.version"]) ??
      await complaint(python, ["-m", "venv", ENVIRONMENT]);
    if (failed === undefined) break;
    complaints.push(failed);
  }
  if (complaints.length === PYTHONS.length) {
    throw new Error(`Cannot set up the peers as Python 3.12 or newer must be there: ${complaints.join("; ")}`);
  }
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS];
  const failed = await complaint(PEER_PYTHON, pip);
  if (failed !== undefined) throw new Error(`Cannot set up the peers as pip must install them: ${failed}`);
  print(PEER_PYTHON);
}

if (import.meta.main) await setUp();
