/**
 * BibTeX: `@article{key, title = {…}, abstract = "…"}`; values in braces, quotes, bare, or joined by `#`; LaTeX's accents, Greek letters and
 * markup become characters. Flat memory.
 *
 * A damaged entry is given up at the next line that begins one. Leaves out macros but the months (`@string` is skipped), cross-references, and mathematics
 * beyond Greek letters and exponents. No library: those that decode LaTeX hold the whole file and bring a parser of megabytes.
 */
import { BiogptError } from "../../../base/errors.ts";
import { readLines } from "../../../files/lines.ts";
import type { Document } from "../../document.ts";
import type { ReaderInput } from "../reader.ts";
import { documentFromReference } from "./reference.ts";

/** An entry with an abstract has some thousands of characters. */
const MAX_ENTRY_CHARACTERS = 4_000_000;
export const BIBTEX_ENTRY: RegExp = /^\s*@\s*([A-Za-z]{3,30})\s*[{(]/;

/** @throws BiogptError `corpora/bibtex` naming line and key, through `problem` */
export async function* readBibtex({ path, chunks, problem }: ReaderInput): AsyncGenerator<Document, void> {
  let lines: string[] = [];
  let begun = 0;
  let length = 0;
  const finish = function* (): Generator<Document, void> {
    const entry = lines.join("\n");
    lines = [];
    length = 0;
    const type = BIBTEX_ENTRY.exec(entry)?.[1]?.toLowerCase();
    if (type === undefined || ["string", "comment", "preamble"].includes(type)) return;
    try {
      const { key, fields } = parseEntry(entry, path, begun);
      const value = (...names: string[]): string | undefined =>
        names.map((name) => fields.get(name)).find((text) => text);
      yield documentFromReference(
        {
          title: value("title"),
          abstract: value("abstract"),
          pmid: value("pmid", "pubmed_id", "pubmedid") ?? /\bPMID: ?(\d{1,9})/.exec(value("note") ?? "")?.[1],
          pmcid: value("pmcid", "pmc"),
          doi: value("doi"),
          id: key,
          journal: value("journal", "journaltitle", "booktitle"),
          year: value("year", "date"),
          authors: (value("author") ?? "").split(/\s+and\s+/).filter((name) => name !== ""),
          keywords: (value("keywords") ?? "").split(/\s*[,;]\s*/).filter((word) => word !== ""),
        },
        path,
        begun,
      );
    } catch (error) {
      if (!(error instanceof BiogptError)) throw error;
      problem(error);
    }
  };
  for await (const { text, number } of readLines(path, chunks, problem)) {
    if (BIBTEX_ENTRY.test(text)) {
      yield* finish();
      begun = number;
    } else if (lines.length === 0) continue; // what stands between entries is a comment
    length += text.length;
    if (length > MAX_ENTRY_CHARACTERS) {
      problem(broken(path, begun, undefined, "it does not end"));
      lines = [];
      length = 0;
    } else lines.push(text);
  }
  yield* finish();
}

function parseEntry(entry: string, path: string, line: number): { key: string; fields: Map<string, string> } {
  const opening = BIBTEX_ENTRY.exec(entry)![0];
  const close = opening.endsWith("(") ? ")" : "}";
  let at = opening.length;
  const comma = entry.indexOf(",", at);
  if (comma < 0) {
    const end = entry.indexOf(close, at);
    if (end < 0) throw broken(path, line, undefined, "it has no end");
    return { key: entry.slice(at, end).trim(), fields: new Map() };
  }
  const key = entry.slice(at, comma).trim();
  const fields = new Map<string, string>();
  at = comma + 1;
  for (;;) {
    at = skip(entry, at, /[\s,]*/y);
    if (at >= entry.length) throw broken(path, line, key, "its last bracket is missing");
    if (entry[at] === close) return { key, fields };
    const name = match(entry, at, /([A-Za-z][\w:.+-]*)\s*=\s*/y);
    if (name === undefined) throw broken(path, line, key, `${JSON.stringify(entry.slice(at, at + 20))} is no field`);
    at += name[0].length;
    let value = "";
    for (;;) {
      const end = valueEnd(entry, at);
      if (end === undefined) throw broken(path, line, key, `the field ${name[1]} does not end`);
      const piece = entry.slice(at, end);
      value += /^["{]/.test(piece) ? piece.slice(1, -1) : piece.trim();
      at = skip(entry, end, /\s*/y);
      if (entry[at] !== "#") break;
      at = skip(entry, at + 1, /\s*/y);
    }
    const lower = name[1]!.toLowerCase();
    if (!fields.has(lower)) fields.set(lower, ["doi", "pmid", "pmcid"].includes(lower) ? value : fromLatex(value));
  }
}

function match(text: string, at: number, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function skip(text: string, at: number, pattern: RegExp): number {
  return at + (match(text, at, pattern)?.[0].length ?? 0);
}

/** Index after the value that begins at `start`: braces balance, also inside quotes; a backslash spares the character behind it. */
function valueEnd(text: string, start: number): number | undefined {
  const quoted = text[start] === '"';
  if (!quoted && text[start] !== "{") return start + match(text, start, /[^\s,#{}()"]*/y)![0].length;
  let depth = 0;
  for (let at = quoted ? start + 1 : start; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === "{") depth++;
    else if (character === "}") {
      if (--depth < 0) return undefined;
      if (depth === 0 && !quoted) return at + 1;
    } else if (character === '"' && quoted && depth === 0) return at + 1;
  }
  return undefined;
}

/** Combining characters of LaTeX's accents. */
const ACCENTS: Readonly<Record<string, string>> = {
  "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304", ".": "\u0307",
  u: "\u0306", v: "\u030c", H: "\u030b", c: "\u0327", k: "\u0328", r: "\u030a", d: "\u0323", b: "\u0331",
}; // biome-ignore format: a table
const SYMBOLS: Readonly<Record<string, string>> = {
  ss: "ß", ae: "æ", AE: "Æ", oe: "œ", OE: "Œ", o: "ø", O: "Ø", l: "ł", L: "Ł", aa: "å", AA: "Å", i: "ı", j: "ȷ",
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", varepsilon: "ε", zeta: "ζ", eta: "η", theta: "θ", kappa: "κ", lambda: "λ", mu: "μ",
  nu: "ν", xi: "ξ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", varphi: "φ", chi: "χ", psi: "ψ", omega: "ω",
  Gamma: "Γ", Delta: "Δ", Theta: "Θ", Lambda: "Λ", Sigma: "Σ", Phi: "Φ", Psi: "Ψ", Omega: "Ω",
  textless: "<", textgreater: ">", textendash: "–", textemdash: "—", textquoteright: "’", textquoteleft: "‘", textdegree: "°", textmu: "µ",
  pm: "±", times: "×", leq: "≤", le: "≤", geq: "≥", ge: "≥", sim: "~", approx: "≈", degree: "°", cdot: "·", rightarrow: "→", infty: "∞",
}; // biome-ignore format: a table

/** LaTeX to plain characters. */
export function fromLatex(text: string): string {
  if (!/[\\{}$~]|--|``|''/.test(text)) return text;
  return text
    .replace(/\\([`'^~"=.])\s?(?:\{\\?([A-Za-z])\}|\\?([A-Za-z]))/g, accented)
    .replace(/\\([uvHckrdb])(?:\s?\{\\?([A-Za-z])\}|\s([A-Za-z]))/g, accented)
    .replace(/\\(?:text)?(?:super|sub)script\{([^{}]{0,40})\}|[_]\{([^{}]{0,40})\}/g, "$1$2")
    .replace(/\^\{([^{}]{0,40})\}/g, (_, raised: string) => (/^[-−+]?\d+$/.test(raised) ? `^${raised}` : raised))
    .replace(
      /\\([A-Za-z]{1,20})(?:\s*\{\}|\s+|(?![A-Za-z]))/g,
      (whole, name: string) => SYMBOLS[name] ?? (COMMANDS.test(whole) ? "" : whole),
    )
    .replace(/\\([%&#$_{}])/g, (_, character: string) => (character === "{" || character === "}" ? "" : `${character}`))
    .replace(/\\[,!]/g, "")
    .replace(/\\[\\;: ]|(?<!\\)~/g, " ")
    .replace(/(?<=[\p{L}\d])\^(?=[^\d+−-])/gu, "")
    .replace(/[{}$]/g, "")
    .replace(/---/g, "—")
    .replace(/--/g, "–")
    .replace(/``|''/g, '"')
    .normalize("NFC");
}

/** Commands whose argument is what counts. */
const COMMANDS =
  /^\\(?:emph|textit|textbf|textrm|textsc|texttt|textsf|text|mathrm|mathit|mathbf|ensuremath|it|bf|em|rm|sc|url|href|mbox)\b/;

function accented(_: string, accent: string, braced: string | undefined, bare: string | undefined): string {
  return `${braced ?? bare ?? ""}${ACCENTS[accent] ?? ""}`;
}

function broken(path: string, line: number, key: string | undefined, why: string): BiogptError {
  return new BiogptError("corpora/bibtex", {
    what: `The entry ${key === undefined ? "" : `${key} `}in line ${line} of ${path} is broken: ${why}.`,
    fix: "Correct the entry, or export it again.",
  });
}
