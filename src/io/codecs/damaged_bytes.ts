/**
 * The error of decoders. They do not know which file the bytes are from: the reader turns it into a
 * `CorruptDataError` that names the chunk.
 *
 * @module
 */

/** Stored bytes break a rule of their format. The message is the end of a sentence: the rule and the current value. */
export class DamagedBytesError extends Error {
  /** For telling it from other errors. */
  override readonly name = "DamagedBytesError";
}
