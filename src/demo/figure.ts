/**
 * The demo's picture: input, corrected image, what was divided out and what should have been, in the middle plane and
 * in a cut along z.
 *
 * @module
 */

import type { Panel } from "../figure/panel.ts";
import { renderPanels } from "../figure/render_panels.ts";
import { openImage } from "../io/open.ts";
import { quantiles } from "../n4/numbers.ts";
import type { OctPhantom } from "../phantom/oct.ts";
import type { Quality } from "../phantom/quality.ts";
import { type Box, boxVoxels, type VolumeSource, wholeBox } from "../volume.ts";

/** What the picture is made of. */
interface DemoFigureInputs {
  /** Path of the corrected image. */
  readonly corrected: string;
  /** Where the picture goes. */
  readonly figure: string;
  /** Figures of the phantom. */
  readonly before: Quality;
  /** Figures of the corrected image. */
  readonly after: Quality;
}

/** A volume as the picture shows it. */
interface Shown {
  readonly title: string;
  readonly source: VolumeSource;
  /**
   * Where a field is shown: what `source` is divided by, and a factor, as a field has no scale of its own. Blank
   * outside the tissue.
   */
  readonly over?: { readonly divisor?: VolumeSource; readonly factor: number };
}

/** A cut through the volumes. */
interface Cut {
  readonly box: Box;
  readonly height: number;
  /** Edges of its voxels, mm. */
  readonly mm: Panel["mm"];
  readonly suffix: string;
}

/** Draws it. @throws {WriteError} when the picture cannot be written. */
export async function drawDemo(phantom: OctPhantom, inputs: DemoFigureInputs): Promise<void> {
  await using corrected = await openImage(inputs.corrected);
  const { source, mask, field } = phantom;
  const [nz, ny, nx] = source.shape;
  const divisor = corrected.volume(0);
  const intensities: Shown[] = [{ title: "Input", source }, { title: "Corrected", source: divisor }];
  const fields: Shown[] = [
    { title: "Removed: input / corrected", source, over: { divisor, factor: inputs.after.level } },
    { title: "True bias", source: field, over: { factor: 1 } },
  ];
  const all = wholeBox(source.shape);
  const [dz, dy, dx] = source.voxelSize;
  const cuts: Cut[] = [
    { box: { ...all, z0: nz >> 1, z1: (nz >> 1) + 1 }, height: ny, mm: [dy, dx], suffix: "" },
    { box: { ...all, y0: ny >> 1, y1: (ny >> 1) + 1 }, height: nz, mm: [dz, dx], suffix: ", cut along z" },
  ];
  const panels: Panel[] = [];
  for (const cut of cuts) for (const shown of [...intensities, ...fields]) panels.push(await panelOf(shown, cut, mask));
  const percent = ({ variation }: Quality) => `${(100 * variation).toFixed(1)} %`;
  await renderPanels(withSharedRanges(panels), inputs.figure, {
    title: `Bias left in the tissue: ${percent(inputs.before)} before, ${percent(inputs.after)} after the correction`,
    caption: `OCT phantom of ${nz} × ${ny} × ${nx} voxels, cut into sections of different brightness. ` +
      "Percentages: standard deviation over mean of corrected / (truth × speckle). What was removed is shown on the scale of the truth.",
    columns: intensities.length + fields.length,
  });
}

async function panelOf({ title, source, over }: Shown, cut: Cut, mask: VolumeSource): Promise<Panel> {
  const read = async (volume: VolumeSource) => {
    const values = new Float32Array(boxVoxels(cut.box));
    await volume.read(cut.box, values);
    return values;
  };
  const data = await read(source);
  if (over) {
    const inside = await read(mask);
    const divisor = over.divisor ? await read(over.divisor) : new Float32Array(data.length).fill(1);
    for (let i = 0; i < data.length; i++) {
      data[i] = inside[i] === 0 || divisor[i] === 0 ? NaN : (data[i] / divisor[i]) * over.factor;
    }
  }
  const { height, mm, suffix } = cut;
  return {
    title: title + suffix,
    data,
    width: data.length / height,
    height,
    range: [0, 1],
    map: over ? "magma" : "grey",
    unit: over ? "times the truth" : "(intensity)",
    mm,
  };
}

/**
 * One range for all intensities, up to their 99.5th percentile, and one for all fields, from the smallest to the
 * largest. Both end at tenths.
 */
function withSharedRanges(panels: readonly Panel[]): Panel[] {
  const finite = (map: Panel["map"]) =>
    Float32Array.from(panels.flatMap((panel) => panel.map === map ? [...panel.data].filter(Number.isFinite) : []));
  const [bright] = quantiles(finite("grey"), [0.995]);
  const [lo, hi] = quantiles(finite("magma"), [0, 1]);
  const grey = [0, Math.ceil(10 * bright) / 10] as const;
  const magma = [Math.floor(10 * lo) / 10, Math.ceil(10 * hi) / 10] as const;
  return panels.map((panel) => ({ ...panel, range: panel.map === "grey" ? grey : magma }));
}
