/** What is tried where, and what is said where nothing can be opened. */

import assert from "node:assert/strict";
import { openBackend } from "../../src/backends/open.ts";

Deno.test({
  name: "without permission to leave OpenGL out no adapter is looked for, unless WebGPU is asked for by name",
  ignore: Deno.build.os !== "linux",
  permissions: { env: false, ffi: false, read: true },
  fn: async () => {
    const refusals: string[] = [];
    await using backend = await openBackend("auto", { workers: 0 }, (reason) => refusals.push(reason));
    assert.equal(backend.device.kind, "ts");
    assert.match(refusals[0], /^Cannot open the CUDA backend as the flag --allow-ffi=/);
    const flag = "--allow-env=DENO_WEBGPU_BACKEND,XDG_RUNTIME_DIR";
    const rule = `the flag ${flag} must be given: current permission is prompt`;
    assert.equal(refusals[1], `Cannot open the WebGPU backend as ${rule}`);
  },
});

Deno.test({
  name: "where 'auto' finds nothing the last reason stands alone; 'gpu' says why for both",
  ignore: Deno.build.os !== "linux",
  permissions: { env: false, ffi: false, read: false },
  fn: async () => {
    await assert.rejects(openBackend("auto", { workers: 1 }), ({ message, cause }) => {
      assert.match(message, /^Cannot start worker threads as .*: run it with --allow-read=.*src, or with /);
      assert.equal(cause.length, 3);
      return true;
    });
    await assert.rejects(openBackend("gpu"), /^BackendError: Cannot open the CUDA backend .*; Cannot open the WebGPU /);
  },
});
