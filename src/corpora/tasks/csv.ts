/**
 * Comma-separated values as MMLU's files are: RFC 4180, fields in double quotes may hold commas, quotes (doubled) and line ends.
 *
 * Left out  headers, other separators, and anything but whole files in memory.
 */
import { BiogptError } from "../../base/errors.ts";

/** @throws BiogptError `corpora/csv` for a quote that does not close or is followed by text */
export function parseCsv(text: string, name: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  const refuse = (why: string): BiogptError =>
    new BiogptError("corpora/csv", { what: `${name}, row ${rows.length + 1}: ${why}.`, fix: "Fetch the file again." });
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      for (at++; ; at++) {
        const close = text.indexOf('"', at);
        if (close < 0) throw refuse("a quote does not close");
        field += text.slice(at, close);
        at = close + 1;
        if (text[at] !== '"') break;
        field += '"';
      }
      if (at < text.length && !",\r\n".includes(text[at]!)) throw refuse("text follows a closing quote");
    } else {
      const start = at;
      while (at < text.length && !",\r\n".includes(text[at]!)) at++;
      field = text.slice(start, at);
    }
    row.push(field);
    if (text[at] === ",") {
      at++;
      if (at === text.length) row.push("");
      else if (!"\r\n".includes(text[at]!)) continue;
      else row.push("");
    }
    if (text.startsWith("\r\n", at)) at += 2;
    else if (at < text.length) at++;
    if (row.length > 1 || row[0] !== "") rows.push(row); // empty lines are none
    row = [];
  }
  return rows;
}
