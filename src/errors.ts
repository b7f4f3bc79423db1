/**
 * The errors a caller can tell apart. Each message is one sentence: the action, the rule it broke, the current value.
 * Wrong arguments from code are built-in `RangeError` or `TypeError`; everything that depends on data, files or devices
 * is one of these.
 *
 * @module
 */

/**
 * What every n4 error has: a stable `name` to switch on, a one-sentence message, and the `cause` where there is one.
 */
export abstract class N4Error extends Error {
  /** The class' name, stable across versions. */
  abstract override readonly name: string;
}

/** The command line or the options contradict a rule that is known before any file is opened (exit code 2). */
export class UsageError extends N4Error {
  /** Name to switch on. */
  override readonly name = "UsageError";
}

/** An input cannot be opened, is of no known format, or has a shape, axis, type or codec that is not supported. */
export class InputError extends N4Error {
  /** Name to switch on. */
  override readonly name = "InputError";
  /** Path of the input. */
  readonly path: string;
  /** An error about the file at `path`. */
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** Stored bytes are damaged: truncated, failing a checksum, or not what the metadata promises. */
export class CorruptDataError extends N4Error {
  /** Name to switch on. */
  override readonly name = "CorruptDataError";
  /** Path of the file. */
  readonly path: string;
  /** The chunk key, byte range or row that is damaged. */
  readonly where: string;
  /** An error about the bytes of `path` at `where`. */
  constructor(path: string, where: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
    this.where = where;
  }
}

/** An output exists, cannot be created, or could not be written (full disk, no permission). */
export class WriteError extends N4Error {
  /** Name to switch on. */
  override readonly name = "WriteError";
  /** Path of the output. */
  readonly path: string;
  /** An error about the file at `path`. */
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/**
 * The intensities do not allow the work: an empty mask, no positive voxel, a non-finite voxel where those are refused.
 */
export class DataError extends N4Error {
  /** Name to switch on. */
  override readonly name = "DataError";
}

/** The work needs more memory than the limit allows. */
export class MemoryLimitError extends N4Error {
  /** Name to switch on. */
  override readonly name = "MemoryLimitError";
  /** The smallest limit, in bytes, that would do. */
  readonly neededBytes: number;
  /** An error that says how much would do. */
  constructor(neededBytes: number, message: string) {
    super(message);
    this.neededBytes = neededBytes;
  }
}

/** A step of a correction needs the result of one that has not been done. */
export class StepError extends N4Error {
  /** Name to switch on. */
  override readonly name = "StepError";
  /** The missing result: `histogram` for a gathered one, `range.3` for that of a single step. */
  readonly missing: string;
  /** An error about a missing result. */
  constructor(missing: string) {
    super(`Cannot go on as a step needs what an earlier one finds: currently missing is '${missing}'`);
    this.missing = missing;
  }

  /** The words after `n4 step` that do the missing step in a run's folder. */
  command(folder: string): string {
    const [stage, index] = this.missing.split(".");
    return index === undefined ? `gather ${folder} --of ${stage}` : `${stage} ${folder} --task ${index}`;
  }
}

/** A backend cannot be used here, or failed while it ran. */
export class BackendError extends N4Error {
  /** Name to switch on. */
  override readonly name = "BackendError";
  /** Which backend. */
  readonly backend: string;
  /** An error of one backend. */
  constructor(backend: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.backend = backend;
  }
}
