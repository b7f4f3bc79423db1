/**
 * Builds the page: one HTML file, `dist/web/n4.html`, that holds all it runs and asks nobody for anything, and the
 * same as `index.html` for a static host, with the headers that let it share memory between threads.
 *
 * @module
 */

import { BASE_STYLE } from "../src/page/style.ts";
import { pageAround } from "../src/page/page.ts";
import { contentHash, reportPolicy } from "../src/page/policy.ts";
import { Markup, markup } from "../src/figure/markup.ts";
import { defaultsOf } from "../src/options/presets.ts";
import { CORRECT_OPTIONS } from "../src/options/table.ts";
import { labelOf } from "./labels.ts";

const HERE = new URL("./", import.meta.url);

/** Where the built page lies. */
export const BUILT_PAGE = new URL("../dist/web/n4.html", import.meta.url);

/** The options that matter most, by what they are for; all others keep their defaults. */
const SHOWN = {
  "Fit": ["preset", "shrinkFactor", "splineDistanceMm", "nIterations", "maskMethod"],
  "OME-Zarr and stacks of sections": [
    "level",
    "channel",
    "time",
    "mode",
    "nSerialSlices",
    "globalSplineDistanceMm",
  ],
} as const;

/** What a host should send with the page, in the form that several take from a file of this name. */
const HEADERS = `/*
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
`;

/** Builds the page. @throws {Error} when a script cannot be bundled. */
export async function buildPage(): Promise<void> {
  const read = (name: string) => Deno.readTextFile(new URL(name, HERE));
  const [script, worker] = [await bundle("page.ts"), await bundle("worker.ts")];
  const style = `${BASE_STYLE}\n${await read("style.css")}`;
  const parts: Readonly<Record<string, string>> = { options: settingsMarkup().text, worker };
  const main = new Markup((await read("page.html")).replaceAll(/%(\w+)%/g, (_, name) => parts[name]));
  const policy = await policyOf(script, style);
  const title = "n4: bias correction in the browser";
  const page = pageAround(main, { title, policy, style, script, head: markup`<link rel="icon" href="data:,">\n` });
  await Deno.mkdir(new URL("./", BUILT_PAGE), { recursive: true });
  for (const name of [BUILT_PAGE, new URL("index.html", BUILT_PAGE)]) await Deno.writeTextFile(name, page);
  await Deno.writeTextFile(new URL("_headers", BUILT_PAGE), HEADERS);
}

/** What a browser lacks, and what stands in for it. Nothing in one writes Blosc. */
const ZLIB = new URL("zlib.ts", HERE).href;
const INSTEAD = { "node:zlib": ZLIB, "npm:numcodecs@0.3.2/blosc": ZLIB };

/** One script for browsers, as it can stand in a page. */
async function bundle(name: string): Promise<string> {
  const map = `data:application/json,${encodeURIComponent(JSON.stringify({ imports: INSTEAD }))}`;
  const how = ["--import-map", map, "--lock", "../tests/deno.lock"];
  const form = ["--minify", "--platform", "browser", "--format", "iife"];
  const args = ["bundle", "--quiet", ...how, ...form, name];
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

/** All fields of the form. */
function settingsMarkup(): Markup {
  const groups = Object.entries(SHOWN).map(([name, keys]) =>
    markup`<fieldset><legend>${name}</legend><div class="options">
${keys.map(fieldMarkup)}</div></fieldset>
`
  );
  return markup`${groups}<fieldset><legend>Output</legend><div class="options">
${selectMarkup("format", "Save images as", FORMATS, "The corrected image, the field and the mask.")}</div></fieldset>`;
}

/** How images are saved, by the form's words for it. */
const FORMATS = [
  ["", "as the input is"],
  ["nii.gz", "NIfTI, gzip (.nii.gz)"],
  ["nii", "NIfTI (.nii)"],
  ["ozx", "OME-Zarr (.ozx)"],
] as const;

/** An option's field with its help. */
function fieldMarkup(key: (typeof SHOWN)[keyof typeof SHOWN][number]): Markup {
  const spec = CORRECT_OPTIONS[key];
  const help = spec.help + defaultText(key);
  if (spec.type === "choice") {
    const words = ["", ...spec.words].map((word) => [word, word || "default"] as const);
    return selectMarkup(key, labelOf(key), words, help);
  }
  const field = markup`<input ${aboutMarkup(key)} type="text" autocomplete="off" placeholder="default">`;
  return withHelp(key, labelOf(key), field, help);
}

function selectMarkup(
  key: string,
  label: string,
  words: readonly (readonly [value: string, text: string])[],
  help: string,
): Markup {
  const options = words.map(([value, text]) => markup`<option value="${value}">${text}</option>`);
  return withHelp(key, label, markup`<select ${aboutMarkup(key)}>${options}</select>`, help);
}

function aboutMarkup(key: string): Markup {
  return new Markup(`id="${key}" name="${key}" aria-describedby="${key}-help"`);
}

function withHelp(key: string, label: string, field: Markup, help: string): Markup {
  return markup`<div><label for="${key}">${label}</label>${field}<p id="${key}-help">${help}</p></div>
`;
}

/** The defaults of the presets. */
function defaultText(key: string): string {
  // The factor of preset mri is raised to so many samples: typed, it would not be.
  const defaults = Object.entries(defaultsOf(key)).filter(([name]) => !(key === "shrinkFactor" && name === "mri"));
  const names = Object.groupBy(defaults, ([, value]) => value);
  const texts = Object.entries(names).map(([value, of = []]) =>
    of.length === 3 ? value : `${value} (${of.map(([name]) => name).join(", ")})`
  );
  return texts.length === 0 || key === "preset" ? "" : ` Default: ${texts.join(", ")}.`;
}

if (import.meta.main) await buildPage();
