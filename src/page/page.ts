/**
 * A page: one HTML file that holds all it shows and asks nobody for anything. Its policy lets only the script and the
 * style run that it was made with.
 *
 * @module
 */

import { AFTER, BEFORE } from "../figure/chart.ts";
import { hasValues } from "../figure/draw_chart.ts";
import { numberText } from "../figure/format.ts";
import { Markup, markup, type MarkupValue } from "../figure/markup.ts";
import { VERSION } from "../version.ts";
import { chartMarkup } from "./chart.ts";
import type { Figure, Link, PageContent, Table } from "./content.ts";
import { reportPolicy } from "./policy.ts";
import { PAGE_SCRIPT } from "./script.ts";
import { PAGE_STYLE } from "./style.ts";
import { viewMarkup } from "./views.ts";

/** Writes a page. */
export async function renderPage(content: PageContent): Promise<string> {
  const { title, lead, warnings, figures, views, charts, tables } = content;
  const { script, style } = await reportPolicy();
  const policy = `default-src 'none'; script-src ${script}; style-src ${style}; base-uri 'none'; form-action 'none'`;
  const main = markup`<section class="lead"><h1>${title}</h1>
<p>${lead}</p>
${warnings.length > 0 ? list("warnings", warnings.map((text) => markup`<li>${text}</li>`)) : undefined}</section>
<div class="${views ? "top" : "top top-narrow"}">
${views && await viewMarkup(views)}
${figures.length > 0 ? list("figures", figures.map(figureMarkup)) : undefined}</div>
${section("Curves", "charts", charts.filter(hasValues).map(chartMarkup))}
${section("Run", "tables", tables.map(tableMarkup))}
`;
  return pageAround(main, { title, policy, style: PAGE_STYLE, script: PAGE_SCRIPT });
}

/** What stands around the contents of a page. */
interface PageFrame {
  readonly title: string;
  /** What may run in it. */
  readonly policy: string;
  readonly style: string;
  readonly script: string;
  /** Further elements of its head. */
  readonly head?: Markup;
}

/** A page in one file, with the head that every page has. */
export function pageAround(main: Markup, { title, policy, style, script, head }: PageFrame): string {
  return markup`${new Markup("<!doctype html>")}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="n4 ${VERSION}">
<title>${title}</title>
${head}<style>${new Markup(style)}</style>
</head>
<body>
<header><p class="brand">n4 <span>${VERSION}</span></p><button id="theme" type="button" hidden></button></header>
<main>
${main}</main>
<script type="module">${new Markup(script)}</script>
</body>
</html>
`.text;
}

function list(className: string, items: readonly Markup[]): Markup {
  return markup`<ul class="${className}">\n${items}</ul>\n`;
}

function section(title: string, className: string, parts: readonly Markup[]): Markup | undefined {
  if (parts.length === 0) return undefined;
  return markup`<section aria-label="${title}"><h2>${title}</h2>
<div class="${className}">
${parts}</div></section>`;
}

function figureMarkup({ name, value, definition }: Figure): Markup {
  return markup`<li class="card"><h3>${name}</h3><p class="value">${figureValue(value)}</p>
<p class="definition">${definition}</p></li>
`;
}

function figureValue(value: Figure["value"]): MarkupValue {
  if (typeof value === "string") return value;
  const { before, after } = value;
  const arrow = markup`<span class="arrow" role="img" aria-label="became">→</span>`;
  return markup`<span class="tone${BEFORE}">${before}</span> ${arrow} <span class="tone${AFTER}">${after}</span>`;
}

function tableMarkup({ title, columns, rows, wide, closed }: Table): Markup {
  const aligned = columns?.map((_, i) => i > 0 && rows.every((row) => isNumeric(row[i])));
  const attribute = (column: number) => new Markup(aligned?.[column] ? ' class="number"' : "");
  const head = columns?.map((name, i) => markup`<th scope="col"${attribute(i)}>${name}</th>`);
  const cell = (value: string | number | Link, i: number) => {
    const shown = cellValue(value);
    return i === 0 ? markup`<th scope="row">${shown}</th>` : markup`<td${attribute(i)}>${shown}</td>`;
  };
  return markup`<details class="${wide ? "card wide" : "card"}"${new Markup(
    closed ? "" : " open",
  )}><summary><h3>${title}</h3></summary>
<div class="scroll" role="region" aria-label="${title}"><table>
${head && markup`<thead><tr>${head}</tr></thead>`}<tbody>
${rows.map((row) => markup`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div></details>
`;
}

function cellValue(value: string | number | Link): MarkupValue {
  if (typeof value === "object") return markup`<a href="${value.href}">${value.text}</a>`;
  return typeof value === "number" ? numberText(value) : value;
}

/** Whether a cell belongs to the right: a number, with its sign of percent, or nothing. */
function isNumeric(value: string | number | Link): boolean {
  return typeof value === "number" || typeof value === "string" && /^([\d.,e-]+(\u00a0%)?)?$/.test(value);
}
