/**
 * The jobs of the TypeScript backend. All threads open, begin a level, iterate and close together; a box goes to any
 * one of them. From opening to closing each thread keeps its part of a session under the session's number.
 *
 * @module
 */

import type { ApplySpec, IterateRequest, IterateResult, SmoothSpec } from "../backend.ts";
import { ALONE, type Job } from "../../thread_job.ts";
import type { Box } from "../../volume.ts";
import { FitMember } from "./fit_loop.ts";
import type { FitMemory, IterateScratch, LevelMemory } from "./fit_memory.ts";
import { WasmBoxCorrector } from "./wasm/apply.ts";
import { wasmSmooth } from "./wasm/smooth.ts";

/** Fits and corrections that are open, by their sessions. */
const fits = new Map<number, FitMember>();
const correctors = new Map<number, WasmBoxCorrector>();

const errors = [RangeError];

function opened<T>(sessions: ReadonlyMap<number, T>, session: number): T {
  const found = sessions.get(session);
  if (found) return found;
  throw new RangeError(`Cannot go on as the session must be open: current session is ${session}`);
}

/**
 * Opens a fit in memory that all threads share. Once, not with each level: every time that a thread is sent such a
 * memory, its collector has more to do.
 */
export const OPEN_FIT: Job<{ readonly session: number; readonly fit: FitMemory }, void> = {
  name: "open fit",
  work: ({ session, fit }) => void fits.set(session, new FitMember(fit)),
};

/** Begins a level. */
export const BEGIN_LEVEL: Job<{ readonly session: number; readonly level: LevelMemory }, void> = {
  name: "begin level",
  work: ({ session, level }, team = ALONE) => opened(fits, session).beginLevel(level, team),
  errors,
};

/** Iterates; every thread has the same result. */
export const ITERATE: Job<
  { readonly session: number; readonly request: IterateRequest; readonly scratch: readonly IterateScratch[] },
  IterateResult
> = {
  name: "iterate",
  work: ({ session, request, scratch }, team) => opened(fits, session).iterate(request, scratch, team),
  errors,
};

/** Prepares a correction. */
export const OPEN_APPLY: Job<{ readonly session: number; readonly spec: ApplySpec }, void> = {
  name: "open apply",
  work: ({ session, spec }) => void correctors.set(session, new WasmBoxCorrector(spec)),
};

/** Corrects a box in place; `mask`: one byte per voxel. */
export const CORRECT: Job<
  { readonly session: number; readonly box: Box; readonly data: Float32Array; readonly mask?: Uint8Array },
  Float32Array
> = {
  name: "correct",
  anywhere: true,
  work: ({ session, box, data, mask }) => {
    opened(correctors, session).correct(box, data, mask);
    return data;
  },
  errors,
};

/** Writes the field of a box into `out`. */
export const WRITE_FIELD: Job<
  { readonly session: number; readonly box: Box; readonly out: Float32Array },
  Float32Array
> = {
  name: "write field",
  anywhere: true,
  work: ({ session, box, out }) => {
    opened(correctors, session).field(box, out);
    return out;
  },
  errors,
};

/** Smooths `data`, given over `padded`, into `out` over `box`. */
export const SMOOTH: Job<
  {
    readonly spec: SmoothSpec;
    readonly box: Box;
    readonly padded: Box;
    readonly data: Float32Array;
    readonly out: Float32Array;
  },
  Float32Array
> = {
  name: "smooth",
  anywhere: true,
  work: ({ spec, box, padded, data, out }) => {
    wasmSmooth(spec, box, padded, data, out);
    return out;
  },
};

/** Closes a session. */
export const CLOSE: Job<number, void> = {
  name: "close",
  work: (session) => {
    fits.delete(session);
    correctors.delete(session);
  },
};

/** All of them. */
export const TS_JOBS = [OPEN_FIT, BEGIN_LEVEL, ITERATE, OPEN_APPLY, CORRECT, WRITE_FIELD, SMOOTH, CLOSE] as const;
