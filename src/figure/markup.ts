/**
 * HTML and SVG with every value escaped unless it is markup itself, so that a file's name or metadata cannot become
 * part of a page's structure.
 *
 * @module
 */

/** A piece of HTML or SVG. */
export class Markup {
  /** Its text. */
  readonly text: string;

  /** Takes text as it is: for what {@linkcode markup} or this program made, never for what a user or a file gave. */
  constructor(text: string) {
    this.text = text;
  }
}

/** What can stand in a template: text is escaped, `undefined` and `false` are nothing, lists are joined. */
export type MarkupValue = string | number | Markup | undefined | false | readonly MarkupValue[];

/**
 * A template of HTML or SVG. Values may stand between tags and within double quotes, nowhere else.
 *
 * @example
 * ```ts
 * import { markup } from "./markup.ts";
 *
 * const page = markup`<p title="${'"quoted"'}">${"<b>"}</p>`; // <p title="&quot;quoted&quot;">&lt;b&gt;</p>
 * ```
 */
export function markup(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(strings.map((piece, i) => (i === 0 ? "" : textOf(values[i - 1])) + piece).join(""));
}

function textOf(value: MarkupValue): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  return Array.isArray(value) ? value.map(textOf).join("") : escapeText(String(value));
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ESCAPES[letter]);
}

/** JSON for a data block of a page: no `<` in it could end the block or begin a comment. */
export function jsonBlock(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll("<", "\\u003c"));
}
