/**
 * playwright-core, loaded so that it needs no more than single permissions: on its way it looks into `/proc` for Windows' subsystem for Linux, which Deno lets nobody do
 * without all permissions. For it there is none.
 *
 * @module
 */

import fs from "node:fs";

const existsSync = fs.existsSync;
fs.existsSync = (path) => !String(path).startsWith("/proc/") && existsSync(path);

/** Chromium as playwright-core drives it. */
export const { chromium } = await import("npm:playwright-core@1.65.1");
