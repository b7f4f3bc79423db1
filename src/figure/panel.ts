/**
 * A panel: a plane of numbers and how it is shown. Its pixels are plain copies of its numbers, so that a picture can be
 * read back.
 *
 * @module
 */

import { type ColourMap, COLOURS, colourTable } from "./colour_map.ts";
import type { Edges } from "./directions.ts";

/** One picture of a figure. */
export interface Panel {
  /** What it shows. */
  readonly title: string;
  /** Values of a plane, rows from the top, length width * height. What is not finite is left blank. */
  readonly data: Float32Array;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Values of the map's first and last colour; what lies beyond takes the nearest. */
  readonly range: readonly [lo: number, hi: number];
  /** Colours. */
  readonly map: ColourMap;
  /** What values are counted in: `times the mean`; left out: not shown. */
  readonly unit?: string;
  /** Edges of a value, mm: a bar of a round length is drawn; left out: none. */
  readonly mm?: readonly [down: number, across: number];
  /** Letters at the edges; left out: none. */
  readonly edges?: Edges;
}

/** An RGB picture, 8 bits, 3 * width * height bytes. */
export interface Pixels {
  /** Red, green, blue of each pixel, rows from the top. */
  readonly data: Uint8Array;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/**
 * How a plane becomes pixels: each value `enlarge` x `enlarge` pixels, or the mean of `reduce` x `reduce` values one
 * pixel. One of them is 1.
 */
interface PixelScale {
  /** Pixels along the edge of a value. */
  readonly enlarge: number;
  /** Values along the edge of a pixel. */
  readonly reduce: number;
}

/** Longest edge that a panel aims at: four panels and their texts make a figure of at most 2000 pixels. */
const SHOWN_EDGE = 450;
/** Longest edge that is shown value by value. */
const LARGEST_EDGE = 1200;

/** Where there is no value: a light grey that is no colour of the maps next to it. */
const BLANK = [236, 237, 240] as const;

/**
 * Checks what a panel promises.
 *
 * @throws {RangeError} when the data have another size than width times height, or the range is empty.
 */
export function checkPanel({ title, data, width, height, range: [lo, hi] }: Panel): void {
  const size = Number.isInteger(width) && Number.isInteger(height) && width >= 1 && height >= 1;
  if (!size || data.length !== width * height) {
    throw new RangeError(
      `Cannot draw '${title}' as its data must hold width x height values: current values are ${data.length} for ${width} x ${height}`,
    );
  }
  if (!(isFinite(lo) && isFinite(hi) && lo < hi)) {
    throw new RangeError(`Cannot draw '${title}' as its range must grow: current value is ${lo} to ${hi}`);
  }
}

/**
 * The scale that brings a plane close to 450 pixels along its longer edge: whole factors alone, so that no pixel mixes
 * unevenly.
 */
export function pixelScale({ width, height }: Pick<Panel, "width" | "height">): PixelScale {
  const edge = Math.max(width, height);
  return {
    enlarge: Math.max(1, Math.floor(SHOWN_EDGE / edge)),
    reduce: Math.max(1, Math.ceil(edge / LARGEST_EDGE)),
  };
}

/** The pixels of a panel at its {@linkcode pixelScale}, or the one given. */
export function panelPixels(panel: Panel, scale: PixelScale = pixelScale(panel)): Pixels {
  const { enlarge } = scale;
  const { data, width, height } = blockMeans(panel, scale.reduce);
  const table = colourTable(panel.map);
  const [lo, hi] = panel.range;
  const pixels = new Uint8Array(3 * width * height * enlarge * enlarge);
  let at = 0;
  for (let y = 0; y < height * enlarge; y++) {
    const row = Math.floor(y / enlarge) * width;
    for (let x = 0; x < width * enlarge; x++, at += 3) {
      const value = data[row + Math.floor(x / enlarge)];
      const colour = Math.round(((value - lo) / (hi - lo)) * (COLOURS - 1));
      const entry = 3 * Math.min(Math.max(colour, 0), COLOURS - 1);
      for (let c = 0; c < 3; c++) pixels[at + c] = Number.isFinite(value) ? table[entry + c] : BLANK[c];
    }
  }
  return { data: pixels, width: width * enlarge, height: height * enlarge };
}

/** Means of `reduce` x `reduce` values, without those that are not finite; a last block may be smaller. */
function blockMeans({ data, width, height }: Panel, reduce: number): Pick<Panel, "data" | "width" | "height"> {
  if (reduce === 1) return { data, width, height };
  const [nx, ny] = [Math.ceil(width / reduce), Math.ceil(height / reduce)];
  const [sums, counts] = [new Float64Array(nx * ny), new Float64Array(nx * ny)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x];
      if (!Number.isFinite(value)) continue;
      const block = Math.floor(y / reduce) * nx + Math.floor(x / reduce);
      sums[block] += value;
      counts[block]++;
    }
  }
  return { data: Float32Array.from(sums, (sum, i) => sum / counts[i]), width: nx, height: ny };
}
