/**
 * How many images are reported: a row for each as it is done, warnings with the image's name, one bar over all of them;
 * one JSON object a line for programs.
 *
 * @module
 */

import { shownUrl } from "../io/remote/url.ts";
import { basename } from "node:path";
import type { BatchImage } from "../commands/batch_inputs.ts";
import { type BatchResult, iterationsOf } from "../report/batch_summary.ts";
import type { RunListener } from "../run_log.ts";
import { log } from "./console.ts";
import { jsonText } from "./plain_text.ts";
import { Progress } from "./progress.ts";
import type { Listener } from "./terminal.ts";

/** Most columns of an image's name. */
const NAME = 26;

/** Where what concerns single images goes. */
interface BatchTelling {
  readonly onImages: (images: readonly BatchImage[]) => void;
  readonly onResult: (result: BatchResult) => void;
  readonly listenerOf: (image: BatchImage) => RunListener;
}

/** Reports many images on the listener of the command. */
export function batchTelling(listener: Listener, { json, dryRun }: { json?: boolean; dryRun?: boolean }): BatchTelling {
  if (json) return jsonTelling();
  const start = performance.now();
  const shares = new Map<string, number>();
  let [total, width] = [0, 0];
  const note = (text: string) => listener({ event: "note", text });
  return {
    onImages(images) {
      total = images.length;
      width = Math.min(NAME, Math.max(...images.map(({ input }) => basename(shownUrl(input)).length)));
      if (dryRun) { for (const { input, output } of images) note(`${input} -> ${output}`); }
      else note(row("image", width, ["spacing, mm", "iterations", "variation", "seconds"]));
    },
    onResult(result) {
      shares.set(result.input, 1);
      note(resultText(result, width));
    },
    listenerOf({ input }) {
      const progress = new Progress();
      const name = basename(shownUrl(input));
      return (event) => {
        progress.see(event);
        if (event.event === "warning" || event.event === "detail") {
          listener({ ...event, text: `${name}: ${event.text}` });
        }
        if (event.event === "note") listener({ event: "detail", text: `${name}: ${event.text}` });
        if (event.event !== "boxes" && event.event !== "fit") return;
        shares.set(input, progress.at(event).share);
        const done = [...shares.values()].reduce((sum, share) => sum + share, 0);
        listener({ event: "images", done, total, seconds: (performance.now() - start) / 1000 });
      };
    },
  };
}

/** Events carry the image that they are about. */
function jsonTelling(): BatchTelling {
  const tell = (event: object) => log(`${jsonText(event)}\n`);
  return {
    onImages: () => {},
    onResult: ({ input: image, ...result }) => tell({ event: "image", image, ...result }),
    listenerOf: ({ input: image }) => (event) => tell({ ...event, image }),
  };
}

function resultText({ input, state, report, error }: BatchResult, width: number): string {
  const name = basename(shownUrl(input));
  if (!report || state !== "corrected") return `${name.padEnd(width)}  ${error ?? state}`;
  const { before, after } = report.quality?.[0] ?? {};
  const percent = (share = NaN) => `${Number((100 * share).toPrecision(3))} %`;
  const cells = [
    report.input.voxelSizeMm.map((size) => Number(size.toPrecision(3))).join(" "),
    String(iterationsOf(report)),
    before && after ? `${percent(before.samples)} -> ${percent(after.samples)}` : "",
    report.seconds.toFixed(2),
  ];
  return row(name, width, cells);
}

function row(name: string, width: number, cells: readonly string[]): string {
  const shown = name.length > width ? `...${name.slice(3 - width)}` : name.padEnd(width);
  const [spacing, iterations, variation, seconds] = cells;
  return [shown, spacing.padEnd(13), iterations.padStart(10), variation.padEnd(16), seconds].join("  ").trimEnd();
}
