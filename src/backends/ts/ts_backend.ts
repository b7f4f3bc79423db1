/**
 * The TypeScript backend: worker threads over shared memory, or the calling thread alone. It runs wherever Deno or a
 * browser runs, and is the twin that every other backend is compared with.
 *
 * @module
 */

import type {
  ApplySession,
  ApplySpec,
  DeviceInfo,
  FitSamples,
  FitSession,
  IterateRequest,
  IterateResult,
  Lattice,
  LevelStart,
  N4Backend,
  SmoothSession,
  SmoothSpec,
} from "../backend.ts";
import { smoothHalo } from "../../n4/gaussian.ts";
import type { Threads } from "../../thread_job.ts";
import { Arena } from "../../wasm/arena.ts";
import { BackendThreads } from "./backend_threads.ts";
import { allocateFit, allocateIterations, allocateLevel, type FitMemory, type LevelMemory } from "./fit_memory.ts";
import { BEGIN_LEVEL, CORRECT, ITERATE, OPEN_APPLY, OPEN_FIT, SMOOTH, WRITE_FIELD } from "./jobs.ts";

/** A fit lies in one memory of a WebAssembly module, whose addresses have 32 bits. */
const LARGEST_BUFFER = 2 ** 32;

/** How the backend is opened. */
interface TsBackendOptions {
  /**
   * Worker threads, >= 0; 0 works on the calling thread, as everything does in a browser but for `threads`. Left out:
   * one per core.
   */
  readonly workers?: number;
  /** Threads to work on, whatever `workers` says; left out, or where they are none: threads of the backend's own. */
  readonly threads?: Threads;
}

/**
 * Opens the backend.
 *
 * @throws {RangeError} when `workers` is not an integer >= 0.
 * @throws {BackendError} when threads may not be started.
 */
export function openTsBackend(options: TsBackendOptions = {}): N4Backend {
  const workers = options.workers ?? navigator.hardwareConcurrency;
  if (!Number.isInteger(workers) || workers < 0) {
    throw new RangeError(`Cannot open the backend as 'workers' must be an integer >= 0: current value is ${workers}`);
  }
  const { threads } = options;
  return new TsBackend(new BackendThreads(typeof Deno === "undefined" ? threads?.count ?? 0 : workers, threads));
}

/** Numbers sessions: a thread keeps theirs by them, whichever backend they are of. */
let sessions = 0;

/** Samples of a fit for each thread that works on it: with fewer they would wait for each other longer than work. */
const SAMPLES_A_THREAD = 2 ** 13;

class TsBackend implements N4Backend {
  readonly device: DeviceInfo;
  readonly #threads: BackendThreads;
  /** The memory of a fit that has ended: it serves the next one, as dropped ones are given back late. */
  #spare: WebAssembly.Memory | undefined;

  constructor(threads: BackendThreads) {
    this.#threads = threads;
    this.device = {
      kind: "ts",
      name: threads.name,
      driver: runtimeName(),
      largestBuffer: LARGEST_BUFFER,
      software: true,
      workers: threads.members,
    };
  }

  checkMemory(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async openFit(samples: FitSamples): Promise<FitSession> {
    const session = sessions++;
    const arena = new Arena(this.#spare);
    this.#spare = undefined;
    const fit = allocateFit(samples, arena);
    const members = Math.min(this.#threads.members, Math.ceil(Math.max(1, fit.u.length) / SAMPLES_A_THREAD));
    await this.#threads.together(OPEN_FIT, { session, fit }, members);
    return new TsFitSession({ threads: this.#threads, session, fit, arena, members }, () => this.#spare = arena.memory);
  }

  async openApply(spec: ApplySpec): Promise<ApplySession> {
    const session = sessions++;
    const threads = this.#threads;
    await threads.together(OPEN_APPLY, { session, spec });
    return {
      correct: async (box, data, mask) => copyBack(await threads.run(CORRECT, { session, box, data, mask }), data),
      field: async (box, out) => copyBack(await threads.run(WRITE_FIELD, { session, box, out }), out),
      [Symbol.asyncDispose]: () => threads.end(session),
    };
  }

  openSmooth(spec: SmoothSpec): Promise<SmoothSession> {
    return Promise.resolve({
      halo: smoothHalo(spec),
      smooth: async (box, padded, data, out) =>
        copyBack(await this.#threads.run(SMOOTH, { spec, box, padded, data, out }), out),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#threads.close();
    return Promise.resolve();
  }
}

/** What a fit works with. */
interface FitParts {
  readonly threads: BackendThreads;
  readonly session: number;
  readonly fit: FitMemory;
  readonly arena: Arena;
  /** Threads that work on it. */
  readonly members: number;
}

class TsFitSession implements FitSession {
  readonly #parts: FitParts;
  readonly #levelMark: number;
  readonly #giveBack: () => void;
  #iterateMark = 0;
  #level: LevelMemory | undefined;
  #closed = false;

  /** @param giveBack takes the arena's memory back when the session is closed. */
  constructor(parts: FitParts, giveBack: () => void) {
    this.#parts = parts;
    this.#levelMark = parts.arena.mark();
    this.#giveBack = giveBack;
  }

  async beginLevel(start: LevelStart): Promise<void> {
    this.#demandOpen();
    const { threads, session, fit, arena, members } = this.#parts;
    arena.release(this.#levelMark);
    const level = this.#level = allocateLevel(fit, start, arena, members);
    this.#iterateMark = arena.mark();
    await threads.together(BEGIN_LEVEL, { session, level }, members);
  }

  async iterate(request: IterateRequest): Promise<IterateResult> {
    this.#demandOpen();
    if (!this.#level) throw noLevel("iterate");
    const { threads, session, arena, members } = this.#parts;
    arena.release(this.#iterateMark);
    const scratch = allocateIterations(request.bins, members, arena);
    return await threads.together(ITERATE, { session, request, scratch }, members);
  }

  lattice(): Promise<Lattice> {
    return Promise.try(() => {
      this.#demandOpen();
      if (!this.#level) throw noLevel("read the lattice");
      return { points: this.#level.points, values: new Float64Array(this.#level.lattice) };
    });
  }

  values(out: Float32Array): Promise<void> {
    return Promise.try(() => {
      this.#demandOpen();
      out.set(this.#parts.fit.u);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#parts.threads.end(this.#parts.session);
    this.#giveBack();
  }

  /** The memory of a closed fit serves another one. */
  #demandOpen(): void {
    if (this.#closed) {
      throw new RangeError("Cannot work on the fit as its session must be open: current state is closed");
    }
  }
}

function noLevel(action: string): RangeError {
  return new RangeError(`Cannot ${action} as a level must be begun first: current level is none`);
}

/** A thread answers with a copy where the caller's array is not over shared memory. */
function copyBack(result: Float32Array, target: Float32Array): void {
  if (result !== target && !(target.buffer instanceof SharedArrayBuffer)) target.set(result);
}

function runtimeName(): string {
  return typeof Deno === "undefined" ? "browser" : `deno ${Deno.version.deno}, v8 ${Deno.version.v8}`;
}
