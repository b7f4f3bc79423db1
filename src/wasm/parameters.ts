/**
 * The parameters of the module's longest calls. They lie as a block in its memory, and a call is given the block's
 * address. What is the same for many calls is written once.
 *
 * Each table here is the only place where a block is described: `kernels/build_wasm.ts` makes classes of AssemblyScript
 * from them. Addresses are bytes into the memory.
 *
 * @module
 */

/** Types of AssemblyScript: an address, an integer, a number. */
type Kind = "usize" | "i32" | "f64";

/** A block in a memory: assigning to a parameter writes it there. */
type Block<Name extends string> = { readonly address: number } & { [name in Name]: number };

/** Where each parameter of a block lies. */
class Layout<Name extends string> {
  /** The parameters, in order. */
  readonly kinds: Readonly<Record<Name, Kind>>;
  /** Size of a block. */
  readonly bytes: number;
  readonly #prototype: object;

  /** Every parameter is aligned to its size, as AssemblyScript does it. */
  constructor(kinds: Readonly<Record<Name, Kind>>) {
    let end = 0;
    const setters: PropertyDescriptorMap = {};
    for (const [name, kind] of Object.entries<Kind>(kinds)) {
      const size = kind === "f64" ? 8 : 4;
      const index = Math.ceil(end / size);
      end = size * (index + 1);
      setters[name] = kind === "f64" ? setter("floats", index) : setter("integers", index);
    }
    this.kinds = kinds;
    this.bytes = end;
    this.#prototype = Object.create(null, setters);
  }

  /**
   * A block.
   *
   * @param room where it lies: {@linkcode bytes} of the module's memory, at a multiple of 8.
   * @param values what is known of it; an array stands for its address.
   */
  at(room: Uint8Array, values: { readonly [name in Name]?: number | ArrayBufferView }): Block<Name> {
    const { buffer, byteOffset: address } = room;
    const integers = new Int32Array(buffer, address, this.bytes >> 2);
    const floats = new Float64Array(buffer, address, this.bytes >> 3);
    const block = Object.assign(Object.create(this.#prototype), { address, integers, floats });
    for (const [name, value] of Object.entries<number | ArrayBufferView | undefined>(values)) {
      block[name] = typeof value === "object" ? value.byteOffset : value;
    }
    return block;
  }
}

function setter(array: "integers" | "floats", index: number): PropertyDescriptor {
  return {
    set(this: Record<typeof array, Int32Array | Float64Array>, value: number) {
      this[array][index] = value;
    },
  };
}

/** The samples of a tile. */
const TILE = {
  /** u, float32. */
  u: "usize",
  /** Column of each sample, uint16. */
  xIndex: "usize",
  /** First sample of each row, uint32. */
  rowStart: "usize",
  /** Rows `[row0, row1)`, counted over all planes; `row0` is row `iy` of its plane. */
  row0: "i32",
  row1: "i32",
  iy: "i32",
} as const;

/** Which control points a row and its columns read. */
const SPANS = {
  /** Control points along x. */
  cx: "i32",
  /** First control point of each row, int32. */
  yFirst: "usize",
  /** First control point of each column, int32. */
  xFirst: "usize",
  /** For each first control point the end of its run of columns, int32. */
  xEnds: "usize",
} as const;

/** How a row of control points is evaluated. */
const EVALUATION = {
  /** Control values of a plane, `cx` to a row, float64. */
  plane: "usize",
  ...SPANS,
  /** Four weights of each row, float64. */
  yEvaluate: "usize",
  /** Four arrays of `xStride` bytes: weight j of each column, float64. See `evaluateColumns`. */
  xEvaluate: "usize",
  xStride: "i32",
  /** Scratch: `cx` float64. */
  line: "usize",
} as const;

/** kernels/wasm/subtract.ts */
export const SUBTRACT = new Layout({
  ...TILE,
  ...EVALUATION,
  /** As `xEvaluate` and `xStride`, float32. */
  xSingle: "usize",
  xSingleStride: "i32",
  /** What the whole field is taken off, float32. */
  from: "usize",
  /** Scratch: each one float64 a column and four more. */
  field: "usize",
  packed: "usize",
  /** Smallest u, largest u, sum of expm1(-h), sum of its square (both 0 but for an increment); float64. */
  result: "usize",
});

/** kernels/wasm/sharpen.ts */
export const SHARPEN = new Layout({
  /** Histograms of all members, `bins` float64 each. */
  counts: "usize",
  members: "i32",
  bins: "i32",
  /** Length of the transforms, and the place in them of the first bin. */
  size: "i32",
  offset: "i32",
  /** Log intensity of the first bin, and from one to the next. */
  lo: "f64",
  slope: "f64",
  /** The Gaussian at n bins from its middle: `height exp(-n^2 exponent)`. */
  height: "f64",
  exponent: "f64",
  wienerNoise: "f64",
  /** Scratch: `size` float64 each. */
  kernelRe: "usize",
  kernelIm: "usize",
  re: "usize",
  im: "usize",
  /** Tables of the transforms: `size / 2` float64 each, `size` uint32. */
  cos: "usize",
  sin: "usize",
  reversed: "usize",
  /** Filled: of each bin E and its difference to the next one's, float64; the last has none. */
  steps: "usize",
});

/** kernels/wasm/contract.ts */
export const CONTRACT = new Layout({
  ...TILE,
  ...SPANS,
  /** Confidence of each sample, float32; 0: there is none. */
  weight: "usize",
  /** For each bin but the last E and its difference to the next one's, float64. */
  steps: "usize",
  bins: "i32",
  /** Log intensity of the first bin. */
  lo: "f64",
  /** Bins per log intensity. */
  scale: "f64",
  /** Control points along y. */
  cy: "i32",
  /** Four weights of each row, of each column, float64. */
  yDelta: "usize",
  xDelta: "usize",
  /** Scratch: one float64 a column and four more. */
  residual: "usize",
  /** Scratch: `cx` float64. */
  row: "usize",
  /** Sums: `cy * cx` float64. */
  out: "usize",
});

/** `addField` of kernels/wasm/apply.ts */
export const ADD_FIELD = new Layout({
  ...EVALUATION,
  /** Voxels of the block. */
  rows: "i32",
  columns: "i32",
  /** Log field of the block, float64. */
  logField: "usize",
  /** 1: what `logField` holds is added to. */
  added: "i32",
});

/** kernels/wasm/apply.ts */
export const APPLY = new Layout({
  /** Intensities, float32; become the output. */
  data: "usize",
  /** One byte a voxel; 0: there is none. */
  mask: "usize",
  /** Log field, float64. */
  logField: "usize",
  /** Voxels; up to three more are written to make up a vector. */
  count: "i32",
  /** Intensities by the entry of a table, float32, evenly over `[lo, hi]`; 0: there is none. */
  table: "usize",
  entries: "i32",
  /** Values at or below stay as they are, as does Infinity. */
  threshold: "f64",
  lo: "f64",
  hi: "f64",
  /** Factor inside the mask. */
  gain: "f64",
  /** Smallest field that is divided by. */
  floor: "f64",
  /** 1 corrects fully, 0 not at all. */
  strength: "f64",
  /** Factor on every output voxel. */
  scale: "f64",
  /** 1: the output is 0 where the mask is. */
  zeroOutside: "i32",
});

/** kernels/wasm/smooth.ts */
export const SMOOTH = new Layout({
  /** Addresses of the float32 planes that the taps along z read, from first to last, `count` values each. */
  zSources: "usize",
  /** Taps, float64: the middle one, then outwards; `zRadius` beside the middle one. */
  zTaps: "usize",
  zRadius: "i32",
  count: "i32",
  /** Scratch: `count` float64. */
  afterZ: "usize",
  /**
   * For each row of the output the addresses in `afterZ` of the rows that its taps read, one entry further than those
   * of the row before.
   */
  ySources: "usize",
  yTaps: "usize",
  yRadius: "i32",
  /** Rows of the output. */
  rows: "i32",
  /** Columns that the tile has. */
  px: "i32",
  /** Scratch: a row and its halo, `width` float64. */
  line: "usize",
  width: "i32",
  /** Address in `line` of the tile's first column. */
  given: "usize",
  /** For each value of `line` the address in it of the column that it mirrors: itself where the tile has it. */
  columns: "usize",
  /** Addresses in `line` that the taps of the first column read. */
  xSources: "usize",
  xTaps: "usize",
  xRadius: "i32",
  /** Columns of the output. */
  nx: "i32",
  /** Output, float32. */
  out: "usize",
});
