/// <reference lib="webworker" />
/**
 * The page's workers: one that does a correction, after which it is ended, so that nothing of it is left; and, where the
 * page may share memory, the threads that it starts of the same script.
 *
 * @module
 */

import { PACKED_FILES } from "../src/bundled.ts";
import { BackendError } from "../src/errors.ts";
import { JOBS } from "../src/threads/jobs.ts";
import { serveJobs } from "../src/threads/serve.ts";
import { correctDropped } from "./correct.ts";
import { type CorrectionAnswer, CORRECTOR, type CorrectorStart } from "./messages.ts";

declare const name: string;

/** On a GPU where there is one; without it from the beginning again where it fails and what is half done is lost. */
async function correctWhere(
  { request, software }: CorrectorStart,
  answer: (message: CorrectionAnswer) => void,
): Promise<void> {
  if (software) return await correctDropped(request, answer, "webgpu");
  try {
    await correctDropped(request, answer);
  } catch (error) {
    if (!(error instanceof BackendError) || error.backend !== "webgpu") throw error;
    answer({ kind: "warning", text: `${error.message}. Correcting again with WebAssembly.` });
    await correctDropped(request, answer, "cpu");
  }
}

if (name !== CORRECTOR) serveJobs(JOBS);
else {addEventListener("message", async ({ data }: MessageEvent<CorrectorStart>) => {
    const answer = (message: CorrectionAnswer) => postMessage(message);
    try {
      const script = new Uint8Array(await data.script.arrayBuffer());
      const packed = (path: string) => path === "src/threads/worker.ts" ? script : undefined;
      Reflect.set(globalThis, Symbol.for(PACKED_FILES), packed);
      await correctWhere(data, answer);
    } catch (error) {
      answer({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
    }
  });}
