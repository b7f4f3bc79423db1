// @ts-check
/// <reference lib="dom" />
/**
 * Starts the page.
 *
 * @module
 */

import { startFrame } from "./frame.js";
import { startTheme } from "./theme.js";
import { startViewer } from "./viewer.js";

const theme = document.querySelector("#theme");
if (parent !== window) startFrame();
else if (theme instanceof HTMLButtonElement) startTheme(theme);

// On paper nobody can open what is closed.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});

const viewer = document.querySelector("#viewer");
const block = document.querySelector("#view-data");
if (viewer instanceof HTMLElement && block) {
  startViewer(viewer, JSON.parse(block.textContent ?? "")).catch((error) => {
    viewer.dataset.state = "failed";
    const message = viewer.querySelector(".failure");
    if (message) message.textContent = `The volumes cannot be shown: ${error instanceof Error ? error.message : error}`;
  });
}
