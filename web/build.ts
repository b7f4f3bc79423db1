/**
 * Builds the page: one HTML file, `dist/web/n4.html`, that holds all it runs and asks nobody for anything, and the
 * same as `index.html` for a static host.
 *
 * @module
 */

import { BASE_STYLE } from "../src/page/style.ts";
import { contentHash, reportPolicy } from "../src/page/policy.ts";
import { Markup, markup } from "../src/figure/markup.ts";
import { defaultsOf } from "../src/options/presets.ts";
import { CORRECT_OPTIONS } from "../src/options/table.ts";
import { VERSION } from "../src/version.ts";
import { labelOf } from "./labels.ts";

const HERE = new URL("./", import.meta.url);

/** Where the built page lies. */
export const BUILT_PAGE = new URL("../dist/web/n4.html", import.meta.url);

/** The options that matter to a head; all others keep their defaults. */
const SHOWN = ["preset", "shrinkFactor", "splineDistanceMm", "nIterations", "maskMethod"] as const;

/** Builds the page. @throws {Error} when a script cannot be bundled. */
export async function buildPage(): Promise<void> {
  const read = (name: string) => Deno.readTextFile(new URL(name, HERE));
  const [script, worker] = [await bundle("page.ts"), await bundle("worker.ts")];
  const style = `${BASE_STYLE}\n${await read("style.css")}`;
  const parts: Readonly<Record<string, string>> = {
    policy: await policyOf(script, style),
    version: VERSION,
    options: SHOWN.map(fieldMarkup).map(({ text }) => text).join(""),
    ...{ style, script, worker },
  };
  const page = (await read("page.html")).replaceAll(
    // Between two tags stands the text alone: a policy names it to the letter.
    /(?<=>)\s*\/\* %(\w+)% \*\/\s*(?=<)|%(\w+)%/g,
    (_, alone, name) => parts[alone ?? name],
  );
  await Deno.mkdir(new URL("./", BUILT_PAGE), { recursive: true });
  for (const name of [BUILT_PAGE, new URL("index.html", BUILT_PAGE)]) await Deno.writeTextFile(name, page);
}

/** One script for browsers, as it can stand in a page. */
async function bundle(name: string): Promise<string> {
  const args = ["bundle", "--quiet", "--minify", "--platform", "browser", "--format", "iife", name];
  const { success, stdout, stderr } = await new Deno.Command("deno", { args, cwd: HERE }).output();
  if (!success) throw new Error(`Cannot build the page as it must bundle: ${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder().decode(stdout);
  if (text.includes('"node:')) {
    throw new Error(`Cannot build the page as '${name}' must import nothing that a browser lacks`);
  }
  // A script ends at the first end tag in it, wherever that is, and a comment's beginning would hide its own.
  return text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
}

/**
 * Lets run what is in the page: its script and style, the worker that it makes of a part of itself, WebAssembly in that,
 * and in its frame what a report page is made of, since a frame inherits the policy.
 */
async function policyOf(script: string, style: string): Promise<string> {
  const report = await reportPolicy();
  return [
    "default-src 'none'",
    `script-src ${await contentHash(script)} ${report.script} 'wasm-unsafe-eval'`,
    `style-src ${await contentHash(style)} ${report.style}`,
    "worker-src blob:",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** An option's field with its help. */
function fieldMarkup(key: (typeof SHOWN)[number]): Markup {
  const spec = CORRECT_OPTIONS[key];
  const { mri } = defaultsOf(key);
  // The factor of the preset is raised to so many samples: typed, it would not be.
  const preset = key === "shrinkFactor" || mri === undefined ? "default" : `default (${mri})`;
  const about = new Markup(`id="${key}" name="${key}" aria-describedby="${key}-help"`);
  const field = spec.type === "choice"
    ? markup`<select ${about}>${
      ["", ...spec.words].map((word) => markup`<option value="${word}">${word || preset}</option>`)
    }</select>`
    : markup`<input ${about} type="text" autocomplete="off" placeholder="${preset}">`;
  return markup`<div><label for="${key}">${labelOf(key)}</label>${field}<p id="${key}-help">${spec.help}</p></div>
`;
}

if (import.meta.main) await buildPage();
