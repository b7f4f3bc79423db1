/**
 * The worker thread's side of the team: takes one {@linkcode Call} at a time and answers it.
 *
 * @module
 */

import { type Call, Member, type Reply } from "./member.ts";

/** First message to a worker: which member it is. Then calls, each with a number that its answer repeats. */
export type ToWorker =
  | { readonly member: number; readonly members: number }
  | { readonly id: number; readonly call: Call };

/** A worker's answer. */
export type FromWorker = { readonly id: number; readonly reply: Reply } | {
  readonly id: number;
  readonly error: Error;
};

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

const scope = globalThis as unknown as WorkerScope;
let member: Member | undefined;

scope.onmessage = ({ data }) => {
  if ("member" in data) {
    member = new Member(data.member, data.members);
    return;
  }
  try {
    scope.postMessage({ id: data.id, reply: member?.handle(data.call) });
  } catch (error) {
    scope.postMessage({ id: data.id, error: error instanceof Error ? error : new Error(String(error)) });
  }
};
