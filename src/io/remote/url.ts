/**
 * Addresses of inputs on a server: `https://`, `http://`, and `s3://BUCKET/KEY`.
 *
 * @module
 */

/** Whether a path is an address on a server. */
export function isUrl(path: string): boolean {
  return /^(https?|s3):\/\//i.test(path);
}

/** An address without its query, which may hold a signature. */
export function shownUrl(path: string): string {
  return isUrl(path) ? path.replace(/\?.*$/s, "") : path;
}

/** A text without the queries of addresses in it: what is printed or reported is read by others. */
export function withoutQueries(text: string): string {
  return text.replaceAll(/\b((?:https?|s3):\/\/[^\s'"?]+)\?[^\s'"]*/gi, "$1");
}

/** What lies at `key` below an address; a query stays at its end. */
export function urlBelow(path: string, key: string): string {
  const [, place = path, query = ""] = /^([^?]*?)\/*(\?.*)?$/s.exec(path) ?? [];
  return `${place}/${key.split("/").map(encodeURIComponent).join("/")}${query}`;
}
