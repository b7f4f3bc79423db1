/**
 * What the page calls the options.
 *
 * @module
 */

/** An option's name in words: `shrinkFactor` is `Shrink factor`, `nIterations` is `Iterations`. */
export function labelOf(key: string): string {
  const spaced = key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const words = spaced.replace(/^n /, "");
  return words.charAt(0).toUpperCase() + words.slice(1).replace(/ mm$/, ", mm");
}

/** A message of the library with its options as the page calls them. */
export function withLabels(message: string): string {
  return message.replaceAll(/option '(\w+)([^']*)'/g, (_, key, rest) => `'${labelOf(key)}${rest}'`);
}
