/**
 * Words of the command line, made regular before they are parsed: `--n_iterations` is `--n-iterations`, and a list of
 * numbers ends where the numbers end (a list of choices where the choices do), so that `--n-iterations 50 50 IN OUT`
 * and `--spline-distance-mm -5` mean what they say.
 *
 * @module
 */

import { mostWords } from "../options/parsers.ts";
import { flagOf, type OptionSpec, type OptionTable } from "../options/spec.ts";

const NUMBER = /^[-+]?(\d|\.\d)[\d.eE+,x-]*$/;

/** Writes every option with a value as one word `--flag=value`. Words after `--` stay as they are. */
export function regularArguments(words: readonly string[], table: OptionTable): string[] {
  const specs = new Map(Object.entries(table).map(([key, spec]) => [flagOf(key), spec]));
  const regular: string[] = [];
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--") return [...regular, ...words.slice(i)];
    const [, name, given] = /^(--[^=]+)(=.*)?$/s.exec(words[i]) ?? [];
    if (name === undefined) {
      regular.push(words[i]);
      continue;
    }
    const flag = name.replaceAll("_", "-");
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

/** The words after word `i` that belong to an option. */
function valuesAfter(words: readonly string[], i: number, spec: OptionSpec): string[] {
  const most = mostWords(spec);
  if (most <= 1) return words.slice(i + 1, i + 1 + most).filter((word) => !word.startsWith("--"));
  const values: string[] = [];
  for (const word of words.slice(i + 1, i + 1 + most)) {
    if (!(spec.type === "choices" ? spec.words.includes(word) : NUMBER.test(word))) break;
    values.push(word);
  }
  return values.length > 0 ? values : words.slice(i + 1, i + 2).filter((word) => !word.startsWith("--"));
}
