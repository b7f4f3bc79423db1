/**
 * Text for a terminal. Names and units in a file are not to be trusted, and a terminal obeys control characters: they
 * could erase lines, or make one text look like another.
 *
 * @module
 */

/** Control characters but line feed and tab, ends of lines, and those that turn the direction of writing. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with every such character replaced by one that only looks odd. */
export function plainText(text: string): string {
  return text.replace(CONTROL, "\ufffd");
}

/** A value as JSON with every such character escaped, which loses nothing. @param indent left out: on one line. */
export function jsonText(value: unknown, indent?: number): string {
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent).replace(CONTROL, escaped);
}
