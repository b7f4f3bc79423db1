/** `n4 compare`: pictures that show the arrays, with colour bars that say their ranges. */

import assert from "node:assert/strict";
import { decode } from "npm:fast-png@8.0.0";
import { compareFile } from "../../../src/evaluate/compare/compare.ts";
import { barNumbers } from "../../../src/figure/colour_bar.ts";
import { colourTable } from "../../../src/figure/colour_map.ts";
import { layoutPanels } from "../../../src/figure/layout.ts";
import { type Panel, pixelScale } from "../../../src/figure/panel.ts";
import { spherePhantom } from "../../../src/phantom/sphere.ts";
import { programs, runWell } from "../../helpers/command.ts";
import { FIT, phantomAt, PLANE, SHAPE } from "../../helpers/comparisons.ts";
import { readImage, writeImage } from "../../helpers/images.ts";
import { inFolder } from "../../helpers/nifti_files.ts";
import { colourAt, correlation, type Picture, valueOf } from "../../helpers/pictures.ts";
import { ZIPS } from "../../helpers/zip_files.ts";

async function picture(path: string): Promise<Picture> {
  return decode(await Deno.readFile(path));
}

/** The values, from 0 to 1, that the pixels of a part of a picture stand for. */
function valuesOf(
  image: Picture,
  map: Panel["map"],
  width: number,
  height: number,
  x0 = 0,
  y0 = 0,
  edge = 1,
): number[] {
  const table = colourTable(map);
  return Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return valueOf(colourAt(image, x0 + ((x + 0.5) * edge | 0), y0 + ((y + 0.5) * edge | 0)), table);
  });
}

function planeOf(values: Float32Array, plane: number): Float32Array {
  return values.subarray(plane * PLANE, (plane + 1) * PLANE);
}

/** The share of a range that is shown of each value. */
function shown(values: Float32Array, hi: number): Float32Array {
  return values.map((value) => Math.min(1, Math.max(0, value / hi)));
}

programs.test("every panel, in the figure and by itself, follows the array that it shows (r > 0.99)", () =>
  inFolder(async (folder) => {
    const input = await phantomAt(`${folder}/in.ome.zarr`);
    const correct = [
      "correct",
      `${folder}/in.ome.zarr`,
      `${folder}/out.ome.zarr`,
      "--preset",
      "mri",
      "--shrink-factor",
      "2",
    ];
    await runWell(["n4", ...correct, "--n-iterations", "9", "9", "--backend", "ts", "--n-levels", "0", "--quiet"]);
    const corrected = await readImage(`${folder}/out.ome.zarr`);
    const json = `${folder}/figures.json`;
    const sides = ["--first", `${folder}/out.ome.zarr`, "--second", "ts"];
    const output = ["--output", `${folder}/p.png`, "--json-file", json, "--plane", "5"];
    await runWell(["n4_visual_compare", "--zarr", `${folder}/in.ome.zarr`, ...sides, ...output, ...FIT]);
    const report = JSON.parse(await Deno.readTextFile(json));
    assert.deepEqual(
      Object.keys(report.outputs),
      ["picture", "input", "out", "ts", "difference", "histograms", "histogramsPng", "json"],
    );
    const arrays = { input, out: corrected };
    const panel: Panel = { title: "", data: planeOf(input, 5), width: 44, height: 40, range: [0, 1], map: "grey" };
    const { places, ...size } = layoutPanels([panel, panel, panel, panel], { title: "", caption: "" });
    const figure = await picture(`${folder}/p.png`);
    assert.deepEqual([figure.width, figure.height], [size.width, size.height]);
    const { enlarge } = pixelScale(panel);
    for (const [i, name] of ["input", "out", "ts", "difference"].entries()) {
      const map = name === "difference" ? "magma" : "grey";
      const loose = await picture(`${folder}/p_${name}.png`);
      assert.deepEqual([loose.width, loose.height], [44, 40]);
      const own = valuesOf(loose, map, 44, 40);
      const { x, y } = places[i].image;
      const inFigure = valuesOf(figure, map, 44, 40, x, y, enlarge);
      // The scale bar and its text lie over the last four rows.
      const above = 36 * 44;
      const seen = [own, inFigure].map((values) => values.slice(0, above));
      assert.ok(correlation(seen[0], seen[1]) > 0.999, `${name} in the figure`);
      const array = arrays[name as keyof typeof arrays];
      if (array) assert.ok(correlation(own, planeOf(array, 5)) > 0.99, name);
    }
  }));

Deno.test("the field and its difference to 1 are shown for one correction beside the input, blank outside the mask", () =>
  inFolder(async (folder) => {
    const input = await phantomAt(`${folder}/in.nii`);
    const field = spherePhantom(SHAPE, 2).field;
    await writeImage(`${folder}/exact.nii`, { shape: SHAPE, volumes: [input.map((value, i) => value / field[i])] });
    const sides = { zarr: `${folder}/in.nii`, second: `${folder}/exact.nii` };
    await compareFile({ options: { ...sides, output: `${folder}/p.png`, plane: 0, jsonFile: `${folder}/f.json` } });
    const mask = maskOf(input);
    const inside = field.filter((_, i) => mask[i] === 1);
    const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
    const plane = 0;
    const expected = planeOf(field, plane).map((value) => value / mean);
    const kept = Array.from({ length: PLANE }, (_, i) => i).filter((i) => mask[plane * PLANE + i] === 1);
    const [own, difference] = [
      await picture(`${folder}/p_exact_field.png`),
      await picture(`${folder}/p_difference.png`),
    ];
    const fields = valuesOf(own, "viridis", 44, 40);
    assert.ok(correlation(kept.map((i) => fields[i]), kept.map((i) => expected[i])) > 0.999);
    const differences = valuesOf(difference, "magma", 44, 40);
    assert.ok(correlation(kept.map((i) => differences[i]), kept.map((i) => Math.abs(expected[i] - 1))) > 0.999);
    const blank = Array.from({ length: PLANE }, (_, i) => i).filter((i) => mask[plane * PLANE + i] === 0);
    assert.ok(blank.length > 10);
    for (const i of blank) assert.deepEqual(colourAt(own, i % 44, Math.floor(i / 44)), [236, 237, 240]);
    const { metrics } = JSON.parse(await Deno.readTextFile(`${folder}/f.json`));
    const value = (key: string) => metrics.find((metric: { key: string }) => metric.key === key).value;
    assert.equal(value("fieldCorrelation"), null, "the input's field is constant");
    const logMean = inside.reduce((sum, one) => sum + Math.log(one), 0) / inside.length;
    assert.ok(Math.abs(value("fieldLogMean:exact") - logMean) < 1e-5);
  }));

/** Finite intensities above their 5th percentile, by sorting. */
function maskOf(values: Float32Array): Uint8Array {
  const sorted = values.toSorted();
  const rank = 0.05 * (values.length - 1);
  const [below, above] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
  const level = Math.max(0, below + (above - below) * (rank % 1));
  return Uint8Array.from(values, (value) => value > level ? 1 : 0);
}

Deno.test("grey panels reach from 0 to the 99.5th percentile of all three, and their colour bars say so", () =>
  inFolder(async (folder) => {
    const input = await phantomAt(`${folder}/in.nii`);
    const brighter = input.map((value, i) => 2 * value * (1 + 0.1 * Math.sin(i)));
    await writeImage(`${folder}/b.nii`, { shape: SHAPE, volumes: [brighter] });
    const sides = { zarr: `${folder}/in.nii`, first: "input", second: `${folder}/b.nii` };
    await compareFile({ options: { ...sides, output: `${folder}/p.png` } });
    const mask = maskOf(input);
    const meanOf = (values: Float32Array) => {
      const inside = values.filter((_, i) => mask[i] === 1);
      return inside.reduce((sum, value) => sum + value, 0) / inside.length;
    };
    const scale = meanOf(input) / meanOf(brighter);
    const planes = [planeOf(input, 6), planeOf(brighter, 6).map((value) => value * scale)];
    const pooled = [...planes[0], ...planes[1]].sort((a, b) => a - b);
    const top = pooled[Math.round(0.995 * (pooled.length - 1))];
    const loose = await picture(`${folder}/p_input.png`);
    const pixels = valuesOf(loose, "grey", 44, 40);
    // The range is the percentile, rounded up to two digits: its numbers are those of the bar.
    const hi = Math.ceil(top * 10 - 1e-9) / 10;
    assert.ok(hi > top && hi - top < 0.1 && top > 1, `${top}`);
    shown(planes[0], hi).forEach((value, i) => assert.ok(Math.abs(pixels[i] - value) <= 0.5 / 255 + 1e-6));
    assert.deepEqual(barNumbers([0, hi]), ["0", String(Number((hi / 2).toFixed(3))), String(hi)]);
  }));

Deno.test("a head is drawn with its face up: rows from the last where the second axis points to the front", () =>
  inFolder(async (folder) => {
    const intensity = await phantomAt(`${folder}/plain.nii`);
    for (const [name, sign] of [["front", 1], ["back", -1]] as const) {
      const affine = [1, 0, 0, 0, 0, sign, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
      await writeImage(`${folder}/${name}.nii`, { shape: SHAPE, volumes: [intensity], affine });
      const sides = { zarr: `${folder}/${name}.nii`, second: `${folder}/plain.nii` };
      const other = intensity.map((value, i) => value * (1 + 0.001 * (i % 7)));
      await Deno.remove(`${folder}/plain.nii`);
      await writeImage(`${folder}/plain.nii`, { shape: SHAPE, volumes: [other] });
      await compareFile({ options: { ...sides, output: `${folder}/${name}.png` } });
      const pixels = valuesOf(await picture(`${folder}/${name}_input.png`), "grey", 44, 40);
      const rows = planeOf(intensity, 6);
      const expected = Array.from(rows, (_, i) => rows[sign > 0 ? (39 - Math.floor(i / 44)) * 44 + i % 44 : i]);
      assert.ok(correlation(pixels, expected) > 0.99, name);
    }
  }));

Deno.test("zips that other programs wrote are compared: zip -r with a top folder, zarr's ZipStore", () =>
  inFolder(async (folder) => {
    for (const [i, name] of ["zip -r, top folder, deflated", "zarr ZipStore, stored"].entries()) {
      await Deno.writeFile(`${folder}/${i}.ome.zarr.zip`, ZIPS.get(name) ?? new Uint8Array());
      const sides = { zarr: `${folder}/${i}.ome.zarr.zip`, second: "ts", output: `${folder}/${i}.png` };
      await compareFile({ options: { ...sides, nIterations: [2], nProcesses: 0 } });
      const pixels = valuesOf(await picture(`${folder}/${i}_input.png`), "grey", 5, 4);
      // Voxel (1, y, x) is 100 + 10 y + x.
      const expected = Array.from({ length: 20 }, (_, at) => 100 + 10 * Math.floor(at / 5) + at % 5);
      assert.ok(correlation(pixels, expected) > 0.99, name);
    }
  }));
