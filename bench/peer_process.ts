/**
 * A peer's process: started once, then given one job after the other, so that a compiler's time is told apart from a fit's.
 *
 * @module
 */

import { PEER_PYTHON } from "./peers_environment.ts";

const SCRIPT = new URL("./run_peer.py", import.meta.url).pathname;

/** The peers, as run_peer.py knows them. */
export type PeerName =
  | "simpleitk"
  | "itk"
  | "n4ax"
  | "n4ax-device"
  | "ants"
  | "linumpy"
  | "linumpy-cupy"
  | "linumpy-package"
  | "simpleitk-defaults"
  | "simpleitk-shrunk-defaults"
  | "ants-defaults"
  | "niworkflows-defaults"
  | "n4ax-defaults"
  | "linumpy-defaults";

/** Seconds of a job. */
export interface PeerTimes {
  /** Of the fit. */
  readonly seconds: number;
  /** Of a whole call, from arrays to arrays; left out where a peer has none beside its fit. */
  readonly wholeSeconds?: number;
}

/** How a peer is started. */
export interface PeerStart {
  /** The Python that runs it; left out: that of `deno task suite bench:setup`. */
  readonly python?: string;
  /** Words after its name. */
  readonly words?: readonly string[];
}

/** A running peer, or why it cannot run. */
export class PeerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #complaints: Promise<string>;
  #rest = "";
  #versions: Readonly<Record<string, string>> = {};

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#complaints = new Response(child.stderr).text();
    this.#output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts a peer. @throws {Error} when it does not run here; the message says what it said. */
  static async start(name: PeerName, { python = PEER_PYTHON, words = [] }: PeerStart = {}): Promise<PeerProcess> {
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    const peer = new PeerProcess(new Deno.Command(python, { args: [SCRIPT, name, ...words], ...pipes }).spawn());
    const { versions, error } = await peer.#answer();
    if (!versions) {
      await peer[Symbol.asyncDispose]();
      throw new Error(`Cannot run ${name} as its packages must load: ${error}`);
    }
    peer.#versions = versions as Readonly<Record<string, string>>;
    return peer;
  }

  /** What it runs on. */
  get versions(): Readonly<Record<string, string>> {
    return this.#versions;
  }

  /** Does a job. */
  async run(job: Readonly<Record<string, unknown>>): Promise<PeerTimes> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(job)}\n`));
    return await this.#answer() as unknown as PeerTimes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => undefined);
    await this.#output.cancel();
    await this.#child.status;
  }

  /** The next line of JSON; other lines are the libraries' own. */
  async #answer(): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        if (line.startsWith("{")) return JSON.parse(line);
        continue;
      }
      const { value, done } = await this.#output.read();
      if (done) {
        const said = (await this.#complaints).slice(-1000);
        throw new Error(`Cannot go on as a peer must answer: its process has ended and said '${said}'`);
      }
      this.#rest += value;
    }
  }
}
