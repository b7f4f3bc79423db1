/**
 * What the page of a correction shows.
 *
 * @module
 */

import { shownUrl } from "../io/remote/url.ts";
import type { ShownReport } from "./run_report.ts";
import { fitsChart, histogramChart, profileChart } from "./correction_charts.ts";
import type { Watched } from "./correction_watch.ts";
import { correctionFigures, insideMask, shownUnits } from "./figures.ts";
import type { Place } from "../figure/directions.ts";
import { fullRange } from "../page/encode_volume.ts";
import { durationText, lengthsText, percentText, tripleText } from "../figure/format.ts";
import { meanOf } from "../intensity/count/statistics.ts";
import type { PageContent, Views } from "../page/content.ts";
import { withFlags } from "../options/spec.ts";
import { areMeansTold, reportTables } from "./tables.ts";

/** What a page is made of. */
export interface CorrectionSeen {
  /** What passed by. */
  readonly watched: Watched;
  /** The field at the centre of every cell. */
  readonly field: Float32Array;
  /** Index of the volume in the input. */
  readonly volume: number;
  /** Where it lies. */
  readonly place: Place;
}

/** Shown where the volumes were corrected before this process began. */
const UNSEEN =
  "The voxels were corrected by the run that this one resumed: the page has its report and its fits alone.";

/** The page of a correction. @param seen left out: what passed by was not seen, and is not shown. */
export function correctionContent(report: ShownReport, seen: CorrectionSeen | undefined): PageContent {
  const { input, device, options, fits } = report;
  const where = device.kind === "ts" ? device.name : `${device.name} (${device.kind})`;
  const threshold = typeof options.convergenceThreshold === "number" ? options.convergenceThreshold : 0;
  return {
    title: `${lastPart(shownUrl(input.path))}, bias corrected`,
    lead: `${tripleText(input.shape)} voxels of ${lengthsText(input.voxelSizeMm)} (z, y, x), corrected on ${where} in ${
      durationText(report.seconds)
    }, ${report.finished.slice(0, 10)}.`,
    warnings: [...(seen ? [] : [UNSEEN]), ...report.warnings.map(withFlags)],
    figures: [],
    ...(seen && seenContent(report, seen)),
    charts: [
      ...(seen ? [histogramChart(seen.watched), profileChart(seen.watched)] : []),
      fitsChart(fits, threshold),
    ],
    tables: reportTables(report),
  };
}

/** The last part of a path; `node:path` has one, but no browser has that. */
function lastPart(path: string): string {
  return path.replace(/\/+$/, "").replace(/^.*\//s, "");
}

/** Volumes and figures. */
function seenContent(
  report: ShownReport,
  { watched, field, volume, place: { affine, frame } }: CorrectionSeen,
): Pick<PageContent, "views" | "figures"> {
  const { input } = report;
  const level = meanOf(fieldInside(field, watched));
  const relative = field.map((value) => value / level);
  const units = shownUnits(watched);
  const views: Views = {
    grid: watched.grid,
    voxelSize: input.voxelSizeMm,
    affine,
    frame,
    upwards: input.format === "nifti",
    left: { name: "Before", data: watched.before.means, unit: units.before },
    right: { name: "After", data: watched.after.means, unit: units.after },
    overlay: { name: "Field", data: relative, map: "viridis", range: fullRange(fieldInside(relative, watched)) },
    greyUnit: units.relative ? "times the volume's mean in the mask" : "",
    note: viewNote(watched, volume, input.volumes),
  };
  return { views, figures: correctionFigures(watched, relative, !areMeansTold(report)) };
}

/** The field in the cells of the mask, or in all where the mask has none. */
function fieldInside(field: Float32Array, { mask }: Watched): Float32Array {
  const inside = insideMask(field, mask);
  return inside.length > 0 ? inside : field;
}

function viewNote({ grid, maskPart }: Watched, volume: number, volumes: number): string {
  const which = volumes > 1 ? `Volume ${volume} of ${volumes}. ` : "";
  const widths = grid.axes.map(({ width }) => width);
  const cells = widths.every((width) => width === 1)
    ? "Every voxel is shown"
    : `Shown are means of ${tripleText(widths)} voxels`;
  const part = `the mask has ${percentText(maskPart)} of all voxels`;
  return `${which}${cells}; ${part}. Planes count from 0. The field is shown over its mean in the mask.`;
}
