/** The OCT phantom: a function of seed and place. */
import assert from "node:assert/strict";
import { sectionBounds } from "../../src/intensity/sections.ts";
import { openImage } from "../../src/io/open.ts";
import { CLASS_INTENSITY, CLASS_LABEL } from "../../src/phantom/anatomy.ts";
import { hash, mix, unit } from "../../src/phantom/hash.ts";
import { type OctPhantom, octPhantom } from "../../src/phantom/oct.ts";
import { Speckle } from "../../src/phantom/speckle.ts";
import { threadedPhantom } from "../../src/phantom/threaded.ts";
import { writeSource } from "../../src/phantom/write_source.ts";
import { openThreads } from "../../src/threads/pool.ts";
import { type Box, boxVoxels, type Shape3, type VolumeSource, wholeBox } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

const SHAPE: Shape3 = [9, 31, 42];
const VOLUMES = ["source", "truth", "field", "speckle", "labels", "mask"] as const satisfies (keyof OctPhantom)[];

async function readBox(source: VolumeSource, box: Box = wholeBox(source.shape)): Promise<Float32Array> {
  const values = new Float32Array(boxVoxels(box)).fill(NaN);
  await source.read(box, values);
  return values;
}

function cut(values: Float32Array, [, ny, nx]: Shape3, box: Box): Float32Array {
  const part: number[] = [];
  for (let z = box.z0; z < box.z1; z++) {
    for (let y = box.y0; y < box.y1; y++) {
      for (let x = box.x0; x < box.x1; x++) part.push(values[(z * ny + y) * nx + x]);
    }
  }
  return Float32Array.from(part);
}

function randomBox(random: Random, [nz, ny, nx]: Shape3): Box {
  const range = (n: number) => {
    const from = random.integer(0, n - 1);
    return [from, random.integer(from + 1, n)];
  };
  const [[z0, z1], [y0, y1], [x0, x1]] = [range(nz), range(ny), range(nx)];
  return { z0, z1, y0, y1, x0, x1 };
}

Deno.test("any box cut out of a phantom has the voxels of the whole, in every volume", async () => {
  const random = new Random(5);
  const phantom = octPhantom({ shape: SHAPE, seed: 3, sections: 3 });
  for (const name of VOLUMES) {
    const whole = await readBox(phantom[name]);
    for (let trial = 0; trial < 20; trial++) {
      const box = randomBox(random, SHAPE);
      assert.deepEqual(await readBox(phantom[name], box), cut(whole, SHAPE, box), name);
    }
  }
});

Deno.test("the same seed gives the same bits, another seed another anatomy, field and speckle", async () => {
  const first = octPhantom({ shape: SHAPE, seed: 3 });
  const again = octPhantom({ shape: SHAPE, seed: 3 });
  const other = octPhantom({ shape: SHAPE, seed: 4 });
  for (const name of VOLUMES) {
    const values = await readBox(first[name]);
    assert.deepEqual(await readBox(again[name]), values, name);
    assert.notDeepEqual(await readBox(other[name]), values, name);
  }
});

Deno.test("speckle has mean 1 and standard deviation 1 / sqrt(looks), within five standard errors", () => {
  const rows = 200;
  const row = new Float32Array(1000);
  for (const looks of [1, 4, 20]) {
    const speckle = new Speckle(11, looks, row.length);
    let sum = 0;
    let squares = 0;
    for (let y = 0; y < rows; y++) {
      speckle.fill(row, 2, y, 0);
      for (const value of row) {
        sum += value;
        squares += (value - 1) ** 2;
      }
    }
    const n = rows * row.length;
    const variance = squares / n;
    assert.ok(Math.abs(sum / n - 1) < 5 / Math.sqrt(looks * n), `mean ${sum / n}`);
    // A gamma variable of shape k has variance 1/k and fourth central moment 3/k^2 + 6/k^3.
    const error = Math.sqrt((2 / looks ** 2 + 6 / looks ** 3) / n);
    assert.ok(Math.abs(variance - 1 / looks) < 5 * error, `variance ${variance} of ${looks} looks`);
  }
});

Deno.test("the speckle of a voxel is minus the mean logarithm of its looks, to the bit", () => {
  const row = new Float32Array(9000);
  for (const looks of [1, 7, 20, 30]) {
    const [seed, z, y, x0] = [11, 2, 5, 3];
    new Speckle(seed, looks, x0 + row.length).fill(row, z, y, x0);
    const expected = row.map((_, i) => {
      const ofVoxel = mix(hash(seed, z, y) ^ hash(seed, x0 + i));
      let product = 1;
      for (let look = 0; look < looks; look++) product *= unit(mix(ofVoxel + look));
      return -Math.log(product) / looks;
    });
    assert.deepEqual(row, expected, `${looks} looks`);
  }
});

Deno.test("worker threads compute the same bits, whatever the boxes", async () => {
  const options = { shape: SHAPE, seed: 3, sections: 3, kind: "hot_pixels" } as const;
  const alone = octPhantom(options);
  using threads = openThreads(2);
  const phantom = threadedPhantom(options, threads);
  for (const name of VOLUMES) {
    const expected = await readBox(alone[name]);
    const found = new Float32Array(new SharedArrayBuffer(4 * expected.length));
    const plane = SHAPE[1] * SHAPE[2];
    await Promise.all(
      [[0, 1], [1, 6], [6, 9]].map(([z0, z1]) =>
        phantom[name].read({ ...wholeBox(SHAPE), z0, z1 }, found.subarray(z0 * plane, z1 * plane))
      ),
    );
    assert.deepEqual(Float32Array.from(found), expected, name);
  }
});

Deno.test("what is observed is truth x field x speckle of the stored values, rounded once", async () => {
  const { source, truth, field, speckle } = octPhantom({ shape: SHAPE, sections: 3, seed: 8 });
  const [seen, tissue, bias, grain] = await Promise.all(
    [source, truth, field, speckle].map((volume) => readBox(volume)),
  );
  assert.deepEqual(seen, tissue.map((value, i) => value * (bias[i] * grain[i])));
});

Deno.test("the speckle of neighbouring voxels, rows and planes is uncorrelated", async () => {
  const shape: Shape3 = [20, 50, 60];
  const speckle = (await readBox(octPhantom({ shape }).speckle)).map((value) => value - 1);
  for (const lag of [1, shape[2], shape[1] * shape[2]]) {
    let product = 0;
    let square = 0;
    for (let i = 0; i + lag < speckle.length; i++) {
      product += speckle[i] * speckle[i + lag];
      square += speckle[i] ** 2;
    }
    assert.ok(Math.abs(product / square) < 5 / Math.sqrt(speckle.length), `lag ${lag}: ${product / square}`);
  }
});

Deno.test("mask, labels and truth tell the same story", async () => {
  const phantom = octPhantom({ shape: [12, 60, 60], seed: 9 });
  const [truth, labels, mask] = await Promise.all([
    readBox(phantom.truth),
    readBox(phantom.labels),
    readBox(phantom.mask),
  ]);
  const { agarose, grey, white, ventricle } = CLASS_INTENSITY;
  const counts = [0, 0, 0, 0, 0];
  labels.forEach((label, i) => {
    counts[label]++;
    const tissue = label === CLASS_LABEL.grey || label === CLASS_LABEL.white;
    assert.equal(mask[i], tissue ? 1 : 0);
    assert.ok(truth[i] >= Math.fround(ventricle) && truth[i] <= Math.fround(white));
    if (!tissue) assert.ok(truth[i] <= (agarose + white) / 2);
    if (label === CLASS_LABEL.grey) assert.ok(truth[i] >= (ventricle + grey) / 2);
    if (label === CLASS_LABEL.white) assert.ok(truth[i] >= (ventricle + (grey + white) / 2) / 2);
  });
  for (const label of [0, 1, 2]) assert.ok(counts[label] > labels.length / 8, `class sizes ${counts}`);
  assert.ok(counts[CLASS_LABEL.ventricle] > labels.length / 100, `class sizes ${counts}`);
  assert.equal(counts[CLASS_LABEL.damaged], 0);
});

Deno.test("tissue and ventricles lean through z: the outline of the first plane is not that of the last", async () => {
  const shape: Shape3 = [20, 40, 40];
  const labels = await readBox(octPhantom({ shape, seed: 2 }).labels);
  const plane = shape[1] * shape[2];
  const differing = (here: (label: number) => boolean) => {
    let [different, inside] = [0, 0];
    for (let i = 0; i < plane; i++) {
      const [first, last] = [here(labels[i]), here(labels[labels.length - plane + i])];
      if (first !== last) different++;
      if (first || last) inside++;
    }
    return different / inside;
  };
  assert.ok(differing((label) => label !== CLASS_LABEL.agarose) > 0.1);
  assert.ok(differing((label) => label === CLASS_LABEL.ventricle) > 0.3);
});

Deno.test("every observed intensity and every field value is finite and above 0", async () => {
  for (const options of [{}, { looks: 1 }, { sections: 9, brightnessJitter: 1, attenuation: 5, shading: 2 }]) {
    const { source, field } = octPhantom({ shape: SHAPE, ...options });
    for (const values of [await readBox(source), await readBox(field)]) {
      assert.ok(values.every((value) => value > 0 && Number.isFinite(value)));
    }
  }
});

/** Log field along z in one column. */
async function logColumn(options: Parameters<typeof octPhantom>[0]): Promise<number[]> {
  const field = await readBox(octPhantom(options).field);
  const [nz, ny, nx] = options.shape;
  return Array.from({ length: nz }, (_, z) => Math.log(field[z * ny * nx + 5]));
}

Deno.test("a single section loses light evenly with depth, and several start anew at their bounds", async () => {
  const [nz, attenuation, mm] = [10, 2, 0.05];
  const options = {
    shape: [nz, 4, 4] as Shape3,
    voxelSize: [mm, 1, 1] as Shape3,
    attenuation,
    planeJitter: 0,
    surface: 0,
  };
  const one = await logColumn(options);
  for (let z = 1; z < nz; z++) assert.ok(Math.abs(one[z] - one[z - 1] + attenuation * mm) < 1e-6);
  const four = await logColumn({ ...options, sections: 4 });
  const starts = sectionBounds(nz, 4).map(({ z0 }) => z0);
  assert.deepEqual(starts, [0, 2, 5, 8]);
  for (let z = 1; z < nz; z++) {
    const step = Math.abs(four[z] - four[z - 1] + attenuation * mm);
    assert.equal(step > 1e-6, starts.includes(z), `plane ${z}: ${step}`);
  }
});

Deno.test("each section has its own brightness within the range, a bright first plane, and planes that jitter", async () => {
  const options = { shape: [24, 4, 4] as Shape3, sections: 4, attenuation: 0, planeJitter: 0, surface: 0, seed: 6 };
  const brightness = await logColumn({ ...options, shading: 0 });
  const gains = sectionBounds(24, 4).map(({ z0 }) => brightness[z0]);
  assert.equal(new Set(gains).size, 4);
  assert.ok(gains.every((gain) => Math.abs(gain) <= 0.35 + 1e-6), `${gains}`);
  const bright = await logColumn({ ...options, shading: 0, surface: 0.5 });
  for (const { z0 } of sectionBounds(24, 4)) assert.ok(Math.abs(bright[z0] - brightness[z0] - 0.5) < 1e-6);
  assert.ok(bright[5] - brightness[5] < 0.01);
  const jittered = await logColumn({ ...options, shading: 0, planeJitter: 0.1 });
  const jitter = jittered.map((value, z) => value - brightness[z]);
  assert.equal(new Set(jitter).size, 24);
  assert.ok(jitter.every((value) => Math.abs(value) <= 0.1 + 1e-6));
});

/** Shares of the labels 0 to 4, and of the changes between grey and white matter along rows. */
async function labelShares(options: Partial<Parameters<typeof octPhantom>[0]>) {
  const labels = await readBox(octPhantom({ shape: [12, 90, 90], sections: 6, seed: 2, ...options }).labels);
  const shares = [0, 1, 2, 3, 4].map((label) => labels.filter((value) => value === label).length / labels.length);
  const changes = labels.filter((value, i) => i > 0 && value * labels[i - 1] === 2).length / labels.length;
  return { shares, changes };
}

Deno.test("kinds differ in what they say: folds, size of the tissue", async () => {
  const plain = await labelShares({});
  const fine = await labelShares({ kind: "fine_folds" });
  assert.ok(fine.changes > 4 * plain.changes, `${fine.changes} after ${plain.changes}`);
  assert.ok((await labelShares({ kind: "sparse" })).shares[CLASS_LABEL.agarose] > 0.9);
  assert.equal((await labelShares({ kind: "full" })).shares[CLASS_LABEL.agarose], 0);
});

Deno.test("sections that overlap are dim in their last quarter, the more the nearer to the next one", async () => {
  const options = { shape: [32, 4, 4] as Shape3, sections: 2, seed: 6 };
  const plain = await logColumn(options);
  const dim = (await logColumn({ ...options, kind: "dim_overlap" })).map((value, z) => value - plain[z]);
  for (let z = 0; z < 32; z++) {
    const expected = -1.6 * Math.max(0, (z % 16 - 11) / 4);
    assert.ok(Math.abs(dim[z] - expected) < 1e-6, `plane ${z}: ${dim[z]}`);
  }
});

Deno.test("a missing section and a lost tile read 0, hot pixels far too much; they are labelled, the rest is as ever", async () => {
  const options = { shape: [12, 45, 45] as Shape3, sections: 6, seed: 2 };
  const plain = await readBox(octPhantom(options).source);
  const damage = [["missing_section", 1 / 6, 0], ["lost_tile", 1 / 54, 0], ["hot_pixels", 1 / 300, 20]] as const;
  for (const [kind, share, value] of damage) {
    const phantom = octPhantom({ ...options, kind });
    const [source, labels, mask] = await Promise.all(
      [phantom.source, phantom.labels, phantom.mask].map((volume) => readBox(volume)),
    );
    let damaged = 0;
    labels.forEach((label, i) => {
      if (label !== CLASS_LABEL.damaged) return assert.equal(source[i], plain[i]);
      damaged++;
      assert.ok(value === 0 ? source[i] === 0 : source[i] >= value && source[i] <= 1000);
      assert.equal(mask[i], 0);
    });
    const tolerance = value === 0 ? 1e-9 : 5 * Math.sqrt(share / labels.length);
    assert.ok(Math.abs(damaged / labels.length - share) <= tolerance, `${kind}: ${damaged}`);
  }
});

Deno.test("hashed numbers fill the unit interval evenly", () => {
  const counts = new Array(16).fill(0);
  for (let i = 0; i < 32_000; i++) counts[Math.floor(16 * unit(hash(1, i)))]++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
  assert.ok(chiSquare < 37.7, `chi-square ${chiSquare}, 15 degrees of freedom, 0.1 % level`);
});

Deno.test("a phantom written as OME-Zarr reads back with the same bits, shape and voxel size", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { source, labels } = octPhantom({ shape: SHAPE, voxelSize: [0.02, 0.01, 0.015] });
    for (const [name, volume] of Object.entries({ source, labels })) {
      const path = `${directory}/${name}.ome.zarr`;
      await writeSource(volume, path, { chunk: [4, 16, 16] });
      await using image = await openImage(path);
      assert.deepEqual(image.shape, SHAPE);
      assert.deepEqual(image.voxelSize, [0.02, 0.01, 0.015]);
      assert.equal(image.dataType, volume.dataType);
      assert.deepEqual(await readBox(image.volume(0)), await readBox(volume));
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("options that make no phantom are refused with the rule and the value", () => {
  const refused: [Partial<Parameters<typeof octPhantom>[0]>, RegExp][] = [
    [{ shape: [0, 4, 4] }, /'shape' must be three integers >= 1: current value is 0 x 4 x 4$/],
    [{ voxelSize: [1, 0, 1] }, /'voxelSize' must be three numbers > 0: current value is 1 x 0 x 1$/],
    [{ seed: -1 }, /'seed' must be an integer in \[0, 2\^32\): current value is -1$/],
    [{ sections: 10 }, /'sections' must be an integer from 1 to 9: current value is 10$/],
    [{ looks: 31 }, /'looks' must be an integer from 1 to 30: current value is 31$/],
    [{ attenuation: NaN }, /'attenuation' must be a number >= 0: current value is NaN$/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => octPhantom({ shape: SHAPE, ...options }), { name: "RangeError", message });
  }
});
