/** Morphology of planes of bytes (0 or not), in place; they become 0 and 1. */
import { packRow, unpackRow, wordsPerRow } from "../../src/intensity/mask/bit_volume.ts";
import { type Outside, PlaneMorphology } from "../../src/intensity/mask/morphology.ts";

/** Fills the holes of a plane. */
export function fillHoles(plane: Uint8Array, rows: number, columns: number): void {
  onPackedPlane(plane, rows, columns, (morphology, words) => morphology.fillHoles(words));
}

/** Closes the gaps of a plane by a disk. */
export function closeDisk(
  plane: Uint8Array,
  rows: number,
  columns: number,
  radius: number,
  outside: Outside = 0,
): void {
  onPackedPlane(plane, rows, columns, (morphology, words) => morphology.closeDisk(words, radius, outside));
}

/** Takes small regions out of a plane. */
export function removeSpecks(plane: Uint8Array, rows: number, columns: number, least: number): void {
  onPackedPlane(plane, rows, columns, (morphology, words) => morphology.removeSpecks(words, least));
}

function onPackedPlane(
  plane: Uint8Array,
  rows: number,
  columns: number,
  work: (morphology: PlaneMorphology, words: Uint32Array) => void,
): void {
  const stride = wordsPerRow(columns);
  const words = new Uint32Array(rows * stride);
  for (let y = 0; y < rows; y++) packRow(plane, y * columns, columns, words, y * stride, 0);
  work(new PlaneMorphology(rows, columns), words);
  for (let y = 0; y < rows; y++) unpackRow(words, y * stride, 0, plane, y * columns, columns);
}
