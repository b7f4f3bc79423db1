/**
 * Makes what users install: a wheel for pip and a tarball for npm in `dist`, of the same bundle: `deno task pack`. Both
 * depend on the package `deno` of their registry, in the version that packs them. The same sources give the same bytes.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { zipSync } from "npm:fflate@0.8.3";
import { createTar } from "npm:nanotar@0.3.0";
import { PACKAGED_LIBRARY } from "../ffi/library.ts";
import { bundleProgram } from "../scripts/bundle.ts";
import { PERMISSIONS } from "../scripts/compile.ts";
import { S3_VARIABLES } from "../src/io/remote/s3.ts";
import { print } from "../src/cli/console.ts";
import { VERSION } from "../src/version.ts";
import { thirdPartyLicences } from "./third_party.ts";

/** Files of a package by path. */
type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

const ROOT = new URL("../", import.meta.url);
const DENO = Deno.version.deno;
const SUMMARY = "N4 bias field correction of 3-D images, NIfTI and OME-Zarr, on GPUs and CPUs";
const KEYWORDS = ["n4", "bias field", "mri", "microscopy", "nifti", "ome-zarr"];
/** When every file was changed: npm's date. A zip has the local time, a tarball UTC. */
const TIME = [1985, 9, 26, 8, 15] as const;

/** What the launchers start Deno with, but for the CUDA library: nothing but the bundle is read, fetched or asked for. */
const FLAGS = ["run", "--no-config", "--no-lock", "--no-npm", "--no-remote", ...PERMISSIONS];

/** The files that both packages have. */
async function sharedFiles(): Promise<Files> {
  const [entry, output] = ["scripts/n4.ts", "dist/n4.js"].map((path) => fileURLToPath(new URL(path, ROOT)));
  await bundleProgram({ entry, output });
  return {
    "lib/n4.js": await read("dist/n4.js"),
    // Beside the bundle's folder, where the bundle looks for it.
    [PACKAGED_LIBRARY]: await read(PACKAGED_LIBRARY),
  };
}

/** Licences, ours and others'. */
async function licences(): Promise<Files> {
  return { LICENSE: await read("LICENSE"), "THIRD_PARTY.txt": bytes(await thirdPartyLicences()) };
}

/** The wheel: version 1 of the binary distribution format. */
async function wheel(shared: Files): Promise<Uint8Array> {
  const info = `n4-${VERSION}.dist-info/`;
  const notices = await licences();
  const metadata = [
    "Metadata-Version: 2.4",
    "Name: n4",
    `Version: ${VERSION}`,
    `Summary: ${SUMMARY}`,
    `Keywords: ${KEYWORDS.join(",")}`,
    "License-Expression: MIT",
    ...Object.keys(notices).map((name) => `License-File: ${name}`),
    "Requires-Python: >=3.9",
    `Requires-Dist: deno==${DENO}`,
    "Description-Content-Type: text/markdown",
  ];
  const readme = await Deno.readTextFile(new URL("README.md", import.meta.url));
  const files: Files = {
    ...within("n4/", shared),
    "n4/__init__.py": await launcher("pypi/__init__.py"),
    ...within(`${info}licenses/`, notices),
    [`${info}METADATA`]: bytes(`${metadata.join("\n")}\n\n${readme}`),
    [`${info}WHEEL`]: bytes(`Wheel-Version: 1.0\nGenerator: n4 ${VERSION}\nRoot-Is-Purelib: true\nTag: py3-none-any\n`),
    [`${info}entry_points.txt`]: bytes("[console_scripts]\nn4 = n4:n4\nN4BiasFieldCorrection = n4:ants\n"),
  };
  const record = Object.entries(files).map(([path, content]) => {
    const hash = createHash("sha256").update(content).digest("base64url");
    return `${path},sha256=${hash},${content.length}\n`;
  });
  const whole = { ...files, [`${info}RECORD`]: bytes(`${record.join("")}${info}RECORD,,\n`) };
  return zipSync(whole, { level: 9, mtime: new Date(...TIME) });
}

/** The tarball that npm takes. */
async function tarball(shared: Files): Promise<Uint8Array> {
  const description = {
    name: "n4",
    version: VERSION,
    description: SUMMARY,
    keywords: KEYWORDS,
    license: "MIT",
    type: "module",
    bin: { n4: "bin/n4.js", N4BiasFieldCorrection: "bin/N4BiasFieldCorrection.js" },
    engines: { node: ">=18" },
    dependencies: { deno: DENO },
  };
  const files: Files = {
    "package.json": bytes(`${JSON.stringify(description, null, 2)}\n`),
    "README.md": await read("packaging/README.md"),
    ...await licences(),
    "launch.js": await launcher("npm/launch.js"),
    "bin/n4.js": await read("packaging/npm/bin/n4.js"),
    "bin/N4BiasFieldCorrection.js": await read("packaging/npm/bin/N4BiasFieldCorrection.js"),
    ...shared,
  };
  const attrs = { mode: "644", mtime: Date.UTC(...TIME), uid: 0, gid: 0 };
  const items = Object.entries(files).map(([path, data]) => ({ name: `package/${path}`, data }));
  return gzipSync(createTar(items, { attrs }), { level: 9 });
}

/** A launcher with the flags in it; a list of strings is spelled alike in Python and JavaScript. */
async function launcher(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = await Deno.readTextFile(new URL(path, import.meta.url));
  const filled = { FLAGS, S3_VARIABLES };
  const put = (text: string, [name, value]: [string, readonly string[]]) =>
    text.replace(`${name} = []`, () => `${name} = ${JSON.stringify(value)}`);
  return bytes(Object.entries(filled).reduce(put, text));
}

function within(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [folder + path, content]));
}

function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(new URL(path, ROOT));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function main(): Promise<void> {
  const shared = await sharedFiles();
  const packages = { [`n4-${VERSION}-py3-none-any.whl`]: wheel(shared), [`n4-${VERSION}.tgz`]: tarball(shared) };
  for (const [name, content] of Object.entries(packages)) {
    const file = await content;
    await Deno.writeFile(new URL(`dist/${name}`, ROOT), file);
    print(`Wrote dist/${name}, ${(file.length / 2 ** 20).toFixed(1)} MiB.\n`);
  }
}

if (import.meta.main) await main();
