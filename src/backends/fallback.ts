/**
 * A backend that goes on with another one where its device fails and nothing is lost: when a session cannot be opened,
 * and in the middle of a fit, whose samples the host still has. A correction that fails half-way is not taken over: one
 * output never mixes two devices.
 *
 * @module
 */

import { BackendError } from "../errors.ts";
import type { DeviceMemory, PlannedWork } from "./planned_work.ts";
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
} from "./backend.ts";

/** What a fallback needs. */
interface FallbackOptions {
  /** The backend to begin with. */
  readonly first: N4Backend;
  /** Opens the one to go on with. */
  readonly openNext: () => Promise<N4Backend>;
  /** Called with the reason when that happens. */
  readonly onFallback: (reason: string) => void;
}

/** Wraps a backend; `device` is that of the one in use. */
export class FallbackBackend implements N4Backend {
  readonly #options: FallbackOptions;
  #next: Promise<N4Backend> | undefined;
  #device: DeviceInfo;
  #closed = false;

  constructor(options: FallbackOptions) {
    this.#options = options;
    this.#device = options.first.device;
  }

  get device(): DeviceInfo {
    return this.#device;
  }

  checkMemory(work: PlannedWork): Promise<DeviceMemory | undefined> {
    return this.#open((backend) => backend.checkMemory(work));
  }

  async openFit(samples: FitSamples): Promise<FitSession> {
    const session = await this.#open((backend) => backend.openFit(samples));
    if (this.#next) return session;
    return new FallbackFit(session, async (error) => (await this.fallBack(error)).openFit(samples));
  }

  openApply(spec: ApplySpec): Promise<ApplySession> {
    return this.#open((backend) => backend.openApply(spec));
  }

  openSmooth(spec: SmoothSpec): Promise<SmoothSession> {
    return this.#open((backend) => backend.openSmooth(spec));
  }

  /** Opens the next backend, once. @throws what is no failure of the device, or comes after closing. */
  async fallBack(error: unknown): Promise<N4Backend> {
    if (!(error instanceof BackendError) || this.#closed) throw error;
    if (!this.#next) {
      this.#next = this.#options.openNext();
      this.#options.onFallback(`${error.message}. Going on with the TypeScript backend.`);
    }
    const next = await this.#next;
    this.#device = next.device;
    return next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#options.first[Symbol.asyncDispose]();
    if (this.#next) await (await this.#next)[Symbol.asyncDispose]();
  }

  async #open<T>(open: (backend: N4Backend) => Promise<T>): Promise<T> {
    if (this.#next) return await open(await this.#next);
    try {
      return await open(this.#options.first);
    } catch (error) {
      return await open(await this.fallBack(error));
    }
  }
}

/** A fit that another backend can take over: it begins the level again and repeats the iterations that were done. */
class FallbackFit implements FitSession {
  #session: FitSession;
  #reopen: ((error: unknown) => Promise<FitSession>) | undefined;
  #level: LevelStart | undefined;
  readonly #done: IterateRequest[] = [];

  constructor(session: FitSession, reopen: (error: unknown) => Promise<FitSession>) {
    this.#session = session;
    this.#reopen = reopen;
  }

  async beginLevel(start: LevelStart): Promise<void> {
    this.#level = undefined;
    this.#done.length = 0;
    await this.#try((session) => session.beginLevel(start));
    this.#level = start;
  }

  async iterate(request: IterateRequest): Promise<IterateResult> {
    const result = await this.#try((session) => session.iterate(request));
    if (result.convergence.length > 0) this.#done.push({ ...request, count: result.convergence.length, threshold: 0 });
    return result;
  }

  lattice(): Promise<Lattice> {
    return this.#try((session) => session.lattice());
  }

  values(out: Float32Array): Promise<void> {
    return this.#try((session) => session.values(out));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reopen = undefined;
    await this.#session[Symbol.asyncDispose]();
  }

  async #try<T>(work: (session: FitSession) => Promise<T>): Promise<T> {
    try {
      return await work(this.#session);
    } catch (error) {
      const reopen = this.#reopen;
      if (!reopen) throw error;
      const session = await reopen(error);
      this.#reopen = undefined;
      await this.#session[Symbol.asyncDispose]();
      this.#session = session;
      if (this.#level) await session.beginLevel(this.#level);
      for (const request of this.#done) await session.iterate(request);
      return await work(session);
    }
  }
}
