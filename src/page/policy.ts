/**
 * How a page's policy names what may run in it.
 *
 * @module
 */

import { PAGE_SCRIPT } from "./script.ts";
import { PAGE_STYLE } from "./style.ts";

/** How a policy names the text between two tags. */
export async function contentHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${new Uint8Array(digest).toBase64()}'`;
}

/** The script and the style of a page; one that shows it in a frame must let them run too. */
export async function reportPolicy(): Promise<{ readonly script: string; readonly style: string }> {
  return { script: await contentHash(PAGE_SCRIPT), style: await contentHash(PAGE_STYLE) };
}
