/**
 * The licences of what a bundle carries of others: the npm packages of deno.lock, as they lie in Deno's cache.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { FIGURE_FILES } from "../src/figure/rasterise.ts";

/** Names, licences, sources and licence texts of all packages, in the lock's order. */
export async function thirdPartyLicences(): Promise<string> {
  const cache = fileURLToPath(import.meta.resolve(FIGURE_FILES[0])).replace(/@resvg\/.*/s, "");
  const lock = JSON.parse(await Deno.readTextFile(new URL("../deno.lock", import.meta.url)));
  const names = Object.keys(lock.npm).filter((name) => !name.startsWith("@types/"));
  const parts = names.map(async (name) => {
    const folder = cache + name.replace(/@(?=[^@]*$)/, "/");
    const { license, repository } = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
    const source = typeof repository === "string" ? repository : repository?.url;
    const text = await licenceText(folder) ?? "The package has no file with the text of its licence.\n";
    return `${name}\nLicence: ${license}\nSource: ${source}\n\n${text}`;
  });
  const rule = `\n${"-".repeat(80)}\n\n`;
  return `lib/n4.js contains code, fonts and WebAssembly of these packages.\n${rule}${
    (await Promise.all(parts)).join(rule)
  }`;
}

async function licenceText(folder: string): Promise<string | undefined> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  const name = names.find((each) => /^licen[cs]e/i.test(each));
  return name && await Deno.readTextFile(`${folder}/${name}`);
}
