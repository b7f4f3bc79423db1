/**
 * Addresses of inputs on a server: `https://`, `http://`, and `s3://BUCKET/KEY`.
 *
 * @module
 */

import { InputError } from "../../errors.ts";

/** Whether a path is an address on a server. */
export function isUrl(path: string): boolean {
  return /^(https?|s3):\/\//i.test(path);
}

/** An address without what may be secret in it: its query, a name and password. */
export function shownUrl(path: string): string {
  return isUrl(path) ? path.replace(/\?.*$/s, "").replace(USER, "//") : path;
}

/** A name and a password before the host. */
const USER = /\/\/[^/@\s'"]*@/g;

/** A text, JSON too, without what may be secret in the addresses in it: what is printed or reported others read. */
export function withoutSecrets(text: string): string {
  if (isUrl(text) && !/\s/.test(text)) return shownUrl(text);
  return text.replaceAll(/\b((?:https?|s3):\/\/[^\s?]*)(\?[^\s'"\\]*)?/gi, (_, place) => place.replace(USER, "//"));
}

/** The refusal to read what lies at an address. */
export function remoteFailure(path: string, reason: string, cause?: unknown): InputError {
  return new InputError(path, `Cannot read '${shownUrl(path)}' as ${reason}`, { cause });
}

/** What lies at `key` below an address; a query stays at its end. */
export function urlBelow(path: string, key: string): string {
  const [, place = path, query = ""] = /^([^?]*?)\/*(\?.*)?$/s.exec(path) ?? [];
  return `${place}/${key.split("/").map(encodeURIComponent).join("/")}${query}`;
}
