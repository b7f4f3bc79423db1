/**
 * What a page shows, as plain data: every tool that writes one fills this in.
 *
 * @module
 */

import type { CurveChart, Range } from "../figure/chart.ts";
import type { ColourMap } from "../figure/colour_map.ts";
import type { Place } from "../figure/directions.ts";
import type { Triple } from "../volume.ts";
import type { PreviewGrid } from "./preview_grid.ts";

/** A page. All text is plain: it is escaped where it is written. */
export interface PageContent {
  /** What the page is about, also the window's title. */
  readonly title: string;
  /** What was done, on what, in how long: a sentence or two. */
  readonly lead: string;
  /** What somebody should look at, above everything else. */
  readonly warnings: readonly string[];
  /** The figures that say how good it is, at most six. */
  readonly figures: readonly Figure[];
  /** Volumes to look at. */
  readonly views?: Views;
  /** Curves; a chart without a value is left out. */
  readonly charts: readonly CurveChart[];
  /** Everything else. */
  readonly tables: readonly Table[];
}

/** A figure with its definition. */
export interface Figure {
  /** Its name in a few words. */
  readonly name: string;
  /** Its value, or its two values. */
  readonly value: string | { readonly before: string; readonly after: string };
  /** What exactly it is, in a sentence or two. */
  readonly definition: string;
}

/** Volumes over one grid of cells that are looked at together: two to swipe between, one to lay over them. */
export interface Views extends Place {
  /** The cells. */
  readonly grid: PreviewGrid;
  /** Voxel size `[z, y, x]`, mm. */
  readonly voxelSize: Triple;
  /** Whether the first row and the first plane are shown at the bottom, as NIfTI's axes point. */
  readonly upwards: boolean;
  /** Left and right of the divider, in grey over one range. */
  readonly left: Layer;
  readonly right: Layer;
  /** What can be laid over both. */
  readonly overlay?: Overlay;
  /** What grey levels are counted in: `times the mean in the mask`; empty for intensities as they are. */
  readonly greyUnit: string;
  /** A sentence on what is shown. */
  readonly note: string;
}

/** A volume of cells. */
export interface Layer {
  /** Its name in a word or two. */
  readonly name: string;
  /** Mean of each cell, C order. */
  readonly data: Float32Array;
  /**
   * One of the unit that grey levels are counted in, > 0; left out: 1. It makes volumes equally bright whose scale
   * differs.
   */
  readonly unit?: number;
}

/** A volume in colours. */
export interface Overlay extends Layer {
  /** Colours from the low end of the range to the high one. */
  readonly map: ColourMap;
  /** What lies beyond takes the nearest colour. */
  readonly range: Range;
}

/** Text that leads somewhere, relative to the page. */
export interface Link {
  readonly text: string;
  readonly href: string;
}

/** A table; the first column names its rows. */
export interface Table {
  readonly title: string;
  /** Column titles; left out for a plain list of names and values. */
  readonly columns?: readonly string[];
  readonly rows: readonly (readonly (string | number | Link)[])[];
  /** Whether it has so many columns that it needs all of the page's width. */
  readonly wide?: boolean;
  /** Whether it is closed at first, being long or rarely looked at. */
  readonly closed?: boolean;
}
