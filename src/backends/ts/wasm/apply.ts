/**
 * Stage `apply` by WebAssembly: a box goes through a small memory block by block, the log field of each block being
 * worked out right before. Twin: `BoxCorrector` of ../loops/apply.ts.
 *
 * @module
 */

import { type FieldLayer, fieldLayers } from "../../../n4/field_layers.ts";
import { tableOfPlane } from "../../../n4/lookup.ts";
import { type Box, boxShape } from "../../../volume.ts";
import type { ApplySpec } from "../../backend.ts";
import { combine } from "../loops/shared/spline_row.ts";
import type { Arena } from "../../../wasm/arena.ts";
import type { StageFunctions } from "../../../wasm/module.ts";
import { ADD_FIELD, APPLY } from "../../../wasm/parameters.ts";
import { threadStages } from "../../../wasm/thread_stages.ts";
import { columnTables } from "./shared/spline_tables.ts";

/** Voxels of a block: 13 bytes each, in the processor's second cache. */
const BLOCK = 2 ** 13;

/** Arrays of a block. */
interface VoxelBlock {
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
  /** Addresses of the spline rows along y. */
  readonly yFirst: number;
  readonly yEvaluate: number;
  readonly parameters: ReturnType<typeof ADD_FIELD.at>;
}

/** The voxel map, prepared for a volume. */
export class WasmBoxCorrector {
  readonly #spec: ApplySpec;
  readonly #layers: readonly FieldLayer[];
  readonly #stages: StageFunctions;
  readonly #arena: Arena;

  constructor(spec: ApplySpec) {
    const { stages, arena } = threadStages();
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
    const threshold = luts?.threshold ?? 0;
    const parameters = APPLY.at(
      this.#arena.take(Uint8Array, APPLY.bytes),
      { entries, threshold, lo, hi, floor, strength, scale, zeroOutside: Number(zeroOutside) },
    );
    this.#forEachBlock(box, mask !== undefined, (block, z, at, count) => {
      const planeTable = tableOfPlane(luts, z);
      if (planeTable) table.set(planeTable);
      block.data.set(data.subarray(at, at + count));
      if (mask) block.mask?.set(mask.subarray(at, at + count));
      parameters.data = block.data.byteOffset;
      parameters.mask = block.mask?.byteOffset ?? 0;
      parameters.logField = block.logField.byteOffset;
      parameters.count = count;
      parameters.table = planeTable ? table.byteOffset : 0;
      parameters.gain = zGain ? zGain[z] : 1;
      this.#stages.apply(parameters.address);
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

  /**
   * Visits each block of rows of a plane with its log field: `at` is its first voxel within the box, `count` its
   * voxels.
   */
  #forEachBlock(
    box: Box,
    masked: boolean,
    visit: (block: VoxelBlock, z: number, at: number, count: number) => void,
  ): void {
    const [, ny, nx] = boxShape(box);
    const block = this.#block(Math.max(1, Math.min(ny, Math.floor(BLOCK / nx))), nx, masked);
    const mark = this.#arena.mark();
    let tables: LayerTables[] = [];
    for (let z = box.z0; z < box.z1; z++) {
      const layers = this.#layers.filter((layer) => layer.z0 <= z && z < layer.z1);
      if (layers.length !== tables.length || layers.some((layer, i) => layer !== tables[i].layer)) {
        this.#arena.release(mark);
        tables = layers.map((layer, i) => this.#layerTables(layer, box, block.logField, i > 0));
      }
      for (const { layer: { lattice, rows: [rz] }, plane } of tables) {
        combine(lattice.values, plane.length, rz.evaluate, 4 * z, rz.first[z], plane);
      }
      for (let y = 0; y < ny; y += block.rows) {
        const rows = Math.min(block.rows, ny - y);
        if (tables.length === 0) block.logField.fill(0);
        for (const { yFirst, yEvaluate, parameters } of tables) {
          parameters.yFirst = yFirst + 4 * y;
          parameters.yEvaluate = yEvaluate + 32 * y;
          parameters.rows = rows;
          this.#stages.addField(parameters.address);
        }
        visit(block, z, ((z - box.z0) * ny + y) * nx, rows * nx);
      }
    }
  }

  #block(rows: number, nx: number, masked: boolean): VoxelBlock {
    const count = rows * nx;
    return {
      rows,
      data: this.#arena.take(Float32Array, count),
      mask: masked ? this.#arena.take(Uint8Array, count) : undefined,
      logField: this.#arena.take(Float64Array, count),
    };
  }

  #layerTables(layer: FieldLayer, box: Box, logField: Float64Array, added: boolean): LayerTables {
    const { lattice: { points: [, cy, cx] }, rows: [, ry, rx] } = layer;
    const plane = this.#arena.take(Float64Array, cy * cx);
    const line = this.#arena.take(Float64Array, cx);
    const yFirst = this.#arena.copy(Int32Array, ry.first.subarray(box.y0, box.y1)).byteOffset;
    const yEvaluate = this.#arena.copy(Float64Array, ry.evaluate.subarray(4 * box.y0, 4 * box.y1)).byteOffset;
    const { first: xFirst, ends: xEnds, evaluate: xEvaluate, stride: xStride } = columnTables(
      this.#arena,
      rx,
      box.x0,
      box.x1,
    );
    const columns = box.x1 - box.x0;
    const parameters = ADD_FIELD.at(
      this.#arena.take(Uint8Array, ADD_FIELD.bytes),
      { plane, cx, xFirst, xEnds, xEvaluate, xStride, line, columns, logField, added: Number(added) },
    );
    return { layer, plane, yFirst, yEvaluate, parameters };
  }
}
