/**
 * The log fields of a correction, each with the spline rows to evaluate it at every plane, row and column of the
 * volume.
 *
 * @module
 */

import type { ApplySpec, Lattice, SplineRows3 } from "../backends/backend.ts";
import { perAxis, type Shape3 } from "../volume.ts";
import { splineRows3 } from "./bspline.ts";

/** A lattice with its rows for every plane, row and column of the volume. */
export interface FieldLayer {
  /** First plane of the volume that it covers. */
  readonly z0: number;
  /** One past the last. */
  readonly z1: number;
  /** Its log field. */
  readonly lattice: Lattice;
  /** The lattice's rows for every plane, row and column of the volume. */
  readonly rows: SplineRows3;
}

/** Works out the spline rows of every lattice; a section's positions count from its own first plane. */
export function fieldLayers(spec: ApplySpec): FieldLayer[] {
  const domain = spec.domain ?? spec.volume;
  const positions = spec.positions ?? identityPositions(spec.volume);
  const layers: FieldLayer[] = [];
  for (const { z0, z1, lattice } of spec.sections) {
    if (!lattice) continue;
    const range = planesOf(positions[0], z0, z1);
    const z = positions[0].map((p) => p - z0);
    const rows = splineRows3([z, positions[1], positions[2]], [z1 - z0, domain[1], domain[2]], lattice.points);
    layers.push({ z0: range[0], z1: range[1], lattice, rows });
  }
  if (spec.global) {
    const rows = splineRows3(positions, domain, spec.global.points);
    layers.push({ z0: 0, z1: spec.volume[0], lattice: spec.global, rows });
  }
  return layers;
}

/** The planes whose centre, at `positions[z] + 1/2`, lies in the section `[z0, z1)`. */
function planesOf(positions: Float64Array, z0: number, z1: number): [first: number, end: number] {
  const first = positions.findIndex((p) => p + 0.5 >= z0);
  const end = positions.findIndex((p) => p + 0.5 >= z1);
  return [first < 0 ? positions.length : first, end < 0 ? positions.length : end];
}

function identityPositions(shape: Shape3): [Float64Array, Float64Array, Float64Array] {
  return perAxis((a) => Float64Array.from({ length: shape[a] }, (_, i) => i));
}
