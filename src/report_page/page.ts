/**
 * A page: one HTML file that holds all it shows and asks nobody for anything. Its policy lets only the script and the style run that it was made with.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { VERSION } from "../version.ts";
import { chartMarkup } from "./chart.ts";
import { numberText } from "./format.ts";
import { html, Markup, type MarkupValue } from "./markup.ts";
import style from "./page.css" with { type: "text" };
import type { Figure, PageContent, Table } from "./page_content.ts";
import { PAGE_SCRIPT } from "./script.ts";
import { viewMarkup } from "./view_markup.ts";

/** Writes a page. */
export function renderPage(content: PageContent): string {
  const { title, lead, warnings, figures, views, charts, tables } = content;
  const policy = `default-src 'none'; script-src '${hashOf(PAGE_SCRIPT)}'; style-src '${hashOf(style)}'; ` +
    "base-uri 'none'; form-action 'none'";
  return html`
    ${new Markup("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="n4 ${VERSION}">
        <title>${title}</title>
        <style>${new Markup(style)}</style>
      </head>
      <body>
        <header><p class="brand">n4 <span>${VERSION}</span></p><button id="theme" type="button" hidden></button></header>
        <main>
    <section class="lead"><h1>${title}</h1><p>${lead}</p>
    ${warnings.length > 0
      ? html`<ul class="warnings">${warnings.map((text) => html`<li>${text}</li>`)}</ul>`
      : undefined}
    </section>
    <div class="${views ? "top" : "top top-narrow"}">
    ${views && viewMarkup(views)}
    ${figures.length > 0 ? html`<ul class="figures">${figures.map(figureMarkup)}</ul>` : undefined}
    </div>
    ${section("Curves", "charts", charts.map(chartMarkup))}
    ${section("Run", "tables", tables.map(tableMarkup))}
        </main>
        <script type="module">${new Markup(PAGE_SCRIPT)}</script>
      </body>
    </html>
  `.text;
}

/** How a policy names the text between two tags. */
function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function section(title: string, className: string, parts: readonly MarkupValue[]): Markup | undefined {
  if (parts.length === 0) return undefined;
  return html`
    <section aria-label="${title}">
      <h2>${title}</h2>
      <div class="${className}">
    ${parts}</div>
    </section>
  `;
}

function figureMarkup({ name, value, definition }: Figure): Markup {
  const shown = typeof value === "string" ? html`${value}` : html`
    <span class="before">${value.before}</span> <span class="arrow" aria-label="before, after">→</span> <span
      class="after">${value.after}</span>
  `;
  return html`
    <li class="card">
      <h3>${name}</h3>
      <p class="value">${shown}</p>
      <p class="definition">${definition}</p>
    </li>
  `;
}

function tableMarkup({ title, columns, rows, closed }: Table): Markup {
  const isNumber = (column: number) =>
    column > 0 && columns !== undefined && rows.every((row) => /^[\d.,e-]*(\u00a0%)?$/.test(String(row[column])));
  const attributes = (column: number) => isNumber(column) ? new Markup(' class="number"') : undefined;
  const head = columns &&
    html`
      <thead>
        <tr>${columns.map((name, i) =>
          html`
            <th scope="col" ${attributes(i)}>${name}</th>
          `
        )}</tr>
      </thead>
    `;
  const cell = (value: string | number, i: number) => {
    const shown = typeof value === "number" ? numberText(value) : value;
    return i === 0 ? html`<th scope="row">${shown}</th>` : html`<td${attributes(i)}>${shown}</td>`;
  };
  return html`
    <details class="card" ${closed ? undefined : new Markup(" open")}>
      <summary>
        <h3>${title}</h3>
      </summary>
      <div class="scroll">
        <table>${head}<tbody>
    ${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table>
      </div>
    </details>
  `;
}
