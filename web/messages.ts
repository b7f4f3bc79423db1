/**
 * What the page and its worker say to each other.
 *
 * @module
 */

import type { Dropped } from "./dropped.ts";

/** What the page asks for. */
export interface CorrectionRequest {
  /** The image to correct. */
  readonly image: Dropped;
  /** Another one of its grid or field of view: where the field is fitted. */
  readonly mask?: Dropped;
  /** Options of `n4 correct` as they were typed, by their keys; an empty one is not given. */
  readonly options: Readonly<Record<string, string>>;
  /** How images are saved; left out: as the input is. */
  readonly format?: SavedFormat;
  /** `navigator.deviceMemory`: GiB, rounded, 8 at most in most browsers; left out: the browser does not say. */
  readonly deviceMemory?: number;
}

/** Name of the worker that corrects. */
export const CORRECTOR = "corrector";

/** What it is sent. */
export interface CorrectorStart {
  readonly request: CorrectionRequest;
  /** Its own script, for threads. */
  readonly script: Blob;
  /** Whether a processor may stand in for a GPU. */
  readonly software: boolean;
}

/** How an image is saved, as its name ends. */
export type SavedFormat = "nii" | "nii.gz" | "ozx";

/** A file to download. */
export interface OfferedFile {
  /** What it holds. */
  readonly role: "image" | "page" | "field" | "mask" | "model";
  readonly name: string;
  readonly blob: Blob;
}

/** What the worker answers, in this order; a failure ends it. */
export type CorrectionAnswer =
  | {
    readonly kind: "progress";
    readonly text: string;
    /** The part that is done, 0 to 1. */
    readonly share: number;
  }
  | { readonly kind: "warning"; readonly text: string }
  | {
    readonly kind: "result";
    /** The report page, HTML. */
    readonly page: string;
    /** The command line that does the same. */
    readonly command: string;
    /** What it was computed on. */
    readonly device: { readonly kind: string; readonly name: string; readonly workers: number };
    readonly seconds: number;
  }
  | { readonly kind: "files"; readonly files: readonly OfferedFile[] }
  | { readonly kind: "failed"; readonly text: string };
