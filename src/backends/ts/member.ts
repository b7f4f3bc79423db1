/**
 * One member of the team: keeps the sessions that are open on it and carries out calls. A worker thread holds one; without threads the
 * backend holds one itself. The calls are plain messages, so that both work alike.
 *
 * @module
 */

import type { ApplySpec, IterateRequest, IterateResult, SmoothSpec } from "../backend.ts";
import type { Box } from "../../volume.ts";
import { FitMember } from "./fit_loop.ts";
import type { FitMemory, IterateScratch, LevelMemory } from "./fit_memory.ts";
import { WasmBoxCorrector } from "./wasm/apply.ts";
import { Arena } from "../../wasm/arena.ts";
import { type StageFunctions, stagesOver } from "../../wasm/module.ts";
import { WasmSmoother } from "./wasm/smooth.ts";

/** What a member can be told to do. Arrays over shared memory are worked on in place; others are copied on the way to a thread. */
export type Call =
  | { readonly does: "open-fit"; readonly session: number; readonly memory: FitMemory }
  | { readonly does: "begin-level"; readonly session: number; readonly level: LevelMemory }
  | {
    readonly does: "iterate";
    readonly session: number;
    readonly request: IterateRequest;
    readonly scratch: readonly IterateScratch[];
  }
  | { readonly does: "open-apply"; readonly session: number; readonly spec: ApplySpec }
  | {
    readonly does: "correct";
    readonly session: number;
    readonly box: Box;
    readonly data: Float32Array;
    readonly mask: Uint8Array | undefined;
  }
  | { readonly does: "field"; readonly session: number; readonly box: Box; readonly out: Float32Array }
  | {
    readonly does: "smooth";
    readonly spec: SmoothSpec;
    readonly box: Box;
    readonly padded: Box;
    readonly data: Float32Array;
    readonly out: Float32Array;
  }
  | { readonly does: "close"; readonly session: number };

/** What comes back: the result of `iterate`; the array that was written to, for callers that do not share memory. */
export type Reply = IterateResult | Float32Array | undefined;

/** Carries out calls one at a time. */
export class Member {
  readonly #number: number;
  readonly #members: number;
  readonly #fits = new Map<number, FitMember>();
  readonly #correctors = new Map<number, WasmBoxCorrector>();
  /** Boxes go through it a little at a time, whatever their size. */
  readonly #boxes = new Arena();
  #boxStages: StageFunctions | undefined;

  constructor(number: number, members: number) {
    this.#number = number;
    this.#members = members;
  }

  /** Carries out one call. */
  handle(call: Call): Reply {
    switch (call.does) {
      case "open-fit":
        this.#fits.set(call.session, new FitMember(call.memory, this.#number, this.#members));
        return undefined;
      case "begin-level":
        this.#fit(call.session).beginLevel(call.level);
        return undefined;
      case "iterate":
        return this.#fit(call.session).iterate(call.request, call.scratch);
      case "open-apply":
        this.#correctors.set(call.session, new WasmBoxCorrector(call.spec, this.#stages(), this.#boxes));
        return undefined;
      case "correct":
        this.#corrector(call.session).correct(call.box, call.data, call.mask);
        return call.data;
      case "field":
        this.#corrector(call.session).field(call.box, call.out);
        return call.out;
      case "smooth":
        new WasmSmoother(this.#stages(), this.#boxes).smooth(call.spec, call.box, call.padded, call.data, call.out);
        return call.out;
      case "close":
        this.#fits.delete(call.session);
        this.#correctors.delete(call.session);
        return undefined;
    }
  }

  #stages(): StageFunctions {
    return this.#boxStages ??= stagesOver(this.#boxes.memory);
  }

  #fit(session: number): FitMember {
    const fit = this.#fits.get(session);
    if (!fit) throw new RangeError(`Cannot work on the fit as its session must be open: current session is ${session}`);
    return fit;
  }

  #corrector(session: number): WasmBoxCorrector {
    const corrector = this.#correctors.get(session);
    if (!corrector) throw new RangeError(`Cannot correct as its session must be open: current session is ${session}`);
    return corrector;
  }
}
