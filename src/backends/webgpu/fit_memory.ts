/**
 * What a fit keeps on the device as long as it is open: its samples in windows, and the state of its iterations.
 *
 * @module
 */

import type { FitSamples } from "../backend.ts";
import { Buffers } from "./buffers.ts";
import type { Gpu } from "./gpu.ts";
import { cutWindows, type RowRange } from "./fit_windows.ts";

/** Bytes of `State` in kernels/webgpu/shared/state.wgsl. */
export const STATE_BYTES = 16;

/** The buffers of one window. */
interface Window extends RowRange {
  /** First sample of each row, counted within the window; one entry more than rows. */
  readonly rowStart: GPUBuffer;
  /** Column and row of each sample. */
  readonly place: GPUBuffer;
  /** v. */
  readonly values: GPUBuffer;
  /** u. */
  readonly u: GPUBuffer;
  /** Confidences; where there are none, `values`, which is not read. */
  readonly weight: GPUBuffer;
  /** g (u - E(u)). */
  readonly residual: GPUBuffer;
  /** Number of samples, for kernels. */
  readonly count: GPUBuffer;
}

/** The buffers of a fit. */
export interface FitMemory {
  /** Owns them. */
  readonly buffers: Buffers;
  /** The samples' shape and rows stay on the host, without values. */
  readonly samples: Pick<FitSamples, "z" | "y" | "x" | "rowStart">;
  /** Number of samples. */
  readonly count: number;
  /** Whether samples carry confidences. */
  readonly weighted: boolean;
  /** Where the samples are. */
  readonly windows: readonly Window[];
  /** `State` of the iterations. */
  readonly state: GPUBuffer;
}

/** Uploads samples. @throws {BackendError} when they do not fit the device. */
export async function uploadFit(gpu: Gpu, samples: FitSamples): Promise<FitMemory> {
  const ranges = cutWindows(samples, gpu.largestBinding);
  const buffers = new Buffers(gpu);
  try {
    const state = await gpu.guarded("open a fit", () => buffers.storage("state", STATE_BYTES));
    const windows: Window[] = [];
    for (const range of ranges) {
      windows.push(await gpu.guarded("upload samples", () => uploadWindow(buffers, samples, range)));
    }
    const { z, y, x, rowStart, weight } = samples;
    const count = samples.value.length;
    return { buffers, samples: { z, y, x, rowStart }, count, weighted: weight !== undefined, windows, state };
  } catch (error) {
    buffers[Symbol.dispose]();
    throw error;
  }
}

function uploadWindow(buffers: Buffers, samples: FitSamples, range: RowRange): Window {
  const { row0, row1, sample0, sample1 } = range;
  const count = sample1 - sample0;
  const values = buffers.filled("log intensities", samples.value.subarray(sample0, sample1));
  return {
    ...range,
    rowStart: buffers.filled(
      "starts of rows",
      samples.rowStart.subarray(row0, row1 + 1).map((start) => start - sample0),
    ),
    place: buffers.filled("places of samples", placesOf(samples, range)),
    values,
    u: buffers.storage("corrected log intensities", 4 * count),
    weight: samples.weight ? buffers.filled("confidences", samples.weight.subarray(sample0, sample1)) : values,
    residual: buffers.storage("residuals", 4 * count),
    count: buffers.uniform("number of samples", Uint32Array.of(count)),
  };
}

/** Column of each sample of a window in the lower 16 bits, its row within the window in the upper ones. */
function placesOf({ rowStart, xIndex }: FitSamples, { row0, row1, sample0, sample1 }: RowRange): Uint32Array {
  const places = new Uint32Array(sample1 - sample0);
  for (let r = row0; r < row1; r++) {
    for (let i = rowStart[r]; i < rowStart[r + 1]; i++) places[i - sample0] = xIndex[i] | ((r - row0) << 16);
  }
  return places;
}
