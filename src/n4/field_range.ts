/**
 * How far a field reaches: its smallest and largest value over the volume, looked for at half the distance of knots.
 *
 * @module
 */

import type { Lattice, SplineRows3 } from "../backends/backend.ts";
import { perAxis, type Shape3, type Triple } from "../volume.ts";
import { type BiasModel, modelDomain } from "./bias_model.ts";
import { evaluateRow, inPadded, SPLINE_ORDER, splineRows3 } from "./bspline.ts";

/** Smallest and largest value. */
type Range = readonly [low: number, high: number];

/** Places along `[z, y, x]`. */
type Places = readonly [z: Float64Array, y: Float64Array, x: Float64Array];

/** A lattice with its rows at some places. */
interface Layer {
  readonly lattice: Lattice;
  readonly rows: SplineRows3;
}

/** The range of the log field over the volume, `scale` left out; NaN where a value is. */
export function logFieldRange(model: BiasModel): Range {
  const { shape: [nz, ny, nx], global, padded } = model;
  const domain = modelDomain(model);
  const parts = model.sections.length > 0 ? model.sections : [{ z0: 0, z1: nz, lattice: undefined }];
  return joinRanges(parts.map(({ z0, z1, lattice }) => {
    const shape: Shape3 = [z1 - z0, ny, nx];
    const places = placesIn(shape, (a) =>
      Math.max(
        lattice ? lattice.points[a] - SPLINE_ORDER : 1,
        global ? Math.ceil((global.points[a] - SPLINE_ORDER) * shape[a] / domain[a]) : 1,
      ));
    const layers: Layer[] = lattice ? [{ lattice, rows: splineRows3(places, shape, lattice.points) }] : [];
    if (global) {
      const inVolume = inPadded([places[0].map((z) => z + z0), places[1], places[2]] as const, padded ?? {});
      layers.push({ lattice: global, rows: splineRows3(inVolume, domain, global.points) });
    }
    return rangeAt(places, layers);
  }));
}

/** Two places a span along each axis of a run of planes, borders included, and no more than there are voxels. */
function placesIn(shape: Triple, spans: (axis: 0 | 1 | 2) => number): Places {
  return perAxis((a) => {
    const steps = Math.min(shape[a] - 1, 2 * spans(a));
    return Float64Array.from({ length: steps + 1 }, (_, i) => steps > 0 ? i * (shape[a] - 1) / steps : 0);
  });
}

function rangeAt([z, y, x]: Places, layers: readonly Layer[]): Range {
  const line = new Float64Array(x.length);
  const sum = new Float64Array(x.length);
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < z.length * y.length; row++) {
    sum.fill(0);
    for (const { lattice, rows } of layers) {
      evaluateRow(lattice, rows, Math.floor(row / y.length), row % y.length, line);
      for (let i = 0; i < sum.length; i++) sum[i] += line[i];
    }
    for (let i = 0; i < sum.length; i++) {
      low = Math.min(low, sum[i]);
      high = Math.max(high, sum[i]);
    }
  }
  return [low, high];
}

function joinRanges(ranges: readonly Range[]): Range {
  return ranges.reduce(([low, high], range) => [Math.min(low, range[0]), Math.max(high, range[1])]);
}
