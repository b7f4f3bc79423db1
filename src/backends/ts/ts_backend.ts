/**
 * The TypeScript backend: worker threads over shared memory, or the calling thread alone. It runs wherever Deno or a browser runs, and is the twin that
 * every other backend is compared with.
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
import type { Box } from "../../volume.ts";
import { allocateFit, allocateIterations, allocateLevel, type FitMemory, type LevelMemory } from "./fit_memory.ts";
import type { Reply } from "./member.ts";
import { InlineTeam, type Team, ThreadTeam } from "./team.ts";
import { Arena } from "../../wasm/arena.ts";

/** A fit lies in one memory of a WebAssembly module, whose addresses have 32 bits. */
const LARGEST_BUFFER = 2 ** 32;

/** How the backend is opened. */
export interface TsBackendOptions {
  /** Worker threads, >= 0; 0 works on the calling thread. Left out: one per core, or 0 where there is no shared memory. */
  readonly workers?: number;
}

/** Opens the backend. @throws {RangeError} when `workers` is not an integer >= 0. */
export function openTsBackend(options: TsBackendOptions = {}): N4Backend {
  const shared = typeof SharedArrayBuffer !== "undefined" && typeof Worker !== "undefined";
  const workers = options.workers ?? (shared ? navigator.hardwareConcurrency : 0);
  if (!Number.isInteger(workers) || workers < 0) {
    throw new RangeError(`Cannot open the backend as 'workers' must be an integer >= 0: current value is ${workers}`);
  }
  return new TsBackend(workers === 0 ? new InlineTeam() : new ThreadTeam(workers));
}

class TsBackend implements N4Backend {
  readonly device: DeviceInfo;
  readonly #team: Team;
  #sessions = 0;
  /** The memory of a fit that has ended: it serves the next one, as dropped ones are given back late. */
  #spare: WebAssembly.Memory | undefined;

  constructor(team: Team) {
    this.#team = team;
    this.device = {
      kind: "ts",
      name: team.threaded ? `${team.members} worker thread${team.members === 1 ? "" : "s"}` : "calling thread",
      driver: runtimeName(),
      largestBuffer: LARGEST_BUFFER,
      software: true,
      workers: team.members,
    };
  }

  checkMemory(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async openFit(samples: FitSamples): Promise<FitSession> {
    const session = this.#sessions++;
    const arena = new Arena(this.#spare);
    this.#spare = undefined;
    const memory = allocateFit(samples, arena);
    await this.#team.together({ does: "open-fit", session, memory });
    return new TsFitSession(this.#team, session, memory, arena, () => this.#spare = arena.memory);
  }

  async openApply(spec: ApplySpec): Promise<ApplySession> {
    const session = this.#sessions++;
    await this.#team.together({ does: "open-apply", session, spec });
    return new TsApplySession(this.#team, session);
  }

  openSmooth(spec: SmoothSpec): Promise<SmoothSession> {
    return Promise.resolve(new TsSmoothSession(this.#team, spec));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#team[Symbol.asyncDispose]();
  }
}

class TsFitSession implements FitSession {
  readonly #team: Team;
  readonly #session: number;
  readonly #memory: FitMemory;
  readonly #arena: Arena;
  readonly #levelMark: number;
  readonly #giveBack: () => void;
  #iterateMark = 0;
  #level: LevelMemory | undefined;
  #closed = false;

  /** @param giveBack takes the arena's memory back when the session is closed. */
  constructor(team: Team, session: number, memory: FitMemory, arena: Arena, giveBack: () => void) {
    this.#team = team;
    this.#session = session;
    this.#memory = memory;
    this.#arena = arena;
    this.#levelMark = arena.mark();
    this.#giveBack = giveBack;
  }

  async beginLevel(start: LevelStart): Promise<void> {
    this.#demandOpen();
    this.#arena.release(this.#levelMark);
    this.#level = allocateLevel(this.#memory, start, this.#arena, this.#team.members);
    this.#iterateMark = this.#arena.mark();
    await this.#team.together({ does: "begin-level", session: this.#session, level: this.#level });
  }

  async iterate(request: IterateRequest): Promise<IterateResult> {
    this.#demandOpen();
    if (!this.#level) throw noLevel("iterate");
    this.#arena.release(this.#iterateMark);
    const scratch = allocateIterations(request.bins, this.#team.members, this.#arena);
    const reply = await this.#team.together({ does: "iterate", session: this.#session, request, scratch });
    return reply as IterateResult;
  }

  lattice(): Promise<Lattice> {
    return Promise.resolve().then(() => {
      this.#demandOpen();
      if (!this.#level) throw noLevel("read the lattice");
      return { points: this.#level.points, values: new Float64Array(this.#level.lattice) };
    });
  }

  values(out: Float32Array): Promise<void> {
    return Promise.resolve().then(() => {
      this.#demandOpen();
      out.set(this.#memory.u);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#team.together({ does: "close", session: this.#session });
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

class TsApplySession implements ApplySession {
  readonly #team: Team;
  readonly #session: number;

  constructor(team: Team, session: number) {
    this.#team = team;
    this.#session = session;
  }

  async correct(box: Box, data: Float32Array, mask?: Uint8Array): Promise<void> {
    copyBack(await this.#team.alone({ does: "correct", session: this.#session, box, data, mask }), data);
  }

  async field(box: Box, out: Float32Array): Promise<void> {
    copyBack(await this.#team.alone({ does: "field", session: this.#session, box, out }), out);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#team.together({ does: "close", session: this.#session });
  }
}

class TsSmoothSession implements SmoothSession {
  readonly halo: readonly [z: number, y: number, x: number];
  readonly #team: Team;
  readonly #spec: SmoothSpec;

  constructor(team: Team, spec: SmoothSpec) {
    this.#team = team;
    this.#spec = spec;
    this.halo = smoothHalo(spec);
  }

  async smooth(box: Box, padded: Box, data: Float32Array, out: Float32Array): Promise<void> {
    copyBack(await this.#team.alone({ does: "smooth", spec: this.#spec, box, padded, data, out }), out);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** A thread answers with a copy where the caller's array is not over shared memory. */
function copyBack(reply: Reply, target: Float32Array): void {
  if (!(reply instanceof Float32Array) || reply === target) return;
  if (!(target.buffer instanceof SharedArrayBuffer)) target.set(reply);
}

function runtimeName(): string {
  return typeof Deno === "undefined" ? "browser" : `deno ${Deno.version.deno}, v8 ${Deno.version.v8}`;
}
