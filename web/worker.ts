/// <reference lib="webworker" />
/**
 * The page's workers: one that does a correction, after which it is ended, so that nothing of it is left; and, where the
 * page may share memory, the threads that it starts of the same script.
 *
 * @module
 */

import { PACKED_FILES } from "../src/bundled.ts";
import { JOBS } from "../src/threads/jobs.ts";
import { serveJobs } from "../src/threads/serve.ts";
import { correctDropped } from "./correct.ts";
import { type CorrectionAnswer, CORRECTOR, type CorrectorStart } from "./messages.ts";

declare const name: string;

if (name !== CORRECTOR) serveJobs(JOBS);
else {addEventListener("message", async ({ data }: MessageEvent<CorrectorStart>) => {
    const answer = (message: CorrectionAnswer) => postMessage(message);
    try {
      const script = new Uint8Array(await data.script.arrayBuffer());
      const packed = (path: string) => path === "src/threads/worker.ts" ? script : undefined;
      Reflect.set(globalThis, Symbol.for(PACKED_FILES), packed);
      await correctDropped(data.request, answer, data.software ? "webgpu" : "auto");
    } catch (error) {
      answer({ kind: "failed", text: error instanceof Error ? error.message : String(error) });
    }
  });}
