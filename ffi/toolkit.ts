/**
 * The parts that the CUDA library is built from, pinned by their SHA-256: the same bytes come out on every machine, and
 * the library loads wherever glibc is 2.17 or newer and the driver 525 or newer. They go into `ffi/.toolkit` on the
 * first use (about 290 MB); `dpkg` and `python3` unpack them.
 *
 * nvcc 11.8 is the newest that compiles for Pascal and Volta and whose code older drivers take; its host compiler is
 * GCC 11. Headers and the static runtime are of CUDA 12, which driver 525 brought. Zig links against glibc 2.17.
 *
 * @module
 */

import { ROOT } from "./sources.ts";

/** Compute capabilities with machine code in the library: Pascal, Volta, Turing, Ampere (both), Ada, Hopper. */
export const TARGETS = ["60", "70", "75", "80", "86", "89", "90"];

/** Where the parts are; git ignores it. */
export const HOME = `${ROOT}ffi/.toolkit`;

const DEBIAN = "http://deb.debian.org/debian/pool";

/** Packages of Debian 12, as they lie in its archive. */
const PACKAGES: Readonly<Record<string, string>> = {
  "non-free/n/nvidia-cuda-toolkit/nvidia-cuda-toolkit_11.8.89~11.8.0-5~deb12u1_amd64.deb":
    "d1156026e704fe0368b6295db06224ed00a727966fb13454f34e3f3102db0457",
  "main/g/gcc-11/cpp-11_11.3.0-12_amd64.deb": "2fffa4164a7d4103c410fce5b76fae2cb9508e6f0095c99a6f91f686566a22a1",
  "main/g/gcc-11/gcc-11_11.3.0-12_amd64.deb": "ffd171e4df5bbc0ace8ecc6efcb6192a8f64fa5bb22ef2f193be66a43431c356",
  "main/g/gcc-11/g++-11_11.3.0-12_amd64.deb": "4ccab3ebfb3edd0c32a5f7abe98fcb1865e52c369418fe468c1f793e5ccda1f5",
  "main/g/gcc-11/libgcc-11-dev_11.3.0-12_amd64.deb": "ca9f6d0e48c482e32b5198b4dd6bd406b4eeb79b8557acc7ce4e89697cd6afa0",
  "main/g/gcc-11/libstdc++-11-dev_11.3.0-12_amd64.deb":
    "9db1a0a4f4db845191380e25ce7d8669ee4785e24e9550c2fcd79d010ea2d513",
  "main/g/gcc-12/libstdc++6_12.2.0-14+deb12u1_amd64.deb":
    "5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d",
};

/** Python wheels: the runtime's headers and the compiler's, the static runtime, the linker. */
const WHEELS: Readonly<Record<string, string>> = {
  "nvidia-cuda-runtime-cu12==12.0.146": "18c038592af387684812fa712642aa9a26c12da80acb488b6709f7cced147f71",
  "nvidia-cuda-nvcc-cu12==12.0.140": "958d54df87d0c0b7207e7fed403d6eeda0890a01cc44cfeaccf87c7f90e9b165",
  "nvidia-cuda-runtime-cu12==12.9.79": "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
  "ziglang==0.17.1": "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
};

/** What the build calls. */
export interface Toolkit {
  /** nvcc and the flags that every call needs. */
  readonly nvcc: readonly string[];
  /** The linker, for glibc 2.17. */
  readonly link: readonly string[];
  /** What the library is linked with, the static runtime first. */
  readonly libraries: readonly string[];
  /** The disassembler. */
  readonly cuobjdump: string;
}

/** Runs a command and returns what it printed. @throws {Error} when it fails, with its output. */
export async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new Error(`Cannot build as '${command} ${args.join(" ")}' must succeed: it said\n${text}`);
  return text;
}

/** The parts, fetched where they are not here yet. @throws {Error} where one cannot be had, or is another. */
export async function findToolkit(): Promise<Toolkit> {
  const root = `${HOME}/root`;
  const wheel = (name: string) => `${HOME}/${name.replace("==", "-")}/nvidia`;
  if (!await exists(`${HOME}/complete`)) {
    await Deno.mkdir(root, { recursive: true });
    for (const [path, hash] of Object.entries(PACKAGES)) await unpackPackage(path, hash, root);
    for (const [name, hash] of Object.entries(WHEELS)) await unpackWheel(name, hash);
    // Debian's profile names folders of the system.
    const profile = `${root}/usr/lib/nvidia-cuda-toolkit/bin/nvcc.profile`;
    await Deno.remove(profile);
    await Deno.writeTextFile(
      profile,
      "NVVMIR_LIBRARY_DIR = $(_HERE_)/../libdevice\nPATH += $(_HERE_):$(_HERE_)/../../../bin:\n",
    );
    await Deno.chmod(`${HOME}/ziglang-0.17.1/ziglang/zig`, 0o755);
    await Deno.writeTextFile(`${HOME}/complete`, "");
  }
  return {
    nvcc: [
      `${root}/usr/lib/nvidia-cuda-toolkit/bin/nvcc`,
      `--compiler-bindir=${root}/usr/bin/x86_64-linux-gnu-g++-11`,
      `-I${wheel("nvidia-cuda-nvcc-cu12==12.0.140")}/cuda_nvcc/include`,
      `-I${wheel("nvidia-cuda-runtime-cu12==12.0.146")}/cuda_runtime/include`,
    ],
    link: [`${HOME}/ziglang-0.17.1/ziglang/zig`, "cc", "-target", "x86_64-linux-gnu.2.17", "-shared", "-s"],
    libraries: [
      `${wheel("nvidia-cuda-runtime-cu12==12.9.79")}/cuda_runtime/lib/libcudart_static.a`,
      `${root}/usr/lib/x86_64-linux-gnu/libstdc++.so.6`,
    ],
    cuobjdump: `${root}/usr/bin/cuobjdump`,
  };
}

/** A package of Debian, fetched into `root`. @throws {Error} where it cannot be had, or is another. */
export async function unpackPackage(path: string, hash: string, root: string): Promise<void> {
  const url = `${DEBIAN}/${path}`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Cannot build as ${url} must be there: current status is ${response.status}`);
  const file = `${HOME}/package.deb`;
  await Deno.writeFile(file, await demandHash(url, new Uint8Array(await response.arrayBuffer()), hash));
  await run("dpkg", ["--extract", file, root]);
  await Deno.remove(file);
}

async function unpackWheel(name: string, hash: string): Promise<void> {
  const folder = `${HOME}/${name.replace("==", "-")}`;
  await Deno.mkdir(folder, { recursive: true });
  const python = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder, name];
  await run("python3", python);
  const [file] = await Array.fromAsync(Deno.readDir(folder), (entry) => `${folder}/${entry.name}`);
  await demandHash(name, await Deno.readFile(file), hash);
  await run("python3", ["-m", "zipfile", "-e", file, folder]);
  await Deno.remove(file);
}

async function demandHash(name: string, bytes: Uint8Array<ArrayBuffer>, wanted: string): Promise<Uint8Array> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  if (digest !== wanted) {
    throw new Error(`Cannot build as ${name} must have the SHA-256 ${wanted}: current is ${digest}`);
  }
  return bytes;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
