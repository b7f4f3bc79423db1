/**
 * Text for a terminal. Names and units in a file are not to be trusted, and a terminal obeys control characters: they
 * could erase lines, or make one text look like another.
 *
 * @module
 */

/** Control characters but line feed and tab, and those that turn the direction of writing. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** The text with every such character replaced by one that only looks odd. */
export function plainText(text: string): string {
  return text.replace(CONTROL, "\ufffd");
}
