/**
 * The viewer's part of the page: its elements, which `client/viewer.js` brings to life, and its data.
 *
 * @module
 */

import type { Range } from "../figure/chart.ts";
import { type ColourMap, COLOURS, colourTable } from "../figure/colour_map.ts";
import { bodyPlane, edgesOf, scaleBar } from "../figure/directions.ts";
import { numberText } from "../figure/format.ts";
import { jsonBlock, Markup, markup } from "../figure/markup.ts";
import { fixed } from "../figure/svg.ts";
import { encodeVolume, greyRange } from "./encode_volume.ts";
import type { Layer, Overlay, Views } from "./content.ts";

const AXES = ["z", "y", "x"] as const;

/** The viewer with its data. */
export async function viewMarkup(views: Views): Promise<Markup> {
  const { left, right, overlay, grid, note, greyUnit } = views;
  const range = greyRange([left, right]);
  const panes = [0, 1, 2].filter((axis) => isShown(grid.shape, axis)).map((axis) => paneMarkup(views, axis));
  return markup`<section id="viewer" class="card" aria-label="${left.name} and ${right.name}" data-state="waiting">
<div class="panes panes-${panes.length}">
${panes}</div>
<p class="failure" role="status"><noscript>The volumes need a browser with scripts.</noscript></p>
<div class="settings">
${swipeMarkup(left, right)}
${overlay && overlayMarkup(overlay)}
<div class="setting"><label for="brightness">Brightness</label>
<input id="brightness" type="range" min="50" max="300" value="100" step="5" data-setting="brightness"></div>
</div>
<p class="readout" aria-hidden="true">Move over a plane to read values, drag on it to swipe, double-click to bring the other planes there.</p>
<p class="note">${note} Black is ${numberText(range[0], 3)}, white ${whiteText(range[1], greyUnit)}.</p>
<script id="view-data" type="application/json">${jsonBlock(await viewData(views, range))}</script>
</section>
`;
}

function whiteText(value: number, unit: string): string {
  return unit === "" ? numberText(value, 3) : `${numberText(value, 3)} ${unit}`;
}

/** Whether a plane across an axis is more than a line. */
function isShown(shape: readonly number[], axis: number): boolean {
  return shape.every((cells, other) => other === axis || cells > 1);
}

function paneMarkup(views: Views, axis: number): Markup {
  const { left, right, overlay, grid, upwards } = views;
  const last = grid.shape[axis] - 1;
  const id = `plane-${AXES[axis]}`;
  const planes = grid.axes[axis].first.length;
  const anatomical = bodyPlane(views, axis);
  const label = anatomical ? `${anatomical} (${AXES[axis]})` : AXES[axis];
  const across = extentOf(views)[axis === 2 ? 1 : 2];
  const { mm, text } = scaleBar(across);
  return markup`<figure class="pane" data-axis="${axis}">
<div class="frame"><div class="stage" role="img">
<canvas class="right"></canvas><canvas class="left"></canvas>
${overlay && markup`<canvas class="overlay"></canvas>`}
<div class="divider"></div>
<span class="tag tag-left">${left.name}</span><span class="tag tag-right">${right.name}</span>
${Object.entries(edgesOf(views, axis, upwards) ?? {}).map(([edge, letter]) => edgeMarkup(edge, letter))}
<svg class="scale" aria-hidden="true"><rect width="${fixed((100 * mm) / across)}%" height="100%"/></svg>
<span class="tag tag-scale">${text}</span>
</div></div>
<figcaption${new Markup(last === 0 ? " hidden" : "")}><label for="${id}">${label}</label>
<input id="${id}" type="range" min="0" max="${last}" value="${last >> 1}" step="1">
<span class="count"><output for="${id}"></output> of ${planes}</span></figcaption>
</figure>
`;
}

function edgeMarkup(edge: string, letter: string): Markup {
  return markup`<span class="tag edge edge-${edge}">${letter}</span>`;
}

/** Lengths of the cells along z, y, x together, mm. */
function extentOf({ grid, voxelSize }: Views): number[] {
  return grid.axes.map(({ cells, width }, axis) => cells * width * voxelSize[axis]);
}

function swipeMarkup(left: Layer, right: Layer): Markup {
  return markup`<div class="setting"><label for="swipe">Divider</label>
<button type="button" data-sets="swipe" value="100">${left.name}</button>
<input id="swipe" type="range" min="0" max="100" value="50" data-setting="swipe">
<button type="button" data-sets="swipe" value="0">${right.name}</button></div>`;
}

function overlayMarkup({ name, map, range: [lo, hi] }: Overlay): Markup {
  return markup`<div class="setting"><label for="overlay">${name} over it</label>
<input id="overlay" type="range" min="0" max="100" value="0" data-setting="overlay">
<span class="bar"><span>${numberText(lo, 3)}</span>${colourBar(map)}<span>${numberText(hi, 3)}</span></span></div>`;
}

/** Colours of a map from left to right, in 32 steps. */
function colourBar(map: ColourMap): Markup {
  const table = colourTable(map);
  const steps = 32;
  const stripes = Array.from({ length: steps }, (_, i) => {
    const [r, g, b] = table.subarray(3 * Math.round((i * (COLOURS - 1)) / (steps - 1)));
    return markup`<rect x="${i}" y="0" width="1.05" height="1" fill="rgb(${r} ${g} ${b})"/>`;
  });
  return markup`<svg viewBox="0 0 ${steps} 1" preserveAspectRatio="none" aria-hidden="true">${stripes}</svg>`;
}

/** What `client/viewer.js` reads; its `ViewData` says what each entry is. */
async function viewData(views: Views, range: Range): Promise<unknown> {
  const { grid, voxelSize: [dz, dy, dx], affine = [dx, 0, 0, 0, 0, dy, 0, 0, 0, 0, dz, 0], upwards } = views;
  const { left, right, overlay } = views;
  const layer = async ({ name, data, unit = 1 }: Layer, [lo, hi]: Range) => {
    const own = [lo * unit, hi * unit] as const;
    return { name, data: await encodeVolume(data, own), range: own };
  };
  return {
    shape: grid.shape,
    centres: grid.axes.map(({ centres }) => Array.from(centres)),
    extent: extentOf(views),
    affine: affine.slice(0, 12),
    // Tenths of the smallest voxel.
    decimals: Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(Math.min(dz, dy, dx))))),
    inBody: edgesOf(views, 0, upwards) !== undefined,
    upwards,
    left: await layer(left, range),
    right: await layer(right, range),
    overlay: overlay && { ...await layer(overlay, overlay.range), table: colourTable(overlay.map).toBase64() },
  };
}
