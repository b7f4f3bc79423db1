/**
 * What a run tells: events while it works, and the record that its report is made of. Where events go (a terminal, JSON lines, nowhere) is
 * for the listener to say.
 *
 * @module
 */

/** Something that happened. Seconds count from the start of the run. */
export type RunEvent =
  | { readonly event: "note" | "warning"; readonly text: string }
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
  /** `otsu range`, `otsu histogram`, `sample`, `fit`, `rescale`, `apply`, `bias field`, `mask`, `pyramid`. */
  readonly name: string;
  /** Wall time. */
  readonly seconds: number;
  /** Bytes of intensities read and written (float32), 0 for the fit. */
  readonly bytes: number;
}

/** Collects what a run tells. */
export class RunLog {
  /** Finished stages in order. */
  readonly stages: StageRecord[] = [];
  /** Warnings in order. */
  readonly warnings: string[] = [];
  readonly #listener: RunListener;
  readonly #start = performance.now();

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

  /** Something the user should look at; kept for the report. */
  warn(text: string): void {
    this.warnings.push(text);
    this.emit({ event: "warning", text });
  }

  /** Runs a stage and records it; `work` says how many bytes it moved. */
  async stage<T>(name: string, work: (moved: (bytes: number) => void) => Promise<T>): Promise<T> {
    const start = performance.now();
    let bytes = 0;
    this.emit({ event: "stage", name, state: "started", seconds: (start - this.#start) / 1000 });
    const result = await work((more) => bytes += more);
    const end = performance.now();
    this.#record(name, (end - start) / 1000, bytes);
    this.emit({ event: "stage", name, state: "finished", seconds: (end - this.#start) / 1000 });
    return result;
  }

  /** Adds to the stage of that name, or begins it. */
  #record(name: string, seconds: number, bytes: number): void {
    const at = this.stages.findIndex((stage) => stage.name === name);
    if (at < 0) this.stages.push({ name, seconds, bytes });
    else this.stages[at] = { name, seconds: this.stages[at].seconds + seconds, bytes: this.stages[at].bytes + bytes };
  }
}
