/**
 * Watches a correction: stands between the boxes and both ends of their way, and gathers what a page shows while they
 * pass. It reads no voxel again (of a mask in a file: the mask), holds nothing that grows with the volume but a few
 * numbers a plane, and changes nothing.
 *
 * @module
 */

import { ExactSums } from "../intensity/count/exact_sum.ts";
import type { MaskReader } from "../intensity/mask/mask.ts";
import { forEachRow } from "../io/flow/boxes.ts";
import { type Box, geometryOf, type Shape3, type VolumeSink, type VolumeSource, voxelCount } from "../volume.ts";
import { type LogBin, LogHistogram } from "../page/log_histogram.ts";
import { PREVIEW_CELLS, type PreviewGrid, previewGrid } from "../page/preview_grid.ts";
import { PreviewMask, PreviewSums } from "../page/preview_sums.ts";

/** About so many voxels make a histogram and the means of planes: ten times as many would show the same curves. */
const COUNTED_VOXELS = 2 ** 24;
/** A plane has at least so many rows among them, where it has so many. */
const LEAST_ROWS = 32;

/**
 * Bytes that a watch holds, what becomes of it included: two sums and a byte a cell, then three means, and the mask of
 * counted voxels in flight.
 */
export const WATCH_BYTES: number = PREVIEW_CELLS * (2 * 8 + 1 + 3 * 4) + COUNTED_VOXELS;

/** What a watch saw of one end of the way. */
interface WatchedVolume {
  /** Means over the cells, C order. */
  readonly means: Float32Array;
  /** Histogram of the voxels in the mask that are > 0. */
  readonly histogram: readonly LogBin[];
  /** Mean of the voxels in the mask; NaN where there are none. */
  readonly mean: number;
  /** Mean of the voxels in the mask of each plane of the volume; NaN where there are none. */
  readonly planeMeans: Float64Array;
}

/** What a watch saw. */
export interface Watched {
  /** The cells. */
  readonly grid: PreviewGrid;
  /** Input, as read. */
  readonly before: WatchedVolume;
  /** Corrected, before it is rounded to the stored type. */
  readonly after: WatchedVolume;
  /** 1 for a cell that lies wholly in the mask, C order. */
  readonly mask: Uint8Array;
  /** Histograms and means of planes are of every n-th row of a plane. */
  readonly rowStep: number;
  /** Part of the voxels of those rows that lies in the mask. */
  readonly maskPart: number;
}

/** A watch over one volume. */
export class CorrectionWatch {
  /** To be read instead of the input. */
  readonly source: VolumeSource;
  /** To be written instead of the output. */
  readonly sink: VolumeSink;
  /** To be read instead of the mask: one that cannot go back is not asked twice for a box. */
  readonly mask: MaskReader;
  readonly #grid: PreviewGrid;
  readonly #cells: PreviewMask;
  readonly #before: Tally;
  readonly #after: Tally;
  /** Mask bytes of the counted rows of boxes that were read and not yet written. */
  readonly #inside = new Map<string, Uint8Array>();
  /** All mask bytes of such boxes, where the mask cannot go back. */
  readonly #whole = new Map<string, Uint8Array>();

  /** Watches a correction of `input` to `output`; about `counted` voxels make histograms and the means of planes. */
  constructor(input: VolumeSource, output: VolumeSink, mask: MaskReader, counted = COUNTED_VOXELS) {
    this.#grid = previewGrid(input);
    this.#cells = new PreviewMask(this.#grid);
    this.#before = new Tally(this.#grid, input.shape, counted);
    this.#after = new Tally(this.#grid, input.shape, counted);
    this.source = {
      ...traitsOf(input),
      forwardOnly: input.forwardOnly || mask.forwardOnly,
      read: async (box, out) => {
        await input.read(box, out);
        const inside = new Uint8Array(out.length);
        await mask.read(box, out, inside);
        if (mask.forwardOnly) this.#whole.set(nameOf(box), inside);
        this.#cells.add(box, inside);
        const counted = this.#before.countedRows(box, inside);
        this.#inside.set(nameOf(box), counted);
        this.#before.add(box, out, counted);
      },
    };
    this.sink = {
      ...traitsOf(output),
      forwardOnly: output.forwardOnly,
      write: async (box, data) => {
        const counted = this.#inside.get(nameOf(box));
        if (counted) this.#after.add(box, data, counted);
        this.#inside.delete(nameOf(box));
        this.#whole.delete(nameOf(box));
        return await output.write(box, data);
      },
    };
    this.mask = mask.forwardOnly ? this.#readOnce(mask) : mask;
  }

  /** The mask whose bytes are taken from what {@linkcode CorrectionWatch.source} has read. */
  #readOnce(mask: MaskReader): MaskReader {
    return {
      ...mask,
      read: async (box, intensity, out) => {
        const known = this.#whole.get(nameOf(box));
        if (known) out.set(known);
        else await mask.read(box, intensity, out);
      },
    };
  }

  /** What was seen, once every box has passed. */
  result(): Watched {
    const mask = this.#cells.outside.map((outside) => 1 - outside);
    const [before, after] = [this.#before, this.#after];
    const { rowStep } = before;
    return { grid: this.#grid, before: before.result(), after: after.result(), mask, rowStep, maskPart: before.part() };
  }
}

/** What is counted at one end of the way. */
class Tally {
  readonly #means: PreviewSums;
  readonly #histogram = new LogHistogram();
  readonly #planes: ExactSums;
  /** Every n-th row is counted, by its index in the volume. */
  readonly rowStep: number;
  #counted = 0;

  constructor(grid: PreviewGrid, shape: Shape3, counted: number) {
    this.#means = new PreviewSums(grid);
    this.#planes = new ExactSums(shape[0]);
    const wanted = Math.ceil(voxelCount(shape) / counted);
    this.rowStep = Math.max(1, Math.min(wanted, Math.floor(shape[1] / LEAST_ROWS)));
  }

  /** The bytes of a box's counted rows, one row after the other. */
  countedRows(box: Box, inside: Uint8Array): Uint8Array {
    const width = box.x1 - box.x0;
    const rows: Uint8Array[] = [];
    forEachRow(box, (_, y, offset) => {
      if (y % this.rowStep === 0) rows.push(inside.subarray(offset, offset + width));
    });
    const bytes = new Uint8Array(rows.length * width);
    rows.forEach((row, i) => bytes.set(row, i * width));
    return bytes;
  }

  /** Adds a box; `counted` is the mask of its {@linkcode countedRows}. */
  add(box: Box, data: Float32Array, counted: Uint8Array): void {
    this.#means.add(box, data);
    const width = box.x1 - box.x0;
    let at = 0;
    forEachRow(box, (z, y, offset) => {
      if (y % this.rowStep !== 0) return;
      const [row, inside] = [data.subarray(offset, offset + width), counted.subarray(at, at + width)];
      this.#histogram.add(row, inside);
      this.#planes.add(z, row, 0, width, inside);
      at += width;
    });
    this.#counted += at;
  }

  /** Finite voxels in the mask that were counted. */
  voxels(): number {
    return this.#planes.counts.reduce((sum, count) => sum + count, 0);
  }

  /** The same as a part of all that were looked at. */
  part(): number {
    return this.voxels() / this.#counted;
  }

  result(): WatchedVolume {
    const sum = this.#planes.counts.reduce((total, _, z) => total + this.#planes.sum(z), 0);
    return {
      means: this.#means.means(),
      histogram: this.#histogram.bins(),
      mean: sum / this.voxels(),
      planeMeans: Float64Array.from(this.#planes.counts, (_, z) => this.#planes.mean(z)),
    };
  }
}

/** What a volume says of itself, without its methods. */
function traitsOf(volume: VolumeSource | VolumeSink): Omit<VolumeSource, "read" | "forwardOnly"> {
  const { dataType, chunk } = volume;
  return { ...geometryOf(volume), dataType, chunk };
}

function nameOf({ z0, y0, x0 }: Box): string {
  return `${z0} ${y0} ${x0}`;
}
