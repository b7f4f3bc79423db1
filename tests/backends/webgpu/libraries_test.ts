/** Which libraries of the system are loaded where an adapter is looked for. */
import assert from "node:assert/strict";
import { ROOT } from "../../helpers/command.ts";
import { print } from "../../helpers/print.ts";
import { webGpuMissing } from "../../helpers/webgpu.ts";

/** Opens a device, and tells whether OpenGL's library came with it. */
const SCRIPT = `
import { openGpu } from "${ROOT}src/backends/webgpu/adapter.ts";
const { gpu } = await openGpu({ allowSoftware: true });
console.log((await Deno.readTextFile("/proc/self/maps")).includes("/libEGL.so"));
gpu.close();
`;

async function loadsOpenGl(env: Record<string, string>): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-check", SCRIPT], env, clearEnv: true });
  const { success, stdout, stderr } = await command.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "webgpu: OpenGL is not loaded beside Vulkan unless the user says so",
  ignore: webGpuMissing !== undefined || Deno.build.os !== "linux",
  fn: async () => {
    const asked = await loadsOpenGl({ DENO_WEBGPU_BACKEND: "vulkan,gl" });
    print(`webgpu: OpenGL's library ${asked ? "is loaded" : "is not here even"} when asked for`);
    assert.equal(await loadsOpenGl({}), false);
  },
});
