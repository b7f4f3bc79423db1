/**
 * Builds the CUDA library for GPUs (`deno task build:cuda`) or its emulator for tests (`deno task build:emulator`).
 *
 * @module
 */

import { checkLoops } from "./hot_loops.ts";
import { findToolkit, run, TARGETS } from "./toolkit.ts";
import { ROOT, writeSymbols } from "./sources.ts";

/** Newer devices compile this one's intermediate code when they load it. */
const PORTABLE_TARGET = "90";

const EMULATOR = `${ROOT}ffi/emulator`;

/** Where the emulated libraries go; git ignores it. */
const EMULATOR_BUILD = `${EMULATOR}/build`;

/** What a twin of the emulator is compiled with. */
interface Twin {
  /** Flags of all its sources. */
  readonly all?: readonly string[];
  /** Flags of the kernels and their host side alone. */
  readonly kernels?: readonly string[];
  /** More sources. */
  readonly sources?: readonly string[];
}

/** Twins of the emulator by the name of the library, each by the flag of that name. */
const TWINS: Readonly<Record<string, Twin>> = {
  sanitized: { all: ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"] },
  // As nvcc compiles for a GPU.
  fused: { all: ["-mfma", "-ffp-contract=fast"] },
  // Calls races.cpp before every load and store.
  watched: {
    all: ["-g1", "-DN4_WATCH"],
    kernels: ["-fsanitize=thread", "--param=tsan-instrument-func-entry-exit=0"],
    sources: ["races.cpp"],
  },
};

const HOST_FLAGS = ["-std=c++17", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror"];

/** A library that is unloaded while the driver still knows it would take the process along. */
const LINK_FLAGS = ["-z", "nodelete"];

/** Compiles the library for GPUs into the package; returns what the assembler says of each kernel. */
async function buildCuda(output: string): Promise<string> {
  const id = await writeSymbols();
  const { nvcc: [nvcc, ...flags], link: [linker, ...linkFlags], libraries, cuobjdump } = await findToolkit();
  const work = await Deno.makeTempDir();
  try {
    const said = await run(nvcc, [
      ...flags,
      "-std=c++17",
      "-O3",
      "-c",
      "--threads=0",
      "-Xptxas=-v",
      "-Werror=all-warnings",
      `-Xcompiler=${HOST_FLAGS.filter((flag) => !/std|Werror|Wextra/.test(flag)).join(",")}`,
      ...TARGETS.map((target) => `-gencode=arch=compute_${target},code=sm_${target}`),
      `-gencode=arch=compute_${PORTABLE_TARGET},code=compute_${PORTABLE_TARGET}`,
      `-DN4_BUILD_ID="${id}"`,
      "-o",
      `${work}/n4.o`,
      `${ROOT}kernels/cuda/n4_cuda.cu`,
    ]);
    // GCC 11 looks at this variable of glibc 2.32, which says whether a lock can be left out.
    await Deno.writeTextFile(`${work}/single.c`, "char __libc_single_threaded = 0;\n");
    const [glibc, nodelete] = [["-ldl", "-lrt", "-lpthread", "-lm"], LINK_FLAGS.map((flag) => `-Wl,${flag}`)];
    const objects = [`${work}/n4.o`, `${work}/single.c`, ...libraries];
    const hidden = ["-fvisibility=hidden", "-Wl,--allow-shlib-undefined"];
    await Deno.mkdir(output.slice(0, output.lastIndexOf("/")), { recursive: true });
    await run(linker, [...linkFlags, ...nodelete, ...hidden, "-o", output, ...objects, ...glibc]);
    await checkLoops(cuobjdump, output);
    return said;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Compiles the emulator, the twins asked for, and the impostors that tests expect to be refused. */
async function buildEmulator(twins: readonly string[]): Promise<void> {
  const id = await writeSymbols();
  await Deno.mkdir(EMULATOR_BUILD, { recursive: true });
  const shared = ["-shared", ...LINK_FLAGS.map((flag) => `-Wl,${flag}`)];
  const emulate = async (name: string, { all = [], kernels = [], sources = [] }: Twin) => {
    const flags = ["-O2", ...HOST_FLAGS, ...all, `-I${EMULATOR}`, "-DN4_EMULATED", `-DN4_BUILD_ID="${id}"`];
    const object = `${EMULATOR_BUILD}/${name}.o`;
    await run("g++", [...flags, ...kernels, "-c", "-o", object, `${EMULATOR}/controls.cpp`]);
    const files = ["fibers.cpp", ...sources].map((file) => `${EMULATOR}/${file}`);
    await run("g++", [...flags, ...shared, "-o", `${EMULATOR_BUILD}/libn4_cuda_${name}.so`, object, ...files]);
    await Deno.remove(object);
  };
  const impostor = (name: string, abi: number, build: string) =>
    run("gcc", [
      ...shared,
      "-fPIC",
      `-DIMPOSTOR_ABI=${abi}`,
      `-DIMPOSTOR_BUILD_ID="${build}"`,
      "-o",
      `${EMULATOR_BUILD}/${name}`,
      `${EMULATOR}/impostor.c`,
    ]);
  await emulate("emulated", {});
  await impostor("libn4_cuda_old_abi.so", 0, id);
  await impostor("libn4_cuda_other_build.so", 2, "0123456789abcdef");
  for (const name of twins) await emulate(name, TWINS[name]);
}

if (import.meta.main) {
  const [what, ...rest] = Deno.args;
  if (what === "cuda") {
    const said = await buildCuda(`${ROOT}ffi/prebuilt/linux-x64/libn4_cuda.so`);
    if (rest.includes("--verbose")) await Deno.stdout.write(new TextEncoder().encode(said));
  } else if (what === "emulator") {
    await buildEmulator(Object.keys(TWINS).filter((name) => rest.includes(`--${name}`)));
  } else {
    throw new RangeError(`Cannot build as the first word must be 'cuda' or 'emulator': current value is ${what}`);
  }
}
