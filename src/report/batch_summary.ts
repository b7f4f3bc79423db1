/**
 * What became of many images: a table for programs, and a page that leads to the page of each.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { InputIdentity } from "../io/files/identity.ts";
import { shownUrl, withoutSecrets } from "../io/remote/url.ts";
import { withFlags } from "../options/spec.ts";
import type { Link } from "../page/content.ts";
import type { RunReport } from "./run_report.ts";

/** What became of one image. */
export interface BatchResult {
  readonly input: string;
  readonly output: string;
  /** `done before` where the output was there already. */
  readonly state: "corrected" | "failed" | "done before";
  /** Why it failed. */
  readonly error?: string;
  /** The run, where it ended well; one of an earlier process where that has left it. */
  readonly report?: RunReport;
  /** The states of the images and the model that it left, by their names in the folder. */
  readonly made?: Readonly<Record<string, InputIdentity>>;
}

/** Columns of the table, each with its value. */
const COLUMNS: readonly (readonly [name: string, value: (result: BatchResult) => string | number | undefined])[] = [
  ["input", ({ input }) => input],
  ["output", ({ output }) => output],
  ["state", ({ state }) => state === "done before" ? "corrected" : state],
  ["seconds", ({ report }) => report?.seconds.toFixed(2)],
  ["shape_zyx", ({ report }) => report?.input.shape.join(" ")],
  ["spacing_mm_zyx", ({ report }) => report?.input.voxelSizeMm.map(short).join(" ")],
  ["iterations", ({ report }) => report && iterationsOf(report)],
  ["mask_fraction", ({ report }) => short(report?.quality?.[0]?.maskFraction)],
  ["variation_before", ({ report }) => short(report?.quality?.[0]?.before?.samples)],
  ["variation_after", ({ report }) => short(report?.quality?.[0]?.after?.samples)],
  ["planes_before", ({ report }) => short(report?.quality?.[0]?.before?.planes)],
  ["planes_after", ({ report }) => short(report?.quality?.[0]?.after?.planes)],
  ["verdict", ({ report }) => report?.quality?.[0]?.verdict],
  ["tissue_before", ({ report }) => short(report?.quality?.[0]?.tissue?.[0])],
  ["tissue_after", ({ report }) => short(report?.quality?.[0]?.tissue?.[1])],
  ["warnings", ({ report }) => withFlags(report?.warnings.join(" | ") ?? "")],
  ["error", ({ error }) => error],
];

function short(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(4));
}

/** Iterations of all fits and levels of a run. */
export function iterationsOf({ fits }: RunReport): number {
  return fits.flatMap(({ levels }) => levels).reduce((sum, { iterations }) => sum + iterations, 0);
}

/** The table, a line an image (RFC 4180). */
export function summaryCsv(results: readonly BatchResult[]): string {
  const rows = results.map((result) => COLUMNS.map(([, value]) => csvCell(value(result) ?? "")).join(","));
  return `${[COLUMNS.map(([name]) => name).join(","), ...rows].join("\n")}\n`;
}

function csvCell(value: string | number): string {
  const text = withoutSecrets(String(value));
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The page of many images.
 *
 * @param place an output as a link on the page.
 */
export async function summaryPage(results: readonly BatchResult[], place: (path: string) => string): Promise<string> {
  const count = (state: BatchResult["state"]) => results.filter((result) => result.state === state).length;
  const percent = (share: number | undefined) => share === undefined ? "" : `${short(100 * share)}\u00a0%`;
  const rows = results.map(({ output, state, report, error, ...result }) => {
    const input = shownUrl(result.input);
    const page = report?.outputs.html;
    // It lies beside the output, wherever the run was started.
    const beside = page === undefined ? undefined : join(dirname(output), basename(page));
    const name: string | Link = beside === undefined ? input : { text: input, href: place(beside) };
    const quality = report?.quality?.[0];
    return [
      name,
      state === "failed" ? state : { text: state, href: place(output) },
      report?.input.voxelSizeMm.map(short).join(" × ") ?? "",
      report ? iterationsOf(report) : "",
      percent(quality?.before?.samples),
      percent(quality?.after?.samples),
      quality?.verdict ?? "",
      error ?? withFlags(report?.warnings.join(" ") ?? ""),
    ];
  });
  const columns = ["image", "result", "spacing, mm", "iterations", "variation before", "after", "verdict", "remarks"];
  const { renderPage } = await import("../page/page.ts");
  return await renderPage({
    title: `${results.length} images`,
    lead: `Corrected ${count("corrected")}, failed ${count("failed")}, done before ${count("done before")}.`,
    warnings: results.flatMap(({ error, input }) => error === undefined ? [] : [`${shownUrl(input)}: ${error}`]),
    figures: [],
    charts: [],
    tables: [{ title: "Images", columns, rows, wide: true }],
  });
}
