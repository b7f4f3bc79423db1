/**
 * The picture of a comparison: the input, both corrections on one grey scale, and how far their fields are apart; each
 * panel also by itself, pixel for pixel. The scale of a corrected image is arbitrary, so that all are shown at the
 * input's mean in the mask.
 *
 * @module
 */

import { basename } from "node:path";
import type { Panel } from "../../figure/panel.ts";
import { edgesOf } from "../../figure/directions.ts";
import type { FigureOptions } from "../../figure/layout.ts";
import { meanOf, percentilesOf } from "../../intensity/count/statistics.ts";
import type { CompareResult, Side } from "./result.ts";

/** A picture and its panels. */
interface CompareFigure {
  /** Panels from the left. */
  readonly panels: readonly NamedPanel[];
  /** Texts. */
  readonly options: FigureOptions;
}

/** A panel with the end of its file's name. */
interface NamedPanel extends Panel {
  /** `input`, the names of the sides, `difference`. */
  readonly name: string;
}

/** Grey values reach from 0 to this percentile of all that are shown, as linumpy's do. */
const BRIGHT_PERCENTILE = 99.5;

/** What fields and their differences are counted in. */
const MEANS = "times its mean";

/** What a figure is made of. */
type FigureInputs = Pick<CompareResult, "slab" | "mask" | "sides" | "plane"> & {
  /** Whether rows are drawn from the bottom: a head's face is up where the second axis points to it. */
  readonly rowsUp: boolean;
};

/** Lays out the four panels of the plane that is shown. */
export function compareFigure(inputs: FigureInputs): CompareFigure {
  const { slab, mask, sides } = inputs;
  const shown = sides.filter(({ kind }) => kind !== "input");
  const greys = [{ name: "input", label: "Input", corrected: slab.data }, ...shown];
  const mean = meanOf(slab.data, mask);
  const planes = greys.map(({ corrected }) => {
    const scale = mean / meanOf(corrected, mask);
    return planeOf(inputs, corrected).map((value) => value * scale);
  });
  const bright = percentilesOf(joined(planes), [BRIGHT_PERCENTILE])[0];
  const range = [0, bright > 0 ? roundUp(bright) : 1] as const;
  const fields = sides.map(({ field }) => planeOf(inputs, overMean(field, mask)));
  const panels: NamedPanel[] = [
    ...greys.map(({ name, label }, i) =>
      panelOf(inputs, name, label, { data: planes[i], range, map: "grey", unit: "(intensity)" })
    ),
    // Beside the input there is one correction alone: its field takes the place of the other.
    ...(shown.length === 1 ? [fieldPanel(inputs, shown[0], fields[sides.indexOf(shown[0])])] : []),
    differencePanel(inputs, fields),
  ];
  return { panels, options: { title: titleOf(inputs), caption: captionOf(inputs), columns: 4 } };
}

function panelOf(
  { slab, rowsUp }: FigureInputs,
  name: string,
  title: string,
  shown: Pick<Panel, "data" | "range" | "map" | "unit">,
): NamedPanel {
  const [, height, width] = slab.shape;
  const { data } = shown;
  const turned = rowsUp ? flipped(data, width) : data;
  const [, down, across] = slab.voxelSize;
  return { ...shown, name, title, width, height, data: turned, edges: edgesOf(slab, 0, rowsUp), mm: [down, across] };
}

function fieldPanel(inputs: FigureInputs, side: Side, data: Float32Array): NamedPanel {
  const [lo, hi] = percentilesOf(data, [0, 100]);
  const range = lo < hi ? [roundDown(lo), roundUp(hi)] as const : [0.9, 1.1] as const;
  return panelOf(inputs, `${side.name}_field`, `Bias field, ${side.label}`, {
    data,
    range,
    map: "viridis",
    unit: MEANS,
  });
}

function differencePanel(inputs: FigureInputs, [first, second]: readonly Float32Array[]): NamedPanel {
  const data = first.map((value, i) => Math.abs(value - second[i]));
  const [largest] = percentilesOf(data, [100]);
  const range = [0, largest > 0 ? roundUp(largest) : 1e-6] as const;
  return panelOf(inputs, "difference", "|difference of bias fields|", { data, range, map: "magma", unit: MEANS });
}

function titleOf({ sides: [a, b] }: FigureInputs): string {
  const names = [a, b].map(({ kind, label }) => kind === "input" ? "uncorrected" : label);
  return `N4 bias-field correction: ${names[0]} and ${names[1]}`;
}

function captionOf({ slab: { path, level, box, voxelSize }, plane }: FigureInputs): string {
  const planes = `plane ${box.z0 + plane} of a slab of planes ${box.z0} to ${box.z1 - 1}`;
  const voxel = voxelSize.map((mm) => Number(mm.toPrecision(3))).join(" × ");
  return `${basename(path)}${level > 0 ? `, level ${level}` : ""}: ${planes}, voxels of ${voxel} mm (z, y, x). ` +
    "Corrected intensities have the input's mean in the mask, fields the mean 1.";
}

function planeOf({ slab: { shape: [, ny, nx] }, plane }: FigureInputs, data: Float32Array): Float32Array {
  return data.slice(plane * ny * nx, (plane + 1) * ny * nx);
}

/** A field over its mean in the mask; NaN outside it, where a field is extrapolated. */
export function overMean(field: Float32Array, mask: Uint8Array): Float32Array {
  const mean = meanOf(field, mask);
  return field.map((value, i) => mask[i] === 0 ? NaN : value / mean);
}

/** Rows from the last to the first. */
function flipped(data: Float32Array, width: number): Float32Array {
  const turned = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += width) turned.set(data.subarray(at, at + width), data.length - at - width);
  return turned;
}

/** Planes of one size, one after the other. */
function joined(planes: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(planes.length * planes[0].length);
  planes.forEach((data, i) => all.set(data, i * data.length));
  return all;
}

/** The next number of two digits above a value > 0, so that a colour bar has short numbers. */
function roundUp(value: number): number {
  return -roundDown(-value);
}

/** The next number of two digits below a value that is not 0. */
function roundDown(value: number): number {
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return Number((Math.floor(value / step + 1e-9) * step).toPrecision(3));
}
