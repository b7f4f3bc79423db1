/// <reference lib="dom" />
/**
 * The page: takes files and options, lets a worker correct, shows its report and offers its files.
 *
 * @module
 */

import { startTheme } from "../src/page/client/theme.js";
import { type Dropped, droppedOf } from "./dropped.ts";
import { chosenFiles, droppedFiles } from "./files.ts";
import { withLabels } from "./labels.ts";
import {
  type CorrectionAnswer,
  type CorrectionRequest,
  CORRECTOR,
  type CorrectorStart,
  type OfferedFile,
  type SavedFormat,
} from "./messages.ts";

/** `?software` lets a processor stand in for a GPU. */
const SOFTWARE = new URLSearchParams(location.search).has("software");

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`Cannot show the page as it must have an element '${id}': it has none`);
  return found as T;
}

const form = element<HTMLFormElement>("form");
const [correctButton, cancelButton] = [
  element<HTMLButtonElement>("correct"),
  element<HTMLButtonElement>("cancel"),
];
const [status, warnings] = [element("status"), element("warnings")];
const progress = element<HTMLProgressElement>("progress");
const frame = element<HTMLIFrameElement>("report");

/** The workers' script, out of the page itself. */
const SCRIPT = new Blob([element("worker").textContent ?? ""], { type: "text/javascript" });
const SCRIPT_ADDRESS = URL.createObjectURL(SCRIPT);

let image: Dropped | undefined;
let mask: Dropped | undefined;
let worker: Worker | undefined;

function tell(state: "idle" | "working" | "done" | "failed", text: string): void {
  status.dataset.state = state;
  status.textContent = text;
  const working = state === "working";
  cancelButton.hidden = !working;
  progress.hidden = !working;
  correctButton.disabled = working || image === undefined;
}

/** Ends what is under way; its worker holds nothing that would be missed. */
function end(): void {
  worker?.terminate();
  worker = undefined;
}

/** Corrects the chosen image with what the form says. */
function correct(): void {
  if (!image) return;
  end();
  clear();
  const { format, ...options } = Object.fromEntries(
    [...new FormData(form)].map(([key, value]) => [key, String(value)]),
  );
  const deviceMemory = (navigator as { readonly deviceMemory?: number }).deviceMemory;
  const saved = format === "" ? undefined : format as SavedFormat;
  const request: CorrectionRequest = { image, mask, options, format: saved, deviceMemory };
  tell("working", `Opening ${image.name}`);
  worker = new Worker(SCRIPT_ADDRESS, { name: CORRECTOR });
  worker.addEventListener("message", ({ data }: MessageEvent<CorrectionAnswer>) => show(data));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    show({ kind: "failed", text: event.message || "The browser has ended the worker: it may lack memory." });
  });
  const start: CorrectorStart = { request, script: SCRIPT, software: SOFTWARE };
  worker.postMessage(start);
}

/** Removes what an earlier correction has left. */
function clear(): void {
  progress.value = 0;
  warnings.replaceChildren();
  for (const link of document.querySelectorAll<HTMLAnchorElement>("#downloads a")) URL.revokeObjectURL(link.href);
  element("downloads").replaceChildren();
  element("result").hidden = true;
  frame.removeAttribute("srcdoc");
}

function show(answer: CorrectionAnswer): void {
  if (answer.kind === "progress") {
    if (!element("result").hidden) return;
    progress.value = answer.share;
    status.textContent = answer.text;
  } else if (answer.kind === "warning") {
    warnings.append(Object.assign(document.createElement("li"), { textContent: withLabels(answer.text) }));
  } else if (answer.kind === "failed") {
    end();
    tell("failed", withLabels(answer.text));
  } else if (answer.kind === "result") {
    element("command").textContent = answer.command;
    element("copy").textContent = "Copy";
    element("result").hidden = false;
    frame.srcdoc = answer.page;
    status.dataset.backend = answer.device.kind;
    status.textContent = `Corrected in ${answer.seconds.toFixed(1)} s by ${placeOf(answer.device)}. Writing the files.`;
  } else {
    element("downloads").replaceChildren(...answer.files.map(downloadItem));
    end();
    tell("done", (status.textContent ?? "").replace(" Writing the files.", ""));
  }
}

/** Where it was computed. */
function placeOf({ kind, name, workers }: Extract<CorrectionAnswer, { kind: "result" }>["device"]): string {
  if (kind === "webgpu") return `WebGPU, ${name}`;
  return workers > 1 ? `WebAssembly, ${workers} threads` : "WebAssembly";
}

const ROLES: Readonly<Record<OfferedFile["role"], string>> = {
  image: "Corrected image",
  page: "This report, a page in one file",
  field: "Bias field",
  mask: "Mask",
  model: "Bias model",
};

function downloadItem({ role, name, blob }: OfferedFile): HTMLElement {
  const link = document.createElement("a");
  Object.assign(link, { href: URL.createObjectURL(blob), download: name, textContent: ROLES[role], title: name });
  link.dataset.role = role;
  const item = document.createElement("li");
  item.append(link);
  return item;
}

/** Takes an image and corrects it at once: most need no other setting. */
function take(given: Dropped | undefined): void {
  if (!given) return;
  image = given;
  element("image-name").textContent = given.name;
  correct();
}

/** Takes a mask, or none. */
function takeMask(given: Dropped | undefined): void {
  mask = given;
  element("mask-name").textContent = given?.name ?? "None: one is made";
  element("no-mask").hidden = given === undefined;
}

for (const [id, use] of [["image", take], ["folder", take], ["mask", takeMask]] as const) {
  const input = element<HTMLInputElement>(id);
  input.addEventListener("change", () => use(droppedOf(chosenFiles(input))));
}
element("no-mask").addEventListener("click", () => {
  element<HTMLInputElement>("mask").value = "";
  takeMask(undefined);
  element("mask").focus();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  correct();
});
cancelButton.addEventListener("click", () => {
  end();
  tell("idle", "Cancelled.");
  correctButton.focus();
});
element("copy").addEventListener("click", async () => {
  const code = element("command");
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    element("copy").textContent = "Copied";
  } catch {
    getSelection()?.selectAllChildren(code);
  }
});

for (const name of ["dragover", "dragleave", "drop"]) {
  addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.toggle("dragging", name === "dragover");
  });
}
addEventListener("drop", async (event) => {
  const use = event.target instanceof Element && event.target.closest("#mask-place") ? takeMask : take;
  if (!event.dataTransfer) return;
  try {
    use(droppedOf(await droppedFiles(event.dataTransfer)));
  } catch (error) {
    tell("failed", `Cannot read what was dropped: ${error instanceof Error ? error.message : error}`);
  }
});

// The report's frame is as high as what it shows, and has the colours of the page around it.
const theme = element<HTMLButtonElement>("theme");
const sendTheme = () => frame.contentWindow?.postMessage({ theme: document.documentElement.dataset.theme }, "*");
addEventListener("message", ({ source, data }) => {
  if (source === frame.contentWindow && data.height > 0) frame.style.height = `${Math.ceil(data.height)}px`;
});
frame.addEventListener("load", sendTheme);
startTheme(theme);
theme.addEventListener("click", sendTheme);

// The newest of what the corrector needs; a browser that lacks the page's syntax does not get here either.
if ("fromBase64" in Uint8Array) tell("idle", "No image yet.");
