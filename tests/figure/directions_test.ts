/** Which way a plane lies is what its affine says, and a bar has a round length. */
import assert from "node:assert/strict";
import { bodyPlane, edgesOf, scaleBar } from "../../src/figure/directions.ts";
import { lengthsText } from "../../src/figure/format.ts";
import { panelsSvg } from "../../src/figure/render_panels.ts";

/** An affine whose x, y and z grow towards the given letters. */
function affineOf(letters: string): number[] {
  const rows = [...letters].map((letter) => "RAS".includes(letter) ? "RAS".indexOf(letter) : "LPI".indexOf(letter));
  return [0, 1, 2].flatMap((row) => [
    ...[0, 1, 2].map((column) => rows[column] === row ? ("RAS".includes(letters[column]) ? 2 : -2) : 0),
    0,
  ]).concat([0, 0, 0, 1]);
}

Deno.test("the letters around a plane are the directions of the affine, whichever way its rows are drawn", () => {
  const shown = (letters: string, axis: number, upwards: boolean) => {
    const { left, right, top, bottom } = edgesOf({ affine: affineOf(letters) }, axis, upwards) ?? {};
    return `${left}${right} ${top}${bottom}`;
  };
  assert.equal(shown("RAS", 0, true), "LR AP");
  assert.equal(shown("RAS", 1, true), "LR SI");
  assert.equal(shown("RAS", 2, true), "PA SI");
  assert.equal(shown("LPS", 0, false), "RL AP");
  assert.equal(shown("LAS", 0, true), "RL AP");
  assert.equal(shown("PIR", 0, false), "AP SI");
});

Deno.test("planes have the names of anatomy in a body, and neither names nor letters elsewhere", () => {
  const names = (letters: string) => [0, 1, 2].map((axis) => bodyPlane({ affine: affineOf(letters) }, axis));
  assert.deepEqual(names("RAS"), ["axial", "coronal", "sagittal"]);
  assert.deepEqual(names("PIR"), ["sagittal", "axial", "coronal"]);
  for (const place of [{}, { affine: affineOf("RAS"), frame: "own" as const }]) {
    assert.equal(edgesOf(place, 0, true), undefined);
    assert.equal(bodyPlane(place, 0), undefined);
  }
});

Deno.test("a bar has 1, 2 or 5 times a power of ten, between a seventh and a third of the extent", () => {
  assert.deepEqual([180, 64, 1.2, 0.9, 0.0021].map((extent) => scaleBar(extent).text), [
    "50 mm",
    "20 mm",
    "200 µm",
    "200 µm",
    "0.5 µm",
  ]);
  for (let extent = 1e-4; extent < 1e4; extent *= 1.07) {
    const part = scaleBar(extent).mm / extent;
    assert.ok(part <= 1 / 3 && part > 0.13, `${extent}: ${part}`);
  }
  assert.equal(lengthsText([0.025, 0.01, 0.01]), "25 × 10 × 10 µm");
  assert.equal(lengthsText([1.2, 0.05, 0.05]), "1.2 × 0.05 × 0.05 mm");
});

Deno.test("a panel has its letters and a bar as long as its text says, along both axes where their scales differ", () => {
  const panel = { title: "t", data: new Float32Array(200 * 100), width: 200, height: 100, range: [0, 1], map: "grey" };
  const draw = (more: object) => panelsSvg([{ ...panel, ...more } as never]);
  const edges = edgesOf({ affine: affineOf("RAS") }, 0, true);
  const svg = draw({ edges, mm: [0.3, 0.3] });
  for (const letter of "LRAP") assert.ok(svg.includes(`>${letter}</text>`), letter);
  // 200 values of 0.3 mm, each two pixels wide.
  assert.ok(svg.includes(">20 mm</text>"));
  const bars = (text: string) => [...text.matchAll(/width="([\d.]+)" height="([\d.]+)" fill="#fff"/g)];
  assert.deepEqual(bars(svg).map(([, width]) => Math.round(Number(width))), [Math.round(2 * 20 / 0.3)]);
  const [flat, upright] = bars(draw({ mm: [0.1, 0.3] }));
  assert.deepEqual([flat[2], upright[1]], ["3", "3"]);
  assert.equal(Math.round(Number(upright[2])), 2 * 2 / 0.1);
  assert.equal(bars(draw({})).length, 0);
});
