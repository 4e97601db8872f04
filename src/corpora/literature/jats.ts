/**
 * JATS full text, as PubMed Central and publishers give it: an article a document, one at a time of a set; flat memory apart from the article.
 *
 * Passages  title; abstract with "LABEL: " before its sections; each section's own paragraphs (label: its headings, joined by " > "), one paragraph
 *           a line; a passage of its own for each table, caption and footnote of a table, and for each figure's caption. `infons.type` tells them
 *           apart: paragraphs, table, table-caption, table-footnotes, figure-caption, box, acknowledgements.
 * Text      as xml-text.ts makes it; numbers of references that are raised are dropped, those in brackets stay; cells of a table are parted by " | ", rows by
 *           lines.
 * Left out  references, author notes, formulas given as pictures or TeX beside MathML, supplementary material, reviews and answers (sub-article).
 */
import { type Document, isRetracted, type Passage } from "../document.ts";
import { bareDoi, fullCitation, yearOf } from "./fields.ts";
import type { ReaderInput } from "./reader.ts";
import { cutElements } from "./xml-elements.ts";
import { child, children, rawText, type XmlElement, type XmlRules } from "./xml-record.ts";
import { textOf } from "./xml-text.ts";

const RULES: XmlRules = {
  skipped: new Set([
    "ref-list",
    "tex-math",
    "sub-article",
    "response",
    "supplementary-material",
    "graphic",
    "media",
    "floats-wrap",
  ]),
  mixed: "all",
};

/** @throws BiogptError `corpora/xml…`, for an article through `problem` */
export async function* readJats(input: ReaderInput): AsyncGenerator<Document, void> {
  for await (const { element, offset } of cutElements(input, "article", RULES)) {
    yield documentFromArticle(element, input.path, offset);
  }
}

function documentFromArticle(article: XmlElement, path: string, offset: number): Document {
  const front = child(article, "front");
  const meta = child(front, "article-meta");
  const passages: Passage[] = [];
  const title = proseOf(child(child(meta, "title-group"), "article-title"));
  if (title !== "") passages.push({ kind: "title", text: title });
  const abstracts = children(meta, "abstract");
  // Further abstracts are graphical ones, summaries for editors or lay readers.
  const main = abstracts.find(({ attributes }) => attributes["abstract-type"] === undefined) ?? abstracts[0];
  const abstract = abstractOf(main);
  if (abstract !== "") passages.push({ kind: "abstract", text: abstract });
  const body = child(article, "body");
  if (body !== undefined) readSection(body, [], passages);
  for (const floats of children(article, "floats-group")) readSection(floats, [], passages);
  for (const acknowledgement of children(child(article, "back"), "ack")) {
    readSection(acknowledgement, ["Acknowledgements"], passages, "acknowledgements");
  }
  for (const section of children(child(article, "back"), "sec")) readSection(section, headingOf(section, []), passages);

  const idOf = (type: string): string =>
    textOf(children(meta, "article-id").find(({ attributes }) => attributes["pub-id-type"] === type));
  const number = /\d+/.exec(idOf("pmc") || idOf("pmcid"))?.[0];
  const journal = child(front, "journal-meta");
  const dates = children(meta, "pub-date").map((date) => yearOf(textOf(child(date, "year"))) ?? 9999);
  const types = [article.attributes["article-type"] ?? ""].filter((type) => type !== "");
  const retracted =
    article.attributes["article-type"] === "retracted-article" || /^retracted(?: article)?:/i.test(title);
  const citation = fullCitation({
    pmid: /^\d{1,9}$/.exec(idOf("pmid"))?.[0],
    pmcid: number === undefined ? undefined : `PMC${number}`,
    doi: bareDoi(idOf("doi")),
    journal: textOf(child(child(journal, "journal-title-group") ?? journal, "journal-title")),
    year: dates.length === 0 ? undefined : Math.min(...dates) === 9999 ? undefined : Math.min(...dates),
    publicationTypes: types,
    keywords: children(meta, "kwd-group").flatMap((group) => children(group, "kwd").map(textOf)),
    retracted: retracted || isRetracted(types, []) || undefined,
  });
  const id = citation?.pmid ?? citation?.pmcid ?? citation?.doi ?? `${path}@${offset}`;
  return { id, source: path, passages, ...(citation === undefined ? {} : { citation }) };
}

function abstractOf(abstract: XmlElement | undefined): string {
  if (abstract === undefined) return "";
  const parts: string[] = [];
  for (const node of elementsOf(abstract)) {
    if (node.name === "title" || node.name === "label" || node.name === "object-id") continue;
    if (node.name === "sec") {
      const label = proseOf(child(node, "title")).replace(/[:.]$/, "");
      const text = elementsOf(node)
        .filter(({ name }) => name !== "title" && name !== "label")
        .map(proseOf)
        .join(" ")
        .trim();
      if (text !== "") parts.push(label === "" ? text : `${label}: ${text}`);
    } else parts.push(proseOf(node));
  }
  return parts.filter((part) => part !== "").join(" ");
}

const CAPTIONED: Readonly<Record<string, string>> = { fig: "figure-caption", "table-wrap": "table-caption" };

/** Adds a section's own paragraphs as one passage, then what stands inside it: tables, figures, boxes, sections. */
function readSection(section: XmlElement, headings: readonly string[], passages: Passage[], type = "paragraphs"): void {
  const paragraphs: string[] = [];
  const floats: XmlElement[] = [];
  const sections: XmlElement[] = [];
  for (const node of elementsOf(section)) {
    if (node.name === "sec") sections.push(node);
    else if (FLOATS.has(node.name)) floats.push(node);
    else if (node.name !== "title" && node.name !== "label") {
      floats.push(...inside(node));
      const text = proseOf(node);
      if (text !== "") paragraphs.push(text);
    }
  }
  const label = headings.length === 0 ? {} : { label: headings.join(" > ") };
  if (paragraphs.length > 0) passages.push({ kind: "text", text: paragraphs.join("\n"), ...label, infons: { type } });
  for (const float of floats) readFloat(float, headings, passages);
  for (const inner of sections) readSection(inner, headingOf(inner, headings), passages, type);
}

/** Elements with passages of their own, wherever they stand. */
const FLOATS: ReadonlySet<string> = new Set(["fig", "fig-group", "table-wrap", "table-wrap-group", "boxed-text"]);

function readFloat(float: XmlElement, headings: readonly string[], passages: Passage[]): void {
  const label = headings.length === 0 ? {} : { label: headings.join(" > ") };
  const add = (type: string, text: string): void => {
    if (text !== "") passages.push({ kind: "text", text, ...label, infons: { type } });
  };
  if (float.name === "boxed-text") {
    readSection(float, headingOf(float, headings), passages, "box");
    return;
  }
  if (float.name.endsWith("-group")) {
    for (const inner of elementsOf(float)) if (FLOATS.has(inner.name)) readFloat(inner, headings, passages);
    return;
  }
  const number = proseOf(child(float, "label"));
  const caption = elementsOf(child(float, "caption"))
    .map(proseOf)
    .filter((text) => text !== "")
    .join(" ");
  add(CAPTIONED[float.name]!, [number, caption].filter((text) => text !== "").join(" "));
  for (const table of descendants(float, "table")) add("table", tableText(table));
  for (const foot of children(float, "table-wrap-foot")) add("table-footnotes", proseOf(foot));
}

function tableText(table: XmlElement): string {
  return descendants(table, "tr")
    .map((row) => elementsOf(row).map(proseOf).join(" | ").trim())
    .filter((row) => row.replace(/[| ]/g, "") !== "")
    .join("\n");
}

function headingOf(section: XmlElement, above: readonly string[]): readonly string[] {
  const heading = proseOf(child(section, "title") ?? child(child(section, "caption"), "title"));
  return heading === "" ? above : [...above, heading];
}

function elementsOf(element: XmlElement | undefined): XmlElement[] {
  return (element?.children ?? []).filter((node): node is XmlElement => typeof node !== "string");
}

/** Elements of a name at any depth, the outermost ones. */
function descendants(element: XmlElement, name: string): XmlElement[] {
  return elementsOf(element).flatMap((node) => (node.name === name ? [node] : descendants(node, name)));
}

/** Floats inside a paragraph. */
function inside(element: XmlElement): XmlElement[] {
  return elementsOf(element).flatMap((node) => (FLOATS.has(node.name) ? [node] : inside(node)));
}

/** Text of a paragraph without its floats, footnotes and raised numbers of references; blocks inside it are parted. */
function proseOf(element: XmlElement | undefined): string {
  return element === undefined ? "" : textOf({ ...element, children: element.children.map(prose) });
}

function prose(node: XmlElement | string): XmlElement | string {
  if (typeof node === "string") return node;
  if (FLOATS.has(node.name) || LEFT_OUT.has(node.name) || isRaisedReference(node)) return "";
  // One of two renderings of a formula: MathML where there is some.
  if (node.name === "alternatives") {
    const [chosen] = elementsOf(node).filter(({ name }) => name.endsWith("math"));
    return chosen ?? "";
  }
  const inner = { ...node, children: node.children.map(prose) };
  return BLOCKS.has(node.name) ? { ...inner, children: [" ", ...inner.children, " "] } : inner;
}

const LEFT_OUT: ReadonlySet<string> = new Set([
  "fn",
  "fn-group",
  "object-id",
  "inline-graphic",
  "inline-supplementary-material",
]);
const BLOCKS: ReadonlySet<string> = new Set([
  "p",
  "list",
  "list-item",
  "disp-formula",
  "disp-quote",
  "def-item",
  "term",
  "def",
  "break",
  "title",
]);

/** `<sup><xref ref-type="bibr">12</xref></sup>` and the reverse: a number that would stick to the word before it. */
function isRaisedReference(node: XmlElement): boolean {
  const onlyNumbers = /^[\s\d,;–-]*$/.test(rawText(node));
  if (!onlyNumbers) return false;
  const isReference = (element: XmlElement): boolean => element.attributes["ref-type"] === "bibr";
  if (node.name === "sup") return elementsOf(node).some(isReference);
  return node.name === "xref" && isReference(node) && elementsOf(node).some(({ name }) => name === "sup");
}
