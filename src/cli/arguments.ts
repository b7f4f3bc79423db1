/**
 * Words of the command line, made regular before they are parsed: `--n_iterations`, `--n-it` and `-f` become the whole
 * names of options, and a list of numbers ends where the numbers end (a list of choices where the choices do), so that
 * `--n-iterations 50 50 IN OUT` and `--spline-distance-mm -5` mean what they say.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { isWord, mostWords } from "../options/parsers.ts";
import { flagOf, type OptionSpec, type OptionTable } from "../options/spec.ts";

const NUMBER = /^[-+]?(\d|\.\d)[\d.eE+,x-]*$/;

/** What every command has, with the letters. */
const OWN = { "--help": "h", "--help-all": undefined, "--version": "V" } as const;

/** Writes every option with a value as one word `--flag=value`. Words after `--` stay as they are. */
export function regularArguments(words: readonly string[], table: OptionTable): string[] {
  const specs = new Map(Object.entries(table).map(([key, spec]) => [flagOf(key), spec]));
  const regular: string[] = [];
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--") return [...regular, ...words.slice(i)];
    const [, name, given] = /^(--?[A-Za-z][^=]*)(=.*)?$/s.exec(words[i]) ?? [];
    if (name === undefined) {
      regular.push(words[i]);
      continue;
    }
    const flags = name.startsWith("--") ? [wholeFlag(name, table)] : flagsOfLetters(name, table);
    for (const flag of flags.slice(0, -1)) regular.push(flag);
    const flag = flags[flags.length - 1];
    const spec = specs.get(flag);
    if (given !== undefined || !spec || mostWords(spec) === 0) {
      regular.push(`${flag}${given ?? ""}`);
      continue;
    }
    // Without a value the word ends in "=", or the parser would take the next option for it.
    const values = valuesAfter(words, i, spec);
    i += values.length;
    regular.push(`${flag}=${values.join(" ")}`);
  }
  return regular;
}

/** The options that `-f` or `-fq` stand for; several letters that are not all switches are a name: `-force`. */
function flagsOfLetters(word: string, table: OptionTable): string[] {
  const switches = new Map<string, string>();
  const known = new Map<string, string>();
  for (const [flag, letter] of Object.entries(OWN)) if (letter !== undefined) switches.set(letter, flag);
  for (const [key, spec] of Object.entries(table)) {
    if (spec.short !== undefined) (spec.type === "flag" ? switches : known).set(spec.short, flagOf(key));
  }
  const letters = [...word.slice(1)];
  const flags = letters.flatMap((letter) =>
    switches.get(letter) ?? (letters.length === 1 ? known.get(letter) : []) ?? []
  );
  return flags.length === letters.length ? flags : [wholeFlag(word, table)];
}

/**
 * The whole name of an option that is written with underscores or cut short; a name that nobody knows is left to the
 * parser.
 *
 * @throws {UsageError} for what other programs call an option, and for a beginning that several have.
 */
function wholeFlag(word: string, table: OptionTable): string {
  // A dash and several letters that are not all switches are a name, as in MRtrix.
  const flag = word.replace(/^-(?=[A-Za-z]{2})/, "--").replaceAll("_", "-");
  const known = Object.entries(table).flatMap(([key, spec]) =>
    spec.type === "flag" && spec.negative !== undefined ? [flagOf(key), spec.negative] : [flagOf(key)]
  );
  known.push(...Object.keys(OWN));
  if (known.includes(flag)) return flag;
  const bare = flag.replace(/^-+/, "");
  const meant = Object.entries(table).flatMap(([key, spec]) =>
    spec.also?.includes(bare)
      ? [flagOf(key)]
      : spec.type === "flag" && spec.negative !== undefined && flagOf(key) === flag.replace(/^--no-/, "--")
      ? [spec.negative]
      : []
  );
  if (meant.length > 0) refuse(`unknown option '${word}' (Did you mean ${meant.join(" or ")}?)`);
  const begun = flag.startsWith("--") ? known.filter((name) => name.startsWith(flag)) : [];
  if (begun.length > 1) refuse(`'${word}' may be ${begun.join(", ")}`);
  return begun[0] ?? flag;
}

function refuse(text: string): never {
  throw new UsageError(`Cannot read the command line: ${text} (see --help)`);
}

/** The words after word `i` that belong to an option. */
function valuesAfter(words: readonly string[], i: number, spec: OptionSpec): string[] {
  const most = mostWords(spec);
  const isOption = (word: string) => /^-(-|[A-Za-z]$)/.test(word);
  if (most <= 1) return words.slice(i + 1, i + 1 + most).filter((word) => !isOption(word));
  const values: string[] = [];
  for (const word of words.slice(i + 1, i + 1 + most)) {
    const belongs = spec.type === "choices" ? spec.words.some((known) => isWord(known, word)) : NUMBER.test(word);
    if (!belongs) break;
    values.push(word);
  }
  return values.length > 0 ? values : words.slice(i + 1, i + 2).filter((word) => !isOption(word));
}
