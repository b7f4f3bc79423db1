/**
 * One line of progress: what is done, how much of the run, how long it will still take.
 *
 * @module
 */

import type { RunEvent } from "../run_log.ts";

/** How many of many images are done, parts of them included. */
export interface ImagesEvent {
  readonly event: "images";
  readonly done: number;
  readonly total: number;
  readonly seconds: number;
}

/** Events that progress is made of. */
type ProgressEvent = Extract<RunEvent, { event: "boxes" | "fit" }> | ImagesEvent;

/** Columns of the bar. */
const [SHORTEST_BAR, LONGEST_BAR] = [10, 30];

/** How far a run is, by the plan that it reported. */
export class Progress {
  #plan: readonly { readonly name: string; readonly seconds: number }[] = [];
  #stage = "";
  #task = { task: 0, tasks: 1 };
  /** When the first stage began that this process does, and the planned seconds that lay behind it by then. */
  #begun: { readonly done: number; readonly at: number } | undefined;
  #share = 0;

  /** Takes note of an event. */
  see(event: RunEvent | ImagesEvent): void {
    if (event.event === "plan") {
      this.#plan = event.stages;
      this.#share = 0;
      this.#begun = undefined;
    } else if (event.event === "task") {
      this.#enter(event.stage);
      this.#task = event;
    } else if (event.event === "stage" && event.state === "started") {
      this.#enter(event.name);
    }
  }

  /** A stage begins or goes on; one of no plan is a part of another. */
  #enter(stage: string): void {
    const index = this.#plan.findIndex(({ name }) => name === stage);
    if (index < 0) return;
    if (stage !== this.#stage) this.#task = { task: 0, tasks: 1 };
    this.#stage = stage;
    // What an earlier process has done took none of this one's time.
    this.#begun ??= { done: this.#seconds(0, index), at: performance.now() };
  }

  /** Planned seconds of some stages. */
  #seconds(from: number, to: number): number {
    return this.#plan.slice(from, to).reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** The share that is done, and seconds left: of the whole run where its plan is known, else of the stage. */
  at(event: ProgressEvent): { readonly share: number; readonly left: number } {
    const inTask = event.event === "fit" ? event.done / event.planned : event.done / event.total;
    const index = this.#plan.findIndex(({ name }) => name === this.#stage);
    if (index < 0 || !this.#begun) return { share: inTask, left: inTask > 0 ? event.seconds * (1 / inTask - 1) : 0 };
    const { task, tasks } = this.#task;
    const done = this.#seconds(0, index) + this.#plan[index].seconds * (task + inTask) / tasks;
    const all = this.#seconds(0, this.#plan.length);
    // A stage may have several passes, and each begins anew; the bar does not.
    this.#share = Math.max(this.#share, done / all);
    const taken = (performance.now() - this.#begun.at) / 1000;
    const pace = taken / Math.max(this.#share * all - this.#begun.done, 1e-3);
    return { share: this.#share, left: pace * all * (1 - this.#share) };
  }
}

/** What is being done. */
function nameOf(event: ProgressEvent): string {
  if (event.event === "images") return `${Math.floor(event.done)} of ${event.total} images`;
  return event.event === "boxes" ? event.stage : `fit of ${event.name}`;
}

/** What is shown of it where there is room. */
function details(event: ProgressEvent): string[] {
  if (event.event === "images") return [];
  const per = (amount: number) => (amount / 1e6 / Math.max(event.seconds, 1e-3)).toPrecision(3);
  if (event.event === "boxes") return [`box ${event.done}/${event.total}`, `${Number(per(event.bytes))} MB/s`];
  return [
    `level ${event.level + 1}/${event.levels}, iteration ${event.iteration}/${event.iterations}`,
    `change ${event.convergence.toPrecision(2)} (stops at ${event.threshold})`,
    `${Number(per(event.samples * event.done))} million samples/s`,
  ];
}

/** A line of its own. */
export function plainLine(event: ProgressEvent, { share, left }: ReturnType<Progress["at"]>): string {
  return [`${nameOf(event)}: ${percent(share)}`, `${clock(left)} left`, ...details(event)].join(", ");
}

/** A line with a bar in fewer than `columns` columns: a full one would begin the next. */
export function barLine(event: ProgressEvent, { share, left }: ReturnType<Progress["at"]>, columns: number): string {
  const [head, tail] = [`${nameOf(event)} `, ` ${percent(share)}, ${clock(left)} left`];
  let more = "";
  for (const detail of details(event)) {
    if (head.length + SHORTEST_BAR + tail.length + more.length + detail.length + 5 > columns) break;
    more += `, ${detail}`;
  }
  const room = columns - head.length - tail.length - more.length - 3;
  const width = Math.min(LONGEST_BAR, Math.max(SHORTEST_BAR, room));
  const full = Math.round(share * width);
  return `${head}[${"#".repeat(full)}${"-".repeat(width - full)}]${tail}${more}`.slice(0, columns - 1);
}

function percent(share: number): string {
  return `${Math.floor(100 * share)} %`;
}

/** Seconds as `m:ss` or `h:mm:ss`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
