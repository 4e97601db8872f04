/**
 * The formats that documents are read from: one record each. A new one is a name in format-names.ts, a record here, its reader, and a row in docs/formats/input.md.
 *
 * Formats are asked in the order of their names: each `sniff` may take for granted that those before it said no.
 */
import { readBiocXml } from "./annotated/bioc-xml.ts";
import { PUBTATOR_LINE, readPubtator } from "./annotated/pubtator.ts";
import type { Format } from "./format-names.ts";
import { readJats } from "./jats.ts";
import { readJson, readJsonLines } from "./json-lines.ts";
import { isProse, readPlainText, readTextLines } from "./plain-text.ts";
import { ABSTRACT_TEXT_RECORD, readAbstractText } from "./pubmed/abstract-text.ts";
import { nbibRevisions, readNbib } from "./pubmed/nbib.ts";
import { pubmedXmlRevisions, readPubmedXml } from "./pubmed/pubmed-xml.ts";
import type { DocumentFormat, Head } from "./reader.ts";
import { BIBTEX_ENTRY, readBibtex } from "./references/bibtex.ts";
import { readEndnoteXml } from "./references/endnote-xml.ts";
import { hasText, readCsv, readTsv, tableHeader } from "./references/table.ts";
import { readEndnoteTagged, readRis } from "./references/tagged.ts";
import { xmlRoot } from "./xml-elements.ts";

const hasRoot =
  (...names: readonly string[]): DocumentFormat["sniff"] =>
  ({ text }) =>
    names.includes(xmlRoot(text) ?? "");

export const DOCUMENT_FORMATS: Readonly<Record<Format, DocumentFormat>> = {
  "pubmed-xml": {
    title: "PubMed XML: baseline and update files, efetch, MEDLINE's older sets",
    extensions: ["xml"],
    sniff: hasRoot(
      ...["PubmedArticleSet", "MedlineCitationSet", "PubmedBookArticleSet"],
      ...["PubmedArticle", "MedlineCitation", "PubmedBookArticle", "DeleteCitation"],
    ),
    read: (input) => readPubmedXml(input.path, input.chunks, input),
    revisions: pubmedXmlRevisions,
  },
  jats: {
    title: "JATS full text, as PubMed Central and publishers give it",
    extensions: ["xml", "nxml"],
    sniff: hasRoot("article", "pmc-articleset", "OAI-PMH"),
    read: readJats,
  },
  "bioc-xml": { title: "BioC XML", extensions: ["xml"], sniff: hasRoot("collection"), read: readBiocXml },
  "endnote-xml": {
    title: "EndNote XML",
    extensions: ["xml"],
    sniff: ({ text }) => ["xml", "records"].includes(xmlRoot(text) ?? "") && /<records?[\s>]/.test(text),
    read: readEndnoteXml,
  },
  "json-lines": {
    title: "JSON Lines: one document a line",
    extensions: ["jsonl", "ndjson"],
    sniff: isJsonLines,
    read: readJsonLines,
  },
  "bioc-json": {
    title: "BioC JSON, PubTator 3's export too",
    extensions: ["json"],
    sniff: (head) => isJson(head) && (HAS_DOCUMENTS.test(head.text) || /"passages"\s*:\s*\[/.test(head.text)),
    read: readJson,
  },
  json: {
    title: "JSON: one array of documents, or objects over several lines",
    extensions: ["json"],
    sniff: isJson,
    read: readJson,
  },
  pubtator: {
    title: "PubTator",
    extensions: ["pubtator", "txt"],
    sniff: ({ lines }) => lines.slice(0, 3).some((line) => PUBTATOR_LINE.exec(line)?.[2] === "t"),
    read: readPubtator,
  },
  ris: {
    title: "RIS",
    extensions: ["ris"],
    sniff: ({ lines }) => lines.some((line) => /^TY {1,2}- ?\w/.test(line)),
    read: readRis,
  },
  endnote: {
    title: "EndNote's tagged format (Refer)",
    extensions: ["enw"],
    sniff: ({ text }) => /^%0 \w/.test(text) || (/^%[AT] /.test(text) && /^%[TX] /m.test(text)),
    read: readEndnoteTagged,
  },
  bibtex: {
    title: "BibTeX",
    extensions: ["bib"],
    sniff: ({ text, lines }) => /^[@%]/.test(text) && lines.some((line) => BIBTEX_ENTRY.test(line)),
    read: readBibtex,
  },
  "pubmed-text": {
    title: 'PubMed\'s "Abstract (text)"',
    extensions: ["txt"],
    sniff: ({ lines }) =>
      ABSTRACT_TEXT_RECORD.test(lines[0] ?? "") && lines.slice(1, 6).some((line) => line.trim() === ""),
    read: readAbstractText,
  },
  nbib: {
    title: "MEDLINE's tagged format, PubMed's \"PubMed\" (nbib)",
    extensions: ["nbib", "txt"],
    sniff: ({ lines }) => MEDLINE_TAG.test(lines[0] ?? "") && lines.filter((line) => MEDLINE_TAG.test(line)).length > 1,
    read: (input) => readNbib(input.path, input),
    revisions: nbibRevisions,
  },
  tsv: {
    title: "TSV with a header",
    extensions: ["tsv", "tab", "txt"],
    sniff: (head) => isTable(head, ["\t"]),
    read: readTsv,
  },
  csv: { title: "CSV with a header", extensions: ["csv"], sniff: (head) => isTable(head, [",", ";"]), read: readCsv },
  text: {
    title: "Plain text: one document a file",
    extensions: ["txt", "md"],
    sniff: ({ text }) => isProse(text),
    read: readPlainText,
  },
  "text-lines": {
    title: "Plain text: one document a line",
    extensions: ["txt"],
    sniff: () => false,
    read: readTextLines,
  },
};

const HAS_DOCUMENTS = /"(?:documents|PubTator3)"\s*:\s*\[/;

function isJson({ text }: Head): boolean {
  return /^\{\s*["}]/.test(text) || /^\[\s*[[{"\d\]]/.test(text);
}

/** A line by itself is a whole object; a first line that does not end within the head is taken for one unless it begins a collection. */
function isJsonLines({ text, lines, whole }: Head): boolean {
  if (!text.startsWith("{")) return false;
  const complete = whole ? lines : lines.slice(0, -1);
  if (complete.length === 0) return !HAS_DOCUMENTS.test(text);
  return complete.some((line) => line.startsWith("{") && isObject(line));
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !("documents" in value || "PubTator3" in value);
  } catch {
    return false;
  }
}

/** Four columns with a tag of the MEDLINE display format, a hyphen, a space. */
const MEDLINE_TAG =
  /^(?:PMID|OWN |STAT|DCOM|LR {2}|IS {2}|VI {2}|IP {2}|DP {2}|TI {2}|PG {2}|LID |AB {2}|CI {2}|AD {2}|FAU |AU {2}|AUID|LA {2}|PT {2}|DEP |PL {2}|TA {2}|JT {2}|JID |SB {2}|MH {2}|OT {2}|OTO |PMC |EDAT|MHDA|CRDT|PHST|AID |PST |SO {2}|DA {2}|PUBM|RN {2}|GR {2}|SI {2}|BTI |TT {2}|OAB |CN {2})- /;

/** Two known columns and text; the ending of the name stands in for one of them. */
function isTable({ lines, extension }: Head, delimiters: readonly string[]): boolean {
  const header = tableHeader(lines[0] ?? "");
  if (header === undefined || !delimiters.includes(header.delimiter) || !hasText(header)) return false;
  return Object.keys(header.roles).length > 1 || ["csv", "tsv", "tab"].includes(extension);
}
