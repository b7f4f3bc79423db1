/**
 * A child process that takes and gives lines of JSON and raw arrays over its standard input and output.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { messageOf } from "../../io/files/file_errors.ts";
import { PipeReader } from "./pipe_reader.ts";

/** A command to start. */
interface ChildCommand {
  /** Program. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Who it is, for messages: `the reference simpleitk`. */
  readonly role: string;
  /** Ends the process. */
  readonly signal?: AbortSignal;
}

/** Bytes of an array that are written at once. */
const WRITE_BYTES = 2 ** 22;

/** A running child. Disposal ends it. */
export class ChildPipe implements AsyncDisposable {
  readonly #command: ChildCommand;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: PipeReader;

  /** Starts a program. @throws {InputError} when it cannot be started. */
  constructor(command: ChildCommand) {
    this.#command = command;
    const { program, args, signal } = command;
    const pipes = { stdin: "piped", stdout: "piped", stderr: "null" } as const;
    try {
      this.#child = new Deno.Command(program, { args: [...args], ...pipes }).spawn();
    } catch (cause) {
      throw startFailure(command, cause);
    }
    signal?.addEventListener("abort", () => this.#kill());
    this.#input = this.#child.stdin.getWriter();
    this.#output = new PipeReader(this.#child.stdout);
  }

  /** Sends a line of JSON, then arrays as they lie in memory. @throws {InputError} when the process has ended. */
  async send(request: unknown, ...arrays: readonly (Float32Array | Uint8Array)[]): Promise<void> {
    try {
      await this.#input.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
      for (const { buffer, byteOffset, byteLength } of arrays) {
        for (let at = 0; at < byteLength; at += WRITE_BYTES) {
          const bytes = new Uint8Array(buffer, byteOffset + at, Math.min(WRITE_BYTES, byteLength - at));
          await this.#input.write(bytes);
        }
      }
    } catch (cause) {
      throw await this.#endFailure(cause);
    }
  }

  /** Receives a line of JSON. @throws {InputError} when the process has ended, or answers with an `error`. */
  async receive(): Promise<Readonly<Record<string, unknown>>> {
    const text = await this.#output.line();
    if (text === undefined) throw await this.#endFailure();
    const answer = this.#parse(text);
    if (typeof answer.error === "string") throw this.#failure(`it says: ${answer.error}`);
    return answer;
  }

  /** Receives an array of `length` float32 values. @throws {InputError} when the process has ended. */
  async receiveFloats(length: number): Promise<Float32Array> {
    const bytes = await this.#output.bytes(4 * length);
    if (bytes === undefined) throw await this.#endFailure();
    return new Float32Array(bytes.buffer);
  }

  /** Ends the process, in the middle of its work if need be. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.abort().catch(() => {});
    await this.#output.cancel();
    this.#kill();
    await this.#child.status;
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }

  #parse(text: string): Readonly<Record<string, unknown>> {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#failure(`it answers '${text.slice(0, 80)}'`, cause);
    }
  }

  async #endFailure(cause?: unknown): Promise<InputError> {
    const { code, signal } = await this.#child.status;
    return this.#failure(`its process has ended with ${signal ? `signal ${signal}` : `exit code ${code}`}`, cause);
  }

  #failure(what: string, cause?: unknown): InputError {
    const { program, role } = this.#command;
    return new InputError(program, `Cannot use ${role} as '${program}' must run it: ${what}`, { cause });
  }
}

/** A failure to start a program, in one sentence. */
export function startFailure({ program, role }: Omit<ChildCommand, "args">, cause: unknown): InputError {
  const reason = cause instanceof Deno.errors.NotFound
    ? "there is no such program"
    : cause instanceof Deno.errors.NotCapable
    ? `the program was started without permission to run it: run it with --allow-run=${program}`
    : `the system reports: ${messageOf(cause)}`;
  return new InputError(program, `Cannot start '${program}' for ${role} as ${reason}`, { cause });
}
