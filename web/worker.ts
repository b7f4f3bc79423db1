/// <reference lib="webworker" />
/**
 * The page's worker: one correction, after which it is ended, so that nothing of it is left.
 *
 * @module
 */

import { correctDropped } from "./correct.ts";
import type { CorrectionAnswer, CorrectionRequest } from "./messages.ts";

addEventListener("message", async ({ data }: MessageEvent<CorrectionRequest & { readonly software: boolean }>) => {
  const answer = (message: CorrectionAnswer) => postMessage(message);
  try {
    await correctDropped(data, answer, data.software ? "webgpu" : "auto");
  } catch (error) {
    answer({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
  }
});
