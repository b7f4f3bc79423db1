/**
 * The CUDA compiler: the one on the PATH where that is version 13, else the one in pinned Python wheels, installed into
 * `ffi/.venv` on the first use.
 *
 * @module
 */

import { ROOT } from "./sources.ts";

/** The wheels that together are a compiler; with the machine's own g++ nothing else is needed. */
const WHEELS = [
  "nvidia-cuda-nvcc==13.0.88",
  "nvidia-cuda-crt==13.0.88",
  "nvidia-nvvm==13.0.88",
  "nvidia-cuda-cccl==13.0.85",
  "nvidia-cuda-runtime==13.0.96",
];

const ENVIRONMENT = `${ROOT}ffi/.venv`;

/** A compiler and the flags by which it finds its own library. */
interface Toolkit {
  /** The compiler. */
  readonly nvcc: string;
  /** Flags that every call needs. */
  readonly flags: readonly string[];
}

/** Runs a command and returns what it printed. @throws {Error} when it fails, with its output. */
export async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new Error(`Cannot build as '${command} ${args.join(" ")}' must succeed: it said\n${text}`);
  return text;
}

/** Finds the compiler, or installs it. */
export async function findToolkit(): Promise<Toolkit> {
  const found = await run("nvcc", ["--version"]).catch(() => "");
  if (/release 13\./.test(found)) return { nvcc: "nvcc", flags: [] };
  const home = await wheelFolder();
  return { nvcc: `${home}/bin/nvcc`, flags: [`-L${home}/lib`] };
}

async function wheelFolder(): Promise<string> {
  const python = `${ENVIRONMENT}/bin/python`;
  const locate = () => run(python, ["-c", "import nvidia.cu13 as cuda; print(list(cuda.__path__)[0])"]);
  const found = await locate().catch(() => "");
  if (found) return found.trim();
  await run("python3", ["-m", "venv", ENVIRONMENT]);
  await run(python, ["-m", "pip", "install", "--quiet", "--no-deps", ...WHEELS]);
  return (await locate()).trim();
}
