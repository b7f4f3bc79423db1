/**
 * Stage `apply` by WebAssembly: a box goes through a small memory block by block, the log field of each block being worked out right before. Twin: `BoxCorrector` of ../apply.ts.
 *
 * @module
 */

import { type FieldLayer, fieldLayers } from "../../../n4/field_layers.ts";
import { tableOfPlane } from "../../../n4/lookup.ts";
import { type Box, boxShape } from "../../../volume.ts";
import type { ApplySpec } from "../../backend.ts";
import { combine } from "../subtract.ts";
import type { Arena } from "../../../wasm/arena.ts";
import type { StageFunctions } from "../../../wasm/module.ts";
import { type ColumnTables, columnTables } from "./spline_tables.ts";

/** Voxels of a block: 13 bytes each, in the processor's second cache. */
const BLOCK = 2 ** 13;

/** Arrays of a block. */
interface Block {
  /** Rows of a full block. */
  readonly rows: number;
  readonly data: Float32Array;
  readonly mask: Uint8Array | undefined;
  readonly logField: Float64Array;
}

/** What a layer of the field takes on the way over a box. */
interface LayerTables {
  readonly layer: FieldLayer;
  /** The lattice contracted over z. */
  readonly plane: Float64Array;
  readonly line: Float64Array;
  readonly yFirst: Int32Array;
  readonly yEvaluate: Float64Array;
  readonly x: ColumnTables;
}

/** The voxel map, prepared for a volume. */
export class WasmBoxCorrector {
  readonly #spec: ApplySpec;
  readonly #layers: readonly FieldLayer[];
  readonly #stages: StageFunctions;
  readonly #arena: Arena;

  /** @param arena whose memory `stages` works on. */
  constructor(spec: ApplySpec, stages: StageFunctions, arena: Arena) {
    this.#spec = spec;
    this.#layers = fieldLayers(spec);
    this.#stages = stages;
    this.#arena = arena;
  }

  /** Corrects `data`, the intensities of `box`, in place. `mask`: one byte per voxel. */
  correct(box: Box, data: Float32Array, mask: Uint8Array | undefined): void {
    const { luts, zGain, strength, scale, zeroOutside, floor } = this.#spec;
    this.#arena.release();
    const entries = luts?.tables[0]?.length ?? 0;
    const table = this.#arena.take(Float32Array, entries);
    const [lo, hi] = luts?.range ?? [0, 1];
    this.#forEachBlock(box, mask !== undefined, (block, z, at, count) => {
      const planeTable = tableOfPlane(luts, z);
      if (planeTable) table.set(planeTable);
      block.data.set(data.subarray(at, at + count));
      if (mask) block.mask?.set(mask.subarray(at, at + count));
      this.#stages.apply(
        block.data.byteOffset,
        block.mask?.byteOffset ?? 0,
        block.logField.byteOffset,
        count,
        planeTable ? table.byteOffset : 0,
        entries,
        luts?.threshold ?? 0,
        lo,
        hi,
        zGain ? zGain[z] : 1,
        floor,
        strength,
        scale,
        zeroOutside ? 1 : 0,
      );
      data.set(count === block.data.length ? block.data : block.data.subarray(0, count), at);
    });
  }

  /** Writes the field of `box` into `out`. */
  field(box: Box, out: Float32Array): void {
    const { floor, scale } = this.#spec;
    this.#arena.release();
    this.#forEachBlock(box, false, ({ data, logField }, _z, at, count) => {
      this.#stages.writeField(logField.byteOffset, count, floor, scale, data.byteOffset);
      out.set(data.subarray(0, count), at);
    });
  }

  /** Calls `visit` for each block of rows of a plane with its log field, its first voxel within the box and its number of voxels. */
  #forEachBlock(
    box: Box,
    masked: boolean,
    visit: (block: Block, z: number, at: number, count: number) => void,
  ): void {
    const [, ny, nx] = boxShape(box);
    const block = this.#block(Math.max(1, Math.min(ny, Math.floor(BLOCK / nx))), nx, masked);
    const mark = this.#arena.mark();
    let tables: LayerTables[] = [];
    for (let z = box.z0; z < box.z1; z++) {
      const layers = this.#layers.filter((layer) => layer.z0 <= z && z < layer.z1);
      if (layers.length !== tables.length || layers.some((layer, i) => layer !== tables[i].layer)) {
        this.#arena.release(mark);
        tables = layers.map((layer) => this.#layerTables(layer, box));
      }
      for (const { layer: { lattice, rows: [rz] }, plane } of tables) {
        combine(lattice.values, plane.length, rz.evaluate, 4 * z, rz.first[z], plane);
      }
      for (let y = 0; y < ny; y += block.rows) {
        const rows = Math.min(block.rows, ny - y);
        this.#logField(tables, y, rows, nx, block.logField);
        visit(block, z, ((z - box.z0) * ny + y) * nx, rows * nx);
      }
    }
  }

  #block(rows: number, nx: number, masked: boolean): Block {
    const count = rows * nx;
    return {
      rows,
      data: this.#arena.take(Float32Array, count),
      mask: masked ? this.#arena.take(Uint8Array, count) : undefined,
      logField: this.#arena.take(Float64Array, count),
    };
  }

  #layerTables(layer: FieldLayer, box: Box): LayerTables {
    const { lattice: { points }, rows: [, ry, rx] } = layer;
    return {
      layer,
      plane: this.#arena.take(Float64Array, points[1] * points[2]),
      line: this.#arena.take(Float64Array, points[2]),
      yFirst: this.#arena.copy(Int32Array, ry.first.subarray(box.y0, box.y1)),
      yEvaluate: this.#arena.copy(Float64Array, ry.evaluate.subarray(4 * box.y0, 4 * box.y1)),
      x: columnTables(this.#arena, rx, box.x0, box.x1),
    };
  }

  #logField(tables: readonly LayerTables[], y: number, rows: number, nx: number, logField: Float64Array): void {
    if (tables.length === 0) logField.fill(0);
    for (const [i, { layer, plane, line, yFirst, yEvaluate, x }] of tables.entries()) {
      this.#stages.addField(
        plane.byteOffset,
        layer.lattice.points[2],
        yFirst.byteOffset + 4 * y,
        yEvaluate.byteOffset + 32 * y,
        x.first.byteOffset,
        x.ends.byteOffset,
        x.evaluate.byteOffset,
        x.stride,
        line.byteOffset,
        rows,
        nx,
        logField.byteOffset,
        i > 0 ? 1 : 0,
      );
    }
  }
}
