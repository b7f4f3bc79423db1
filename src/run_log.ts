/**
 * What a run reports: events while it works, and the record that its report is made of. Where events go (a terminal,
 * JSON lines, nowhere) is for the listener to say.
 *
 * @module
 */

/** Something that happened. Seconds count from the start of the run. */
export type RunEvent =
  /** A `detail` is for who wants to know more: the plan, say. */
  | { readonly event: "note" | "detail" | "warning"; readonly text: string }
  /** What the run will do: its stages in order, and roughly how long each will take. */
  | { readonly event: "plan"; readonly stages: readonly { readonly name: string; readonly seconds: number }[] }
  /** A task of a stage begins: which, from 0, and of how many. */
  | { readonly event: "task"; readonly stage: string; readonly task: number; readonly tasks: number }
  | { readonly event: "stage"; readonly name: string; readonly state: "started" | "finished"; readonly seconds: number }
  | {
    readonly event: "boxes";
    readonly stage: string;
    /** Boxes done and in all. */
    readonly done: number;
    readonly total: number;
    /** Bytes of intensities moved so far (float32), and seconds since the stage began. */
    readonly bytes: number;
    readonly seconds: number;
  }
  | {
    readonly event: "fit";
    /** What is fitted: `volume`, `section 2 of 8`. */
    readonly name: string;
    /** Level from 0, and how many there are. */
    readonly level: number;
    readonly levels: number;
    /** Iterations done in this level and at most. */
    readonly iteration: number;
    readonly iterations: number;
    /** Newest convergence measure and the threshold. */
    readonly convergence: number;
    readonly threshold: number;
    /** Samples, iterations done and planned over all levels, seconds since the fit began. */
    readonly samples: number;
    readonly done: number;
    readonly planned: number;
    readonly seconds: number;
  };

/** Receives the events of a run. Must not throw. */
export type RunListener = (event: RunEvent) => void;

/** One stage of a run, all its turns together. */
export interface StageRecord {
  /**
   * `opening`, `range`, `histogram`, `mask`, `profile`, `sample`, `fit`, `section`, `global`, `apply`, `pyramid`,
   * `finish` and so on.
   */
  readonly name: string;
  /** Wall time without that of stages inside it, so that the stages of a run add up to its time. */
  readonly seconds: number;
  /** Bytes of intensities read and written (float32), 0 for the fit. */
  readonly bytes: number;
}

/** A stage that is under way. */
interface StageTurn {
  readonly name: string;
  /** Seconds spent in stages inside it. */
  inside: number;
  /** Bytes moved. */
  bytes: number;
}

/** Collects what a run reports. */
export class RunLog {
  /** Stages in the order in which they first began. */
  readonly stages: StageRecord[] = [];
  /** Warnings in order. */
  readonly warnings: string[] = [];
  readonly #listener: RunListener;
  readonly #start = performance.now();
  /** The stages that are under way, outermost first. */
  readonly #turns: StageTurn[] = [];

  /** A log that passes events on to `listener`. */
  constructor(listener: RunListener = () => {}) {
    this.#listener = listener;
  }

  /** Passes an event on. */
  emit(event: RunEvent): void {
    this.#listener(event);
  }

  /** A plain remark. */
  note(text: string): void {
    this.emit({ event: "note", text });
  }

  /** A remark for who asks for more. */
  detail(text: string): void {
    this.emit({ event: "detail", text });
  }

  /** Something the user should look at; kept for the report. Once: one file may be opened as image and as weights. */
  warn(text: string): void {
    if (this.warnings.includes(text)) return;
    this.warnings.push(text);
    this.emit({ event: "warning", text });
  }

  /**
   * Runs a stage and records it; `work` says how many bytes it moved. A stage may run inside another, one at a time;
   * inside one of the same name it is a part of that.
   */
  async stage<T>(name: string, work: (moved: (bytes: number) => void) => Promise<T>): Promise<T> {
    const outer = this.#turns.at(-1);
    if (outer?.name === name) return await work((more) => outer.bytes += more);
    const start = performance.now();
    const turn = { name, inside: 0, bytes: 0 };
    this.emit({ event: "stage", name, state: "started", seconds: (start - this.#start) / 1000 });
    this.#record(turn, 0);
    this.#turns.push(turn);
    let result: T;
    try {
      result = await work((more) => turn.bytes += more);
    } finally {
      this.#turns.pop();
      const seconds = (performance.now() - start) / 1000;
      if (outer) outer.inside += seconds;
      this.#record(turn, seconds - turn.inside);
    }
    this.emit({ event: "stage", name, state: "finished", seconds: (performance.now() - this.#start) / 1000 });
    return result;
  }

  /** Adds a turn to the stage of its name, or begins that. */
  #record({ name, bytes }: StageTurn, seconds: number): void {
    const at = this.stages.findIndex((stage) => stage.name === name);
    if (at < 0) this.stages.push({ name, seconds, bytes });
    else this.stages[at] = { name, seconds: this.stages[at].seconds + seconds, bytes: this.stages[at].bytes + bytes };
  }
}
