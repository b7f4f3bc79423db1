/**
 * What the correction of a volume uploads once: log fields as layers, planes with their layer, table and gain.
 *
 * @module
 */

import { splineRows3 } from "../../n4/bspline.ts";
import type { Shape3, Triple } from "../../volume.ts";
import type { ApplySpec, Lattice, SplineRows } from "../backend.ts";
import { CONSTANTS } from "./kernels.ts";
import { packRows, ROW_WORDS } from "./rows.ts";

const { LINE_POINTS, SEGMENT } = CONSTANTS;

/** Words of `Layer` and `Plane` in apply.wgsl. */
const LAYER_WORDS = 6;
const PLANE_WORDS = 3;

/** The contents of the buffers. */
interface ApplyLayers {
  /** `Plane` of each plane of the volume. */
  readonly planes: Uint32Array;
  /** `Layer` of each lattice. */
  readonly layers: Uint32Array;
  /** `Row`s of the layers. */
  readonly rows: Uint32Array;
  /** Control values of the layers. */
  readonly lattices: Float32Array;
  /** Intensity tables, one after the other. */
  readonly tables: Float32Array;
  /** Layer of the global field, or -1. */
  readonly whole: number;
  /** Whether some segment reaches more control points than a workgroup's memory holds. */
  readonly wide: boolean;
}

/** A log field over the planes `[z0, z1)` of the domain. */
interface Field {
  readonly z0: number;
  readonly z1: number;
  readonly lattice: Lattice;
}

type Positions = readonly [z: Float64Array, y: Float64Array, x: Float64Array];

/** Works out the contents; a section's positions count from its own first plane. */
export function applyLayers(spec: ApplySpec): ApplyLayers {
  const domain = spec.domain ?? spec.volume;
  const positions = spec.positions ?? identityPositions(spec.volume);
  const sections = spec.sections.flatMap(({ z0, z1, lattice }): Field[] => lattice ? [{ z0, z1, lattice }] : []);
  const fields = [...sections, ...(spec.global ? [{ z0: 0, z1: domain[0], lattice: spec.global }] : [])];
  const rows = new RowStore(positions, domain);
  const layers = new Uint32Array(LAYER_WORDS * fields.length);
  const lattices = new Float32Array(fields.reduce((sum, { lattice }) => sum + lattice.values.length, 0));
  let at = 0;
  fields.forEach(({ z0, z1, lattice }, i) => {
    const { points, values } = lattice;
    layers.set([at, points[1], points[2], ...rows.add(z0, z1, points)], LAYER_WORDS * i);
    lattices.set(values, at);
    at += values.length;
  });
  return {
    planes: planesOf(spec, sections, positions[0]),
    layers,
    rows: rows.packed(),
    lattices,
    tables: tablesOf(spec),
    whole: spec.global ? fields.length - 1 : -1,
    wide: rows.wide,
  };
}

/** A plane belongs to the section that holds its centre, at its position plus 1/2. */
function planesOf({ volume, luts, zGain }: ApplySpec, sections: readonly Field[], z: Float64Array): Uint32Array {
  const words = new Uint32Array(PLANE_WORDS * volume[0]);
  const integers = new Int32Array(words.buffer);
  const floats = new Float32Array(words.buffer);
  for (let plane = 0; plane < volume[0]; plane++) {
    const centre = z[plane] + 0.5;
    integers[PLANE_WORDS * plane] = sections.findIndex(({ z0, z1 }) => z0 <= centre && centre < z1);
    integers[PLANE_WORDS * plane + 1] = luts ? luts.tableOfPlane[plane] : -1;
    floats[PLANE_WORDS * plane + 2] = zGain ? zGain[plane] : 1;
  }
  return words;
}

function tablesOf({ luts }: ApplySpec): Float32Array {
  if (!luts || luts.tables.length === 0) return new Float32Array(0);
  const length = luts.tables[0].length;
  const tables = new Float32Array(length * luts.tables.length);
  luts.tables.forEach((table, i) => tables.set(table, length * i));
  return tables;
}

function identityPositions(shape: Shape3): Positions {
  const axis = (n: number) => Float64Array.from({ length: n }, (_, i) => i);
  return [axis(shape[0]), axis(shape[1]), axis(shape[2])];
}

/**
 * Whether some run of SEGMENT voxels reaches more than LINE_POINTS control points; asked of every run, as boxes begin
 * anywhere.
 */
function isWide(first: Int32Array): boolean {
  for (let x = 0; x < first.length; x++) {
    if (first[Math.min(x + SEGMENT, first.length) - 1] + 4 - first[x] > LINE_POINTS) return true;
  }
  return false;
}

/** Spline rows of many layers in one array; layers with equal rows along y or x share them. */
class RowStore {
  readonly #positions: Positions;
  readonly #domain: Shape3;
  readonly #kept = new Map<string, number>();
  readonly #parts: Uint32Array[] = [];
  #length = 0;
  /** Whether some segment of rows along x reaches too many control points. */
  wide = false;

  constructor(positions: Positions, domain: Shape3) {
    this.#positions = positions;
    this.#domain = domain;
  }

  /** Where the rows `[z, y, x]` of a lattice over the planes `[z0, z1)` begin. */
  add(z0: number, z1: number, points: Triple): number[] {
    const [z, y, x] = this.#positions;
    const rows = splineRows3([z.map((p) => p - z0), y, x], [z1 - z0, this.#domain[1], this.#domain[2]], points);
    this.wide ||= isWide(rows[2].first);
    return rows.map((axis, a) => this.#keep(a === 0 ? `z ${z0} ${z1} ${points[0]}` : `${a} ${points[a]}`, axis));
  }

  packed(): Uint32Array {
    const words = new Uint32Array(ROW_WORDS * this.#length);
    let at = 0;
    for (const part of this.#parts) {
      words.set(part, at);
      at += part.length;
    }
    return words;
  }

  #keep(key: string, rows: SplineRows): number {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const at = this.#length;
    this.#kept.set(key, at);
    this.#parts.push(packRows(rows, rows.evaluate));
    this.#length += rows.first.length;
    return at;
  }
}
