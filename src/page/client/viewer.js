// @ts-check
/// <reference lib="dom" />
/**
 * The viewer: three planes, each with its slider; a divider between two volumes; a third one over them.
 *
 * @module
 */

import { decodeVolume, fromBase64 } from "./decode.js";
import { axesOf, drawPlane, greyTable, planeOf } from "./plane.js";

/**
 * @typedef {object} LayerData A volume in the data block.
 * @property {string} name
 * @property {string} data
 * @property {[lo: number, hi: number]} range what the bytes 0 and 255 stand for
 * @property {string} [table] colours, base64; left out: grey
 */

/**
 * @typedef {object} ViewData The data block.
 * @property {number[]} shape cells along z, y, x
 * @property {number[][]} centres voxel index of each cell's centre, along z, y, x
 * @property {number[]} extent of the volume along z, y, x, mm
 * @property {number[]} affine three rows of the matrix from voxel indices (x, y, z, 1) to mm
 * @property {number} decimals of a place in mm
 * @property {boolean} inBody whether these mm point to the right, the front and the top of a body
 * @property {boolean} upwards
 * @property {LayerData} left
 * @property {LayerData} right
 * @property {LayerData} [overlay]
 */

/**
 * @typedef {object} Layer A volume that can be drawn.
 * @property {string} name
 * @property {Uint8Array} volume
 * @property {Uint8Array} table
 * @property {[number, number]} range
 * @property {string} slot class of its canvases
 */

const AXES = "zyx";

/**
 * Makes the viewer of the page work.
 *
 * @param {HTMLElement} root
 * @param {ViewData} data
 */
export async function startViewer(root, data) {
  /** @type {Layer[]} */
  const layers = [];
  for (const slot of /** @type {const} */ (["left", "right", "overlay"])) {
    const layer = data[slot];
    if (!layer) continue;
    const table = layer.table ? fromBase64(layer.table) : greyTable();
    layers.push({ ...layer, slot, table, volume: await decodeVolume(layer.data) });
  }
  const panes = [...root.querySelectorAll(".pane")].map((pane) => startPane(root, pane, data, layers));
  bindSettings(root);
  for (const pane of panes) pane.draw();
  root.dataset.state = "ready";
}

/**
 * Makes a pane follow its slider, and the divider follow a pointer on the pane.
 *
 * @param {HTMLElement} root
 * @param {Element} pane
 * @param {ViewData} data
 * @param {readonly Layer[]} layers
 * @returns {{ draw(): void }}
 */
function startPane(root, pane, data, layers) {
  const axis = Number(pane.getAttribute("data-axis"));
  const stage = /** @type {HTMLElement} */ (pane.querySelector(".stage"));
  const slider = /** @type {HTMLInputElement} */ (pane.querySelector("input"));
  const shown = /** @type {HTMLOutputElement} */ (pane.querySelector("output"));
  const [down, across] = axesOf(axis);
  stage.style.setProperty("--ratio", String(data.extent[across] / data.extent[down]));
  const draw = () => {
    const index = Number(slider.value);
    for (const { slot, volume, table } of layers) {
      const canvas = /** @type {HTMLCanvasElement} */ (stage.querySelector(`canvas.${slot}`));
      const plane = planeOf(volume, data.shape, axis, index, data.upwards);
      drawPlane(canvas, plane, [data.shape[down], data.shape[across]], table);
    }
    const plane = Math.round(data.centres[axis][index]);
    shown.value = String(plane);
    slider.setAttribute("aria-valuetext", `plane ${plane} along ${AXES[axis]}`);
    stage.setAttribute("aria-label", `Plane ${AXES[axis]} = ${plane}: ${layers.map(({ name }) => name).join(", ")}`);
  };
  slider.addEventListener("input", draw);
  const cell = [0, 0, 0];
  followPointer(root, stage, (row, column) => {
    cell[axis] = Number(slider.value);
    cell[down] = Math.floor((data.upwards ? 1 - row : row) * data.shape[down]);
    cell[across] = Math.floor(column * data.shape[across]);
    showCell(root, data, layers, cell);
  });
  stage.addEventListener("dblclick", () => {
    for (const other of [down, across]) setSlider(root, `plane-${AXES[other]}`, cell[other]);
  });
  return { draw };
}

/**
 * The divider goes where a pressed pointer is; the place under any pointer is reported.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement} stage
 * @param {(row: number, column: number) => void} report parts of the height and the width, from 0 to below 1
 */
function followPointer(root, stage, report) {
  const move = (/** @type {PointerEvent} */ event) => {
    const { left, top, width, height } = stage.getBoundingClientRect();
    const part = (/** @type {number} */ at) => Math.min(Math.max(at, 0), 0.999999);
    const [row, column] = [part((event.clientY - top) / height), part((event.clientX - left) / width)];
    report(row, column);
    if (event.buttons === 1) setSlider(root, "swipe", Math.round(100 * column));
  };
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    move(event);
  });
  stage.addEventListener("pointermove", move);
}

/**
 * Shows a cell's place and its values.
 *
 * @param {HTMLElement} root
 * @param {ViewData} data
 * @param {readonly Layer[]} layers
 * @param {readonly number[]} cell along z, y, x
 */
function showCell(root, data, layers, cell) {
  const at = (cell[0] * data.shape[1] + cell[1]) * data.shape[2] + cell[2];
  const place = cell.map((index, axis) => `${AXES[axis]} ${Math.round(data.centres[axis][index])}`).join("  ");
  const values = layers.map(({ name, volume, range: [lo, hi] }) => {
    const value = lo + (volume[at] / 255) * (hi - lo);
    return `${name.toLowerCase()} ${Number(value.toPrecision(3))}`;
  });
  const text = [place, millimetres(data, cell), ...values].join("   ");
  /** @type {HTMLElement} */ (root.querySelector(".readout")).textContent = text;
}

/**
 * Where a cell lies, mm: `12.5 R  30.0 A  22.1 S mm` in a body, else along z, y, x.
 *
 * @param {ViewData} data
 * @param {readonly number[]} cell along z, y, x
 */
function millimetres({ centres, affine, decimals, inBody }, cell) {
  const [z, y, x] = cell.map((index, axis) => centres[axis][index]);
  const place = [0, 4, 8].map((row) => {
    return affine[row] * x + affine[row + 1] * y + affine[row + 2] * z + affine[row + 3];
  });
  const texts = inBody
    ? place.map((mm, a) => `${Math.abs(mm).toFixed(decimals)} ${(mm < 0 ? "LPI" : "RAS")[a]}`)
    : place.reverse().map((mm) => mm.toFixed(decimals));
  return `${texts.join("  ")} mm`;
}

/**
 * Sliders that only change how canvases are shown: where the divider is, how much of the overlay is seen, how bright it
 * all is. Buttons set a slider.
 *
 * @param {HTMLElement} root
 */
function bindSettings(root) {
  for (const slider of /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll("input[data-setting]"))) {
    const apply = () => {
      root.style.setProperty(`--${slider.dataset.setting}`, String(Number(slider.value) / 100));
      slider.setAttribute("aria-valuetext", `${slider.value} %`);
    };
    slider.addEventListener("input", apply);
    apply();
  }
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll("button[data-sets]"))) {
    button.addEventListener("click", () => setSlider(root, button.dataset.sets ?? "", Number(button.value)));
  }
}

/**
 * Moves a slider as if by hand; nothing, where the page has none of that name.
 *
 * @param {HTMLElement} root
 * @param {string} id
 * @param {number} value
 */
function setSlider(root, id, value) {
  const slider = /** @type {HTMLInputElement | null} */ (root.querySelector(`#${id}`));
  if (!slider) return;
  slider.value = String(value);
  slider.dispatchEvent(new Event("input"));
}
