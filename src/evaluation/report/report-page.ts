/**
 * A page that stands alone: one HTML file, no script, no font and no image from elsewhere, light and dark, readable on a phone.
 *
 * Text only becomes markup through `html`, which escapes every value that is not markup already, so no document, model output or
 * file name can inject any. A content security policy says the same to the browser.
 */

/** Markup that is safe to stand in a page; only `html` makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text and numbers are escaped, markup is not, lists are joined, nothing stays nothing. */
export type Insertable = Markup | string | number | undefined | null | false | readonly Insertable[];

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A tagged template: html`<p>${text}</p>`. Values may stand in text and between double quotes of an attribute. */
export function html(strings: TemplateStringsArray, ...values: readonly Insertable[]): Markup {
  return new Markup(strings.reduce((whole, part, at) => whole + inserted(values[at - 1]) + part));
}

function inserted(value: Insertable): string {
  if (value === undefined || value === null || value === false) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return value instanceof Markup ? value.text : value.map(inserted).join("");
}

/** The page as a file's text. */
export function renderPage(title: string, body: Markup): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  return page.text;
}

/** A table that scrolls sideways by itself on a narrow screen. */
export function table(head: readonly Insertable[], rows: readonly (readonly Insertable[])[]): Markup {
  return html`<div class="scroll"><table>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

/** Name and value pairs. */
export function facts(pairs: readonly (readonly [name: string, value: Insertable])[]): Markup {
  return html`<dl>${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

/** 0.4498 → 44.98; nothing for nothing. */
export function percent(share: number | null | undefined, digits = 2): string {
  return typeof share === "number" ? (100 * share).toFixed(digits) : "";
}

const STYLE = `
:root {
  --paper: #fdfdfc; --ink: #1c1f23; --quiet: #5c6570; --line: #d9dde2; --panel: #f3f5f7;
  --ours: #0b63b0; --other: #8a5a00; --good: #17693a; --bad: #b3261e;
  --mark-head: #cfe5fb; --mark-tail: #ffe2b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e6e9ec; --quiet: #a3acb5; --line: #353b42; --panel: #1d2226;
    --ours: #6fb3f2; --other: #e0ae55; --good: #6fcf97; --bad: #ff8a80;
    --mark-head: #1d4468; --mark-tail: #5c430f;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .5rem 0; max-width: 48rem; }
.quiet, figcaption { color: var(--quiet); font-size: .9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; min-width: 100%; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--quiet); font-size: .85rem; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
.words th:last-child, .words td:last-child { text-align: left; width: 70%; }
.ours { color: var(--ours); font-weight: 600; }
.headline { display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: baseline; margin: 1rem 0; }
.headline strong { font-size: 2.4rem; line-height: 1.1; color: var(--ours); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem; }
figure { margin: .75rem 0; }
svg { display: block; width: 100%; height: auto; max-width: 34rem; font: 12px system-ui, sans-serif; }
dl { margin: .5rem 0; }
dl > div { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: 0 1rem; padding: .2rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; }
pre { background: var(--panel); padding: .75rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; border-radius: .35rem; }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; }
summary { cursor: pointer; }
.source { background: var(--panel); padding: .75rem; border-radius: .35rem; overflow-wrap: anywhere; }
mark { color: inherit; border-radius: .15rem; padding: 0 .1rem; }
mark.head { background: var(--mark-head); }
mark.tail { background: var(--mark-tail); }
ul.errors { padding-left: 1.1rem; margin: .4rem 0; }
.kind { font-weight: 600; }
.missed { color: var(--other); } .spurious, .invented, .unread { color: var(--bad); } .relation { color: var(--ours); } .right { color: var(--good); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1rem; }
.warning { border-left: .25rem solid var(--bad); padding: .25rem .75rem; background: var(--panel); }
@media (max-width: 30rem) {
  dl > div { grid-template-columns: 1fr; }
  table { font-size: .85rem; }
  th, td { padding: .3rem .35rem; }
  td:first-child { min-width: 8rem; }
}
@media print { details { break-inside: avoid; } }
`;
