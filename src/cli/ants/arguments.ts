/**
 * The command line of ANTs' N4BiasFieldCorrection, as its parser (itkantsCommandLineParser) reads it: options of one
 * dash and one character or of two dashes and a name, then their values; brackets hold lists that blanks may cut.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";

/** Every option, long name to its character. */
const OPTIONS = {
  "image-dimensionality": "d",
  "input-image": "i",
  "mask-image": "x",
  "rescale-intensities": "r",
  "weight-image": "w",
  "shrink-factor": "s",
  "convergence": "c",
  "bspline-fitting": "b",
  "histogram-sharpening": "t",
  "output": "o",
  "verbose": "v",
  "version": undefined,
  "help": "h",
  "n4-geometry": undefined,
} as const;

/** The long name of an option. */
export type AntsOption = keyof typeof OPTIONS;

/** A value: a word, or what stands in brackets. */
export interface AntsValue {
  /** The word, without brackets; empty where there is none. */
  readonly word: string;
  /** What stands in the brackets, cut at commas; empty where there are none. */
  readonly parameters: readonly string[];
}

/** The last value of every option that is given. */
export type AntsArguments = ReadonlyMap<AntsOption, AntsValue>;

const OPENING = /[[{(<]/;
const CLOSING = /[\]})>]$/;

/**
 * Reads the words of a command line. Words before the first option are ignored; of an option and of a value that is
 * given again the last counts; an option without a value has the value 1.
 *
 * @throws {UsageError} for an option that there is none of, or brackets that never close.
 */
export function readAntsArguments(words: readonly string[]): AntsArguments {
  const found = new Map<AntsOption, AntsValue>();
  let option: AntsOption | undefined;
  for (const word of joinBrackets(words)) {
    if (isOption(word)) {
      option = optionNamed(word);
      found.set(option, { word: "1", parameters: [] });
    } else if (option !== undefined) {
      found.set(option, readValue(word));
    }
  }
  return found;
}

/** A word that begins with a dash is a value where it is a number other than 0. */
function isOption(word: string): boolean {
  return word.startsWith("-") && !Number.parseFloat(word);
}

function optionNamed(word: string): AntsOption {
  for (const [name, character] of Object.entries(OPTIONS)) {
    if (word === `--${name}` || word === `-${character}`) return name as AntsOption;
  }
  throw new UsageError(`Cannot read the command line as there is no option '${word}' (see --help)`);
}

/** Joins the words from one with an open bracket to the one that ends in a closing one, without blanks. */
function joinBrackets(words: readonly string[]): string[] {
  const joined: string[] = [];
  let open: string | undefined;
  for (const word of words) {
    const text = (open ?? "") + word.trim();
    const opens = open !== undefined || (OPENING.test(word) && !isClosedWithin(word));
    open = opens && !CLOSING.test(text) ? text : undefined;
    if (open === undefined) joined.push(opens ? text.replaceAll(/\s/g, "") : word);
  }
  if (open === undefined) return joined;
  throw new UsageError(`Cannot read the command line as brackets must close: current value is '${open}'`);
}

/** Whether a word goes on after its last bracket closes, as the name of a copied file does: `head(1).nii`. */
function isClosedWithin(word: string): boolean {
  return !CLOSING.test(word) && /[[{(<][^[{(<]*[\]})>][^[{(<]*$/.test(word);
}

function readValue(text: string): AntsValue {
  const start = text.search(OPENING);
  if (start < 0 || !CLOSING.test(text)) return { word: text, parameters: [] };
  const inside = text.slice(start + 1, -1);
  return { word: text.slice(0, start), parameters: inside === "" ? [] : inside.split(",") };
}
