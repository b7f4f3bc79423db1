/**
 * Colour maps as tables of 256 colours. Magma and viridis (S. van der Walt and N. Smith 2015,
 * https://bids.github.io/colormap/) grow evenly in lightness, so that equal steps of the value look equal, in grey
 * print too.
 *
 * @module
 */

// @ts-types="npm:@types/d3-scale-chromatic@3.1.0"
import { interpolateMagma, interpolateViridis } from "npm:d3-scale-chromatic@3.1.1";

/** The colour maps there are: `grey` for intensities, the others for what is derived from them. */
export type ColourMap = "grey" | "magma" | "viridis";

/** Entries of a table. */
export const COLOURS = 256;

const TABLES: Readonly<Record<ColourMap, () => Uint8Array>> = {
  grey: () => Uint8Array.from({ length: 3 * COLOURS }, (_, i) => Math.floor(i / 3)),
  magma: () => sample(interpolateMagma),
  viridis: () => sample(interpolateViridis),
};

/** The colours of a map from its lowest value to its highest, as red, green, blue; length 3 * 256. */
export function colourTable(map: ColourMap): Uint8Array {
  return TABLES[map]();
}

/** @param colourAt gives `#rrggbb` for a number from 0 to 1. */
function sample(colourAt: (t: number) => string): Uint8Array {
  const table = new Uint8Array(3 * COLOURS);
  for (let i = 0; i < COLOURS; i++) {
    const rgb = parseInt(colourAt(i / (COLOURS - 1)).slice(1), 16);
    table.set([rgb >> 16, (rgb >> 8) & 255, rgb & 255], 3 * i);
  }
  return table;
}
