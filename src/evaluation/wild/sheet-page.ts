/** The same sheet as a page for a browser, without anything from elsewhere: a choice a line, and a button that saves the table. */
import { basename } from "node:path";
import { rulesOf, SHEET_COLUMNS, type Sheet } from "./sheet.ts";

/** @param table what the saved table is called */
export function sheetPage(sheet: Sheet, table = "sheet.tsv"): string {
  const download = JSON.stringify(basename(table)).replaceAll("<", "\\u003c");
  const rules = rulesOf(sheet).map(([scheme, rule]) => `<li><b>${escaped(scheme)}</b>: ${escaped(rule)}</li>`);
  const lines = sheet.lines.map(({ id, scheme, head, relation, tail, text, documentId }) => {
    const cells = [id, scheme, head, relation, tail, text, documentId].map(String);
    const choices = ["right", "wrong"].map(
      (one) => `<label><input type="radio" name="${id}" value="${one}"> ${one}</label>`,
    );
    return `<section data-cells="${escaped(JSON.stringify(cells))}"><p>${marked(text, [head, tail])}</p><p><b>${escaped(head)}</b> → <i>${escaped(relation)}</i> → <b>${escaped(tail)}</b> <small>${escaped(scheme)}, ${escaped(documentId)}</small></p>${choices.join(" ")}</section>`;
  });
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sheet ${sheet.name}</title>
<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}section{border-top:1px solid #999;padding:.5em 0}mark{background:#fe8}label{margin-right:1em}</style>
<h1>Sheet ${sheet.name}</h1><p>Is what each line says right? Judge by the text alone, by these rules:</p><ul>${rules.join("")}</ul>
${lines.join("\n")}
<p><button>Save the judged table</button> <output></output></p>
<script>
const clean = (cell) => { const one = cell.replace(/[\\t\\r\\n]+/g, " "); return /["]/.test(one) ? '"' + one.replaceAll('"', '""') + '"' : one; };
document.querySelector("button").onclick = () => {
  const rows = [...document.querySelectorAll("section")].map((section) =>
    [...JSON.parse(section.dataset.cells), section.querySelector("input:checked")?.value ?? ""].map(clean).join("\\t"));
  const left = rows.filter((row) => row.endsWith("\\t")).length;
  document.querySelector("output").textContent = left === 0 ? "" : left + " lines are not judged.";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["# sheet ${sheet.name}\\n${SHEET_COLUMNS.join("\\t")}\\n" + rows.join("\\n") + "\\n"]));
  link.download = ${download};
  link.click();
};
</script></html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Every place of the names, in any case. */
function marked(text: string, names: readonly string[]): string {
  const patterns = names
    .map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .sort((a, b) => b.length - a.length);
  return text
    .split(new RegExp(`(${patterns.join("|")})`, "giu"))
    .map((part, at) => (at % 2 === 1 ? `<mark>${escaped(part)}</mark>` : escaped(part)))
    .join("");
}
