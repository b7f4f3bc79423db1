/**
 * `n4 completions SHELL`: what a shell completes, made from the tables of options.
 *
 * @module
 */

import { flagOf, type OptionSpec } from "../options/spec.ts";
import { UsageError } from "../errors.ts";
import { sentence } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { logFailure, print } from "./console.ts";

const FOOTER = `Usage: n4 completions bash|zsh|fish

Prints completions of commands, options and their words. To have them in every shell:
  bash:  n4 completions bash > ~/.local/share/bash-completion/completions/n4
  zsh:   n4 completions zsh > "\${fpath[1]}/_n4"
  fish:  n4 completions fish > ~/.config/fish/completions/n4.fish
`;

/** Prints the completions of a shell. @returns the exit code. */
export function runCompletions([shell, ...rest]: readonly string[]): number {
  const isHelp = shell === "-h" || shell === "--help";
  const text = isHelp ? FOOTER : rest.length === 0 ? completions(shell) : undefined;
  try {
    const rule = "Cannot print completions as the shell must be bash, zsh or fish";
    if (text === undefined) throw new UsageError(`${rule}: current word is ${shell ?? "missing"}`);
    print(text);
    return 0;
  } catch (error) {
    logFailure(sentence(error));
    return error instanceof UsageError ? 2 : 1;
  }
}

/** The completions of a shell; `undefined` for another one. */
function completions(shell: string): string | undefined {
  if (shell === "bash") return bash();
  if (shell === "zsh") return `#compdef n4\nautoload -U +X bashcompinit && bashcompinit\n${bash()}`;
  return shell === "fish" ? fish() : undefined;
}

/** Every name of an option: the flag, what turns it off, its letter. */
function namesOf(key: string, spec: OptionSpec): string[] {
  const letter = spec.short === undefined ? [] : [`-${spec.short}`];
  return [flagOf(key), ...letter, ...spec.type === "flag" && spec.negative !== undefined ? [spec.negative] : []];
}

/** The words that an option takes; none where it takes anything. */
function wordsOf(spec: OptionSpec): readonly string[] {
  return spec.type === "choice" || spec.type === "choices" ? spec.words : [];
}

const COMMAND_NAMES = [...COMMANDS.map(({ name }) => name), "ants", "completions", "help"];

function bash(): string {
  const cases = COMMANDS.map(({ name, options }) =>
    `    ${name})\n      case "$before" in\n${
      Object.entries<OptionSpec>(options).filter(([, spec]) => wordsOf(spec).length > 0).map(([key, spec]) =>
        `        ${namesOf(key, spec).join("|")}) words="${wordsOf(spec).join(" ")}" ;;\n`
      ).join("")
    }        *) [[ $word == -* ]] && words="${
      [...Object.entries<OptionSpec>(options).flatMap(([key, spec]) => namesOf(key, spec)), "--help", "--help-all"]
        .join(" ")
    }" ;;\n      esac ;;\n`
  );
  return `_n4() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=""
  if [ "$COMP_CWORD" -eq 1 ]; then words="${COMMAND_NAMES.join(" ")}"; fi
  case "\${COMP_WORDS[1]}" in
${cases.join("")}    completions) words="bash zsh fish" ;;
    help) words="${COMMAND_NAMES.join(" ")}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _n4 n4
`;
}

function fish(): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const first = `complete -c n4 -n __fish_use_subcommand -f`;
  const commands = COMMANDS.map(({ name, summary }) => `${first} -a ${name} -d ${quoted(summary)}`);
  const options = COMMANDS.flatMap(({ name, options }) =>
    Object.entries<OptionSpec>(options).map(([key, spec]) => {
      const words = wordsOf(spec);
      const value = words.length > 0 ? ` -x -a ${quoted(words.join(" "))}` : spec.type === "flag" ? "" : " -r";
      const letter = spec.short === undefined ? "" : ` -s ${spec.short}`;
      const seen = quoted(`__fish_seen_subcommand_from ${name}`);
      return `complete -c n4 -n ${seen} -l ${flagOf(key).slice(2)}${letter}${value} -d ${quoted(spec.help)}`;
    })
  );
  const others = `${first} -a 'ants completions help'`;
  const shells = "complete -c n4 -n '__fish_seen_subcommand_from completions' -f -a 'bash zsh fish'";
  return `${[...commands, others, ...options, shells].join("\n")}\n`;
}
