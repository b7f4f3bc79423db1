/**
 * Text that n4 reads: bias models, and the values of options.
 *
 * @module
 */

import { formatBiasModel } from "../../src/n4/bias_model.ts";
import { NORMALIZE_OPTIONS } from "../../src/options/normalize_table.ts";
import { CORRECT_OPTIONS } from "../../src/options/table.ts";
import type { Lattice } from "../../src/backends/backend.ts";
import { changeBytes, hostileNumber } from "./byte_mutations.ts";
import { type Mutate, pick, type Seed, type Target } from "./case.ts";
import { changeJson } from "./json_mutations.ts";

const MODEL = "model.json";
/** The shape of the image that models are applied to, see `checks.ts`. */
export const MODEL_SHAPE = [6, 8, 9] as const;

function lattice(points: readonly [number, number, number]): Lattice {
  const values = Float64Array.from({ length: points[0] * points[1] * points[2] }, (_, i) => Math.sin(i) / 3);
  return { points, values };
}

function models(): Seed[] {
  const grid = { shape: MODEL_SHAPE, voxelSize: [1, 1, 1] as const };
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const sections = [{ z0: 0, z1: 3, lattice: lattice([4, 5, 4]) }, { z0: 3, z1: 6 }];
  const all = {
    "one field": { ...grid, sections: [], global: lattice([4, 4, 5]), scale: 1 },
    "sections": { ...grid, affine, sections, scale: 2.5 },
    "both": { ...grid, sections, global: lattice([5, 4, 4]), scale: 0.5 },
  };
  return Object.entries(all).map(([name, model]) => {
    const bytes = new TextEncoder().encode(formatBiasModel(model));
    return { name, files: new Map([[MODEL, bytes]]), open: MODEL };
  });
}

/** Bias models. */
export const MODEL_TARGET: Target = {
  name: "bias model",
  share: 8,
  seeds: models(),
  mutations: [...Array<Mutate>(4).fill(changeJson(() => true)), changeBytes(() => true)],
  checks: ["model"],
};

/** The option under test and its text, as `--name=text`. */
const OPTION = "option.txt";
const TEXTS = [
  "4",
  "0.5",
  "2 2 2",
  "4 4",
  "50,50,50",
  "1x2x3",
  "800MB",
  "2GiB",
  "all",
  "auto",
  "mean",
  "mri",
  "0 1",
  "x",
];
const HOSTILE_TEXTS = [
  ...["", " ", "-", "--", "=", "\u0000", "NaN", "Infinity", "1e999", "-0", "0x10", "0b1", "1_000", "\u0661\u0662"],
  ...["1e-320", "9".repeat(400), "__proto__", "constructor", "1,".repeat(50000), "( x)", "1 x 2", "\ud800", "5KiBB"],
];

const changeText: Mutate = (files, random) => {
  const line = new TextDecoder().decode(files.get(OPTION));
  const [name] = line.split("=", 1);
  const value = random.uniform() < 0.5 ? pick(random, HOSTILE_TEXTS) : String(hostileNumber(random, 1));
  const old = line.slice(name.length + 1);
  const text = pick(random, [value, `${old} ${value}`, `${value}${old}`, `${old},${value}`, value.repeat(3)]);
  files.set(OPTION, new TextEncoder().encode(`${name}=${text}`));
  return `${name} set to ${JSON.stringify(text).slice(0, 60)}`;
};

/** Values of options. */
export const OPTION_TARGET: Target = {
  name: "option",
  share: 2,
  seeds: Object.keys({ ...CORRECT_OPTIONS, ...NORMALIZE_OPTIONS }).flatMap((name) =>
    TEXTS.map((text) => ({
      name: `${name} ${text}`,
      files: new Map([[OPTION, new TextEncoder().encode(`${name}=${text}`)]]),
      open: OPTION,
    }))
  ),
  mutations: [changeText, changeText, changeBytes(() => true)],
  checks: ["option"],
};
