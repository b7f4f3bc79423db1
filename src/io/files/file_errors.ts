/**
 * What the operating system and Deno say about a file, turned into the one sentence a user can act on.
 *
 * @module
 */

import { InputError, N4Error, WriteError } from "../../errors.ts";

/** A failure to open or read an input, as an {@linkcode InputError}; the original error is its cause. */
export function readFailure(path: string, cause: unknown): InputError {
  if (cause instanceof InputError) return cause;
  return new InputError(path, `Cannot read ${path} as ${readReason(path, cause)}`, { cause });
}

/** Why a pipe, which would keep its reader waiting for ever, or a device is refused. */
export const NO_FILE = "it must be a file or a folder: it is a pipe or device";

/** The refusal of an image that is not what it should be. @param reason the rule and the current value. */
export function openFailure(path: string, reason: string, cause?: unknown): InputError {
  return new InputError(path, `Cannot open '${path}' as ${reason}`, { cause });
}

/**
 * A failure to create, write, rename or remove an output, as a {@linkcode WriteError} with the original error as its
 * cause.
 *
 * @param path Final path of the output, which the message names.
 * @param touched Every path that must be readable and writable; named where a permission flag is missing.
 */
export function writeFailure(path: string, touched: readonly string[], cause: unknown): N4Error {
  if (cause instanceof N4Error) return cause;
  return new WriteError(path, `Cannot write ${path} as ${writeReason(touched, cause)}`, { cause });
}

/** Where Deno lets programs read and write only with every permission. */
const SYSTEMS = /^\/(proc|sys|dev)\//;

function readReason(path: string, cause: unknown): string {
  if (typeof Deno === "undefined") return `the browser reports: ${messageOf(cause)}`;
  if (cause instanceof Deno.errors.NotFound) {
    return isLink(path)
      ? "it is a link to a file that is not here ('datalad get' fetches one)"
      : "there is no such file";
  }
  if (cause instanceof Deno.errors.NotADirectory) return "a part of its path is a file, not a folder";
  if (cause instanceof Deno.errors.IsADirectory) return "it is a folder, not a file";
  if (cause instanceof Deno.errors.PermissionDenied) return "its permissions do not let this user read it";
  if (cause instanceof Deno.errors.NotCapable) {
    if (SYSTEMS.test(path)) return "it is of the system's, not a file of a disk";
    return `the program was started without permission to read it: run it with --allow-read=${path}`;
  }
  return `the system reports: ${messageOf(cause)}`;
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

function writeReason(touched: readonly string[], cause: unknown): string {
  if (cause instanceof Error && "code" in cause && cause.code === "ENOSPC") return "its disk has no space left";
  if (cause instanceof Error && "code" in cause && (cause.code === "EXDEV" || cause.code === "EBUSY")) {
    return "what is there cannot be moved out of its place, as of a mount: remove it, or write elsewhere";
  }
  if (cause instanceof Deno.errors.NotFound) return "its folder does not exist";
  if (cause instanceof Deno.errors.NotADirectory) return "a part of its path is a file, not a folder";
  if (cause instanceof Deno.errors.PermissionDenied) return "its folder does not let this user write to it";
  if (cause instanceof Deno.errors.NotCapable) {
    if (touched.some((path) => SYSTEMS.test(path))) return "its folder is of the system's";
    const list = touched.join(",");
    return `the program was started without permission to do so: run it with --allow-read=${list} and --allow-write=${list}`;
  }
  return `the system reports: ${messageOf(cause)}`;
}

/** The message of whatever was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Stored bytes break a rule of their format: the error of decoders, which do not know which file the bytes are from.
 * The reader turns it into an error that names the file. The message is the end of a sentence: the rule and the current
 * value.
 */
export class DamagedBytesError extends Error {
  /** For telling it from other errors. */
  override readonly name = "DamagedBytesError";
}
