/** The demo: what a newcomer runs first. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { openImage } from "../src/io/open.ts";
import { ComputedSource } from "../src/phantom/computed_source.ts";
import { fieldError } from "../src/phantom/field_error.ts";
import { octPhantom } from "../src/phantom/oct_phantom.ts";
import type { Shape3 } from "../src/volume.ts";

const SCRIPT = fileURLToPath(new URL("../scripts/demo.ts", import.meta.url));

async function runDemo(directory: string, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const permissions = ["--no-prompt", "--allow-read", `--allow-write=${directory}`, "--allow-run=deno"];
  const args = ["run", "--quiet", ...permissions, SCRIPT, "--output", `${directory}/demo`, ...words];
  const { code, stdout, stderr } = await new Deno.Command("deno", { args, cwd: directory }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

async function inTempDir(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("the demo lowers the field error, writes a picture, names it last, and can be run again", async () => {
  await inTempDir(async (directory) => {
    for (let run = 0; run < 2; run++) {
      const { code, out, err } = await runDemo(directory, "--shape", "24", "64", "64");
      assert.equal(code, 0, err);
      const [, before] = /before: +([\d.]+) %/.exec(out) ?? [];
      const [, after] = /after: +([\d.]+) %/.exec(out) ?? [];
      // Measured 10.5 % and 4.9 %.
      assert.ok(Number(after) < 0.6 * Number(before), out);
      const figure = out.trim().split("\n").at(-1) ?? "";
      assert.equal(figure, `${directory}/demo/demo.png`);
      const { width, height } = decode(await Deno.readFile(figure));
      assert.ok(width > 1000 && height > 400, `${width} x ${height}`);
    }
    const left = [...Deno.readDirSync(`${directory}/demo`)].map((entry) => entry.name).sort();
    assert.deepEqual(left, [
      "bias_field.ome.zarr",
      "corrected.ome.zarr",
      "demo.png",
      "phantom.ome.zarr",
      "report.json",
    ]);
    await using corrected = await openImage(`${directory}/demo/corrected.ome.zarr`);
    assert.deepEqual(corrected.shape, [24, 64, 64]);
  });
});

Deno.test("the demo refuses a phantom that is too small, with exit code 2 and one sentence", async () => {
  await inTempDir(async (directory) => {
    const { code, out, err } = await runDemo(directory, "--shape", "8", "64", "64");
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /'--shape' as it must be integers >= 16, one or three \(Z Y X\): current value is '8'\n$/);
  });
});

Deno.test("the field error is the spread of true over estimated field in the mask, whatever their scale", async () => {
  const shape: Shape3 = [5, 20, 30];
  const { field: truth, mask } = octPhantom({ shape });
  const values = new Float32Array(3000);
  const inside = new Float32Array(3000);
  const all = { z0: 0, z1: 5, y0: 0, y1: 20, x0: 0, x1: 30 };
  await truth.read(all, values);
  await mask.read(all, inside);
  const scaled = new ComputedSource(shape, truth.voxelSize, "float32", (row, z, y, x0) => {
    for (let i = 0; i < row.length; i++) row[i] = 3 * values[(z * 20 + y) * 30 + x0 + i];
  });
  const perfect = await fieldError({ truth, estimate: scaled, mask });
  assert.ok(perfect.variation < 1e-6 && Math.abs(perfect.mean - 1 / 3) < 1e-6);
  const chosen = [...values].filter((_, i) => inside[i] === 1);
  const mean = chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
  const deviation = Math.sqrt(chosen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / chosen.length);
  const none = await fieldError({ truth, mask });
  assert.ok(Math.abs(none.variation - deviation / mean) < 1e-9 && Math.abs(none.mean - mean) < 1e-9);
});
