/**
 * The page of a correction: gathered while its boxes pass, written after everything else.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import type { MaskReader } from "../intensity/mask/mask.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { inPadded } from "../n4/bspline.ts";
import type { CorrectionSeen } from "./correction_content.ts";
import { CorrectionWatch } from "./correction_watch.ts";
import type { PreviewGrid } from "../page/preview_grid.ts";
import type { ShownReport } from "./run_report.ts";
import { voxelMap } from "../steps/voxel_map.ts";
import { type VolumeSink, type VolumeSource, voxelCount, wholeBox } from "../volume.ts";

/** What a page is gathered from: one volume of a correction, with its field. */
interface PageSubject {
  /** The volume; only read. */
  readonly input: VolumeSource;
  /** Where its corrected voxels go. */
  readonly output: VolumeSink;
  /** Which voxels count. */
  readonly mask: MaskReader;
  /** The field, fitted on the same grid. */
  readonly model: BiasModel;
  /** Where the field is worked out. */
  readonly backend: N4Backend;
  /** Index of the volume in the input file. */
  readonly volume: number;
}

/** A page to be. It shows one volume. */
export class CorrectionPage {
  #seen: CorrectionSeen | undefined;

  /**
   * Lets `apply` correct a volume, with the source, the sink and the mask that it is given, and gathers what the page
   * shows.
   */
  async watch(
    subject: PageSubject,
    apply: (input: VolumeSource, output: VolumeSink, mask: MaskReader) => Promise<void>,
  ): Promise<void> {
    const { input, output, mask, model, backend, volume } = subject;
    const watch = new CorrectionWatch(input, output, mask);
    await apply(watch.source, watch.sink, watch.mask);
    const watched = watch.result();
    this.#seen = { watched, field: await fieldOf(model, watched.grid, backend), volume, place: input };
  }

  /** The page; without volumes where none was watched, as their voxels were corrected by an earlier run. */
  async render(report: ShownReport): Promise<string> {
    // Imported when asked for, as drawing takes a tenth of the program's start.
    const { renderPage } = await import("../page/page.ts");
    const { correctionContent } = await import("./correction_content.ts");
    return await renderPage(correctionContent(report, this.#seen));
  }
}

/** The field at the centres of cells. */
async function fieldOf(
  model: BiasModel,
  { shape, axes: [z, y, x] }: PreviewGrid,
  backend: N4Backend,
): Promise<Float32Array> {
  const positions = inPadded([z.centres, y.centres, x.centres] as const, model.padded ?? {});
  await using session = await backend.openApply({ ...voxelMap(model, shape, { strength: 1 }), positions });
  const field = new Float32Array(voxelCount(shape));
  await session.field(wholeBox(shape), field);
  return field;
}
