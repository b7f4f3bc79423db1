/** Every way in which the CUDA backend says no, with its sentence. */
import assert from "node:assert/strict";
import { BUILD_ID } from "../../../ffi/symbols.ts";
import { openBackend } from "../../../src/backends/open.ts";
import { splineRows3, zeroLattice } from "../../../src/n4/bspline.ts";
import { fitInputs } from "../../contract/fit_inputs.ts";
import { emulate, emulatorLibrary, emulatorTest, openEmulator, withLibrary } from "../../helpers/cuda.ts";

const [{ samples, domain }] = fitInputs();

/** A level of a fit of {@linkcode samples}. */
function level(points: [number, number, number] = [4, 4, 4]) {
  const rows = splineRows3([samples.z, samples.y, samples.x], domain, points);
  return { rows, lattice: zeroLattice(points) };
}

const REQUEST = { count: 1, threshold: 0, bins: 64, fwhm: 0.15, wienerNoise: 0.01 };

function cuda(message: string | RegExp) {
  return { name: "BackendError", backend: "cuda", message };
}

emulatorTest("a library that is not there", async () => {
  const path = "/nowhere/libn4_cuda.so";
  await assert.rejects(openEmulator(path), cuda(/^Cannot open the CUDA backend as its library must load: .*\/nowhere/));
});

emulatorTest("a library that is no library", async () => {
  const path = new URL("../../../README.md", import.meta.url).pathname;
  await assert.rejects(openEmulator(path), cuda(/^Cannot open the CUDA backend as its library must load: /));
});

emulatorTest("a library named by a relative path", async () => {
  await assert.rejects(
    openEmulator("libn4_cuda.so"),
    cuda(
      "Cannot open the CUDA backend as N4_CUDA_LIBRARY must be an absolute path: current value is libn4_cuda.so",
    ),
  );
});

emulatorTest("a library of another interface version", async () => {
  const path = emulatorLibrary("old_abi");
  const text = `the interface version of its library '${path}' must be 2: current value is 0`;
  await assert.rejects(openEmulator(path), cuda(`Cannot open the CUDA backend as ${text}`));
});

emulatorTest("a library built from other sources", async () => {
  const path = emulatorLibrary("other_build");
  const text = `the build id of its library '${path}' must be ${BUILD_ID}: current value is 0123456789abcdef`;
  await assert.rejects(openEmulator(path), cuda(`Cannot open the CUDA backend as ${text}`));
});

emulatorTest("no driver, one that is too old, and no device, each with its own sentence", async () => {
  const refused = (text: string) => assert.rejects(openEmulator(), cuda(`Cannot use CUDA as ${text}`));
  emulate("driver", 0);
  await refused("an NVIDIA driver of version 525 or newer must be installed: none was found");
  emulate("driver", 11_040);
  await refused(
    "the NVIDIA driver must have version 525 or newer (CUDA 12.0): current one supports CUDA 11.4",
  );
  emulate("driver", 12_000);
  emulate("devices", 0);
  await refused("the NVIDIA driver must find a device: current error is 'no CUDA-capable device is detected'");
});

emulatorTest("a device of a number that there is not", async () => {
  emulate("devices", 2);
  const text = "Cannot use CUDA as 'device' must be an integer from 0 to 1: current value is 2";
  await assert.rejects(openEmulator(undefined, 2), cuda(text));
});

emulatorTest("a device that the library has no code for is left out, and refused where it is asked for", async () => {
  emulate("devices", 2);
  emulate("capability", 52);
  await using backend = await openEmulator();
  assert.match(backend.device.name, /^emulated device 1 /);
  const rule = "a device must have compute capability 6.0 or higher";
  const text = `Cannot use CUDA as ${rule}: current is emulated device 0 with 5.2`;
  await assert.rejects(openEmulator(undefined, 0), cuda(text));
  emulate("devices", 1);
  await assert.rejects(openEmulator(), cuda(text));
});

emulatorTest("the device with the most free memory is used, unless one is asked for", async () => {
  emulate("devices", 2);
  for (const [used, asked, expected] of [[0, undefined, 0], [2 ** 30, undefined, 1], [2 ** 30, 0, 0], [0, 1, 1]]) {
    emulate("usedElsewhere", used ?? 0);
    await using backend = await openEmulator(undefined, asked);
    assert.match(
      backend.device.name,
      new RegExp(`^emulated device ${expected} \\(GPU-00000000-0000-.*0${expected}\\)$`),
    );
    await using session = await backend.openFit(samples);
    await session.beginLevel(level());
    assert.ok(backend.peakBytes() > 0);
  }
});

emulatorTest("samples, a level, and boxes that exceed the free memory, with need and free", async () => {
  await using backend = await openEmulator();
  emulate("totalBytes", 1000);
  const says = (action: string) =>
    cuda(new RegExp(`^Cannot ${action} as the device must have \\d+ bytes free in one piece: current value is \\d+$`));
  await assert.rejects(backend.openFit(samples), says("open the fit"));
  emulate("totalBytes", 2 ** 32);
  await using session = await backend.openFit(samples);
  emulate("totalBytes", 1000);
  await assert.rejects(session.beginLevel(level()), says("begin the level"));
  const volume = [4, 5, 6] as const;
  const box = { z0: 0, z1: 4, y0: 0, y1: 5, x0: 0, x1: 6 };
  emulate("totalBytes", 2 ** 32);
  await using smooth = await backend.openSmooth({ volume, sigma: [1, 1, 1], truncate: 4 });
  emulate("totalBytes", 1000);
  await assert.rejects(smooth.smooth(box, box, new Float32Array(120), new Float32Array(120)), says("smooth the box"));
  emulate("totalBytes", 2 ** 32);
  await session.beginLevel(level());
  assert.equal((await session.iterate(REQUEST)).convergence.length, 1);
});

emulatorTest("arguments that would make a kernel read beyond an array", async () => {
  await using backend = await openEmulator();
  const says = (message: string | RegExp) => ({ name: "RangeError", message });
  const rowStart = samples.rowStart.slice();
  rowStart[rowStart.length - 1]++;
  await assert.rejects(
    backend.openFit({ ...samples, rowStart }),
    says(/^Cannot open the fit as 'row_start' must be the number of samples at its last entry: current value is/),
  );
  const xIndex = samples.xIndex.slice();
  xIndex[3] = 60_000;
  await assert.rejects(
    backend.openFit({ ...samples, xIndex }),
    says("Cannot open the fit as 'x_index' must be within the columns: current value is 60000"),
  );
  await using session = await backend.openFit(samples);
  const { rows, lattice } = level();
  await assert.rejects(
    session.beginLevel({ rows: [{ ...rows[0], first: rows[0].first.map(() => 1) }, rows[1], rows[2]], lattice }),
    says("Cannot begin the level as 'first' must be within the lattice: current value is 1"),
  );
  await session.beginLevel(level());
  await assert.rejects(
    session.iterate({ ...REQUEST, bins: 1 }),
    says("Cannot iterate as 'bins' must be an integer from 2 to 65536: current value is 1"),
  );
  await assert.rejects(
    session.values(new Float32Array(3)),
    says("Cannot read the values as 'length' must be the number of samples: current value is 3"),
  );
  await session[Symbol.asyncDispose]();
  await assert.rejects(
    session.values(new Float32Array(samples.value.length)),
    says(/^Cannot go on as the session must be open: current session is \d+$/),
  );
});

emulatorTest("boxes beyond the volume, of another length, or without their halo", async () => {
  await using backend = await openEmulator();
  const volume = [4, 5, 6] as const;
  const whole = { z0: 0, z1: 4, y0: 0, y1: 5, x0: 0, x1: 6 };
  await using apply = await backend.openApply({
    volume,
    sections: [],
    strength: 1,
    scale: 1,
    zeroOutside: false,
    floor: 1e-6,
  });
  await assert.rejects(apply.correct({ ...whole, z1: 5 }, new Float32Array(150)), {
    message: "Cannot correct the box as 'box' must be within the volume: current value is 5",
  });
  await assert.rejects(apply.correct(whole, new Float32Array(7)), {
    message: "Cannot correct the box as 'data' must have the box's 120 voxels: current value is 7",
  });
  await using smooth = await backend.openSmooth({ volume, sigma: [1, 0, 0], truncate: 1 });
  const inner = { ...whole, z0: 1, z1: 3 };
  await assert.rejects(smooth.smooth(inner, inner, new Float32Array(60), new Float32Array(60)), {
    message: "Cannot smooth the box as 'padded' must be the box grown by the halo: current value is 1",
  });
});

emulatorTest("auto and gpu go on where the library is the emulator; cuda takes it", async () => {
  await withLibrary(emulatorLibrary("emulated"), async () => {
    const refusals: string[] = [];
    await using backend = await openBackend("auto", { workers: 0 }, (reason) => refusals.push(reason));
    assert.notEqual(backend.device.kind, "cuda");
    assert.match(
      refusals[0],
      /^Cannot open the CUDA backend as a GPU must do the work unless 'cuda' is asked for by name/,
    );
    await using named = await openBackend("cuda");
    assert.equal(named.device.kind, "cuda");
    assert.equal(named.device.software, true);
  });
});

Deno.test({
  name: "without --allow-ffi the sentence names the flag",
  permissions: { ffi: false, env: false, read: true, sys: true },
  fn: async () => {
    await assert.rejects(openBackend("cuda"), {
      message:
        /^Cannot open the CUDA backend as the flag --allow-ffi=\/.*libn4_cuda\.so \(or --allow-ffi\) must be given: current permission is/,
    });
  },
});
