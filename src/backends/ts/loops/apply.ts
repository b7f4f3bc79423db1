/**
 * Stage `apply`: the fused voxel map of {@linkcode ApplySpec} over one box. A row's log field is worked out first (each
 * lattice contracted over z once a plane, over y once a row), then every voxel is mapped. Only global indices enter, so
 * how a volume is cut into boxes changes no bit. These loops are the tested twin of kernels/wasm/apply.ts, which does
 * the work.
 *
 * @module
 */

import { type FieldLayer, fieldLayers } from "../../../n4/field_layers.ts";
import { lookUp, tableOfPlane } from "../../../n4/lookup.ts";
import { type Box, boxShape } from "../../../volume.ts";
import type { ApplySpec } from "../../backend.ts";
import { exponential } from "./shared/exponential.ts";
import { combine } from "./shared/spline_row.ts";

/** The voxel map, prepared for a volume. */
export class BoxCorrector {
  readonly #spec: ApplySpec;
  readonly #layers: readonly FieldLayer[];

  constructor(spec: ApplySpec) {
    this.#spec = spec;
    this.#layers = fieldLayers(spec);
  }

  /** Corrects `data`, the intensities of `box`, in place. `mask`: one byte per voxel. */
  correct(box: Box, data: Float32Array, mask: Uint8Array | undefined): void {
    const { luts, zGain, strength, scale, zeroOutside, floor } = this.#spec;
    const nx = box.x1 - box.x0;
    this.#forEachRow(box, (z, offset, logField) => {
      const table = tableOfPlane(luts, z);
      const gain = zGain ? zGain[z] : 1;
      for (let i = 0; i < nx; i++) {
        const at = offset + i;
        const inside = mask === undefined || mask[at] !== 0;
        if (zeroOutside && !inside) {
          data[at] = 0;
          continue;
        }
        let m = data[at];
        if (luts && table) m = lookUp(luts, table, m);
        if (inside) m *= gain;
        const field = exponential(logField[i]);
        const corrected = m / (field > floor ? field : floor);
        data[at] = (strength === 1 ? corrected : strength * corrected + (1 - strength) * m) * scale;
      }
    });
  }

  /** Writes the field of `box` into `out`. */
  field(box: Box, out: Float32Array): void {
    const { floor, scale } = this.#spec;
    const nx = box.x1 - box.x0;
    this.#forEachRow(box, (_z, offset, logField) => {
      for (let i = 0; i < nx; i++) out[offset + i] = Math.max(exponential(logField[i]), floor) / scale;
    });
  }

  #forEachRow(box: Box, visit: (z: number, offset: number, logField: Float64Array) => void): void {
    const [, ny, nx] = boxShape(box);
    const logField = new Float64Array(nx);
    for (let z = box.z0; z < box.z1; z++) {
      const planes = this.#layers.filter((layer) => layer.z0 <= z && z < layer.z1).map((layer) => planeOf(layer, z));
      for (let y = box.y0; y < box.y1; y++) {
        logField.fill(0);
        for (const plane of planes) addRowOf(plane, y, box.x0, logField);
        visit(z, ((z - box.z0) * ny + (y - box.y0)) * nx, logField);
      }
    }
  }
}

/** A layer contracted over z, with scratch for a row. */
interface Plane {
  readonly layer: FieldLayer;
  readonly values: Float64Array;
  readonly line: Float64Array;
}

function planeOf(layer: FieldLayer, z: number): Plane {
  const { lattice: { points, values }, rows: [rz] } = layer;
  const plane = new Float64Array(points[1] * points[2]);
  combine(values, plane.length, rz.evaluate, 4 * z, rz.first[z], plane);
  return { layer, values: plane, line: new Float64Array(points[2]) };
}

function addRowOf({ layer, values, line }: Plane, y: number, x0: number, logField: Float64Array): void {
  const [, ry, rx] = layer.rows;
  const { first, evaluate } = rx;
  combine(values, line.length, ry.evaluate, 4 * y, ry.first[y], line);
  for (let i = 0; i < logField.length; i++) {
    const k = first[x0 + i];
    const w = 4 * (x0 + i);
    logField[i] += evaluate[w] * line[k] + evaluate[w + 1] * line[k + 1] + evaluate[w + 2] * line[k + 2] +
      evaluate[w + 3] * line[k + 3];
  }
}
