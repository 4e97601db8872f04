/** Tells the format of a file by its first characters, and by their real names what files cannot be read. */
import { BiogptError } from "../../base/errors.ts";
import { decodeUtf8 } from "../../files/bytes.ts";
import { notText } from "../../files/lines.ts";
import { FORMATS, type Format } from "./format-names.ts";
import { DOCUMENT_FORMATS } from "./formats.ts";
import type { Head } from "./reader.ts";
import { hasText, tableHeader } from "./references/table.ts";
import { xmlRoot } from "./xml-elements.ts";

/** @throws BiogptError `corpora/not-text`, `corpora/not-a-document`, `corpora/without-abstracts`, `corpora/xml-root`, `corpora/unknown-content` */
export function detectFormat(bytes: Buffer, path: string, isWhole = false): Format {
  if (bytes.subarray(0, 512).includes(0)) throw notText(path);
  const head = headOf(bytes, path, isWhole);
  const refusal = REFUSALS.find(({ sniff }) => sniff(head));
  if (refusal === undefined || refusal.yields) {
    const format = FORMATS.find((name) => DOCUMENT_FORMATS[name].sniff(head));
    if (format !== undefined) return format;
  }
  if (refusal !== undefined) {
    throw new BiogptError(refusal.code, {
      what: `${path} is ${refusal.name(head)}.`,
      why: refusal.why,
      fix: refusal.fix(head),
    });
  }
  // Text in another encoding looks like no prose; its own error names the byte. A character cut at the end of the head is none.
  decodeUtf8(isWhole ? bytes : bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1), path, 0);
  throw new BiogptError("corpora/unknown-content", {
    what: `${path} is none of the formats that are read, and no prose: it begins with ${JSON.stringify(head.text.slice(0, 60))}.`,
    why: "Reading it as text would make one document of whatever it is.",
    fix: "Give --input-format text if it is text all the same; docs/formats/input.md lists the formats.",
  });
}

/** The format, or undefined for text that is none of the known ones: lists and notes. */
export function sniffFormat(bytes: Buffer, path: string): Format | undefined {
  const head = headOf(bytes, path, false);
  return FORMATS.find((name) => DOCUMENT_FORMATS[name].sniff(head));
}

/** Enough for a declaration, a DOCTYPE and a comment before the first element, a long header of a table, some records. */
const HEAD_BYTES = 16 * 1024;

function headOf(bytes: Buffer, path: string, isWhole: boolean): Head {
  const text = bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  const extension = /\.([a-z0-9]{1,10})$/.exec(path.toLowerCase().replace(/\.gz$/, ""))?.[1] ?? "";
  return { text, lines: text.split(/\r?\n|\r/), whole: isWhole && bytes.length <= HEAD_BYTES, extension };
}

interface Refusal {
  readonly code: string;
  readonly name: (head: Head) => string;
  readonly sniff: (head: Head) => boolean;
  readonly why: string;
  readonly fix: (head: Head) => string;
  /** Whether a known format goes first: the refusal is for what is left. */
  readonly yields?: boolean;
}

const NO_ABSTRACTS = "There are no abstracts in it, and relations are read from text.";
const SAVE_AS_PUBMED = 'In PubMed choose Save, Format "PubMed" or "Abstract (text)"';

/** Roots of XML that is something else. */
const OTHER_ROOTS: Readonly<Record<string, readonly [name: string, fix: string]>> = {
  html: ["a web page, perhaps a server's error page", "Fetch the XML itself, or save the text of the page."],
  efetchresult: ["an error answer of efetch", "Look into it and fetch again."],
  esearchresult: ["an answer of esearch: PMIDs alone", "Fetch their records with efetch (rettype=xml)."],
  esummaryresult: ["an answer of esummary, which has no abstracts", "Fetch the records with efetch (rettype=xml)."],
  uniprot: ["UniProt's XML: proteins", "Texts about proteins are read, for example from PubMed."],
  tei: ["TEI, as GROBID writes it", "Get the article's JATS from PubMed Central, or save its text."],
  rss: ["a news feed", "Fetch the articles that it names."],
  descriptorrecordset: ["the MeSH vocabulary", "It names concepts and has no text to read."],
};

const REFUSALS: readonly Refusal[] = [
  {
    code: "corpora/without-abstracts",
    name: ({ lines }) =>
      `a list of PMIDs (${lines
        .slice(0, 2)
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .join(", ")}, …)`,
    sniff: ({ text, lines, whole }) =>
      text !== "" &&
      (whole ? lines : lines.slice(0, Math.max(1, lines.length - 1))).every((line) =>
        /^\s*(?:(?:PMID:?\s*)?\d{1,8}[,;]?)?\s*$/i.test(line),
      ),
    why: NO_ABSTRACTS,
    fix: ({ lines }) =>
      `Fetch the records: https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi?db=pubmed&retmode=xml&id=${/\d+/.exec(lines[0] ?? "")?.[0] ?? ""},… (200 PMIDs at a time); or ${SAVE_AS_PUBMED.replace("In", "in")}.`,
  },
  {
    code: "corpora/without-abstracts",
    name: () => 'PubMed\'s "Summary (text)"',
    sniff: ({ text }) => /^\d{1,6}: \p{L}/u.test(text) && /\bPMID: ?\d{1,9}/.test(text),
    why: NO_ABSTRACTS,
    fix: () => `${SAVE_AS_PUBMED}.`,
  },
  {
    code: "corpora/without-abstracts",
    name: ({ lines }) => (isPubMedCsv(lines[0] ?? "") ? "PubMed's CSV" : "a table of titles without abstracts"),
    sniff: ({ lines, extension }) => {
      const header = tableHeader(lines[0] ?? "");
      if (header === undefined || hasText(header) || header.roles.title === undefined) return false;
      return ["csv", "tsv", "tab"].includes(extension) || Object.keys(header.roles).length > 1;
    },
    why: NO_ABSTRACTS,
    fix: ({ lines }) =>
      isPubMedCsv(lines[0] ?? "")
        ? `${SAVE_AS_PUBMED}.`
        : "Export the abstracts too; --input-format csv or tsv reads the titles alone.",
  },
  {
    code: "corpora/not-a-document",
    name: () => "FASTA: sequences",
    sniff: ({ text }) => /^>[^\n]*\n(?:[A-Za-z*-]{1,200}\s*\n?){1,3}/.test(text) && !/^>\s/.test(text),
    why: "Documents are texts.",
    fix: () => "Texts about proteins and genes are read, for example from PubMed.",
  },
  {
    code: "corpora/not-a-document",
    name: () => "a flat file of UniProt, EMBL or GenBank",
    sniff: ({ text }) => /^ID {3}\S.{0,200}(?:Reviewed|Unreviewed|; SV )/.test(text) || /^LOCUS {2,}\S/.test(text),
    why: "Documents are texts.",
    fix: () => "Texts about proteins and genes are read, for example from PubMed.",
  },
  {
    code: "corpora/not-a-document",
    name: () => "LaTeX",
    sniff: ({ text }) => /^(?:%[^\n]*\n|\s)*\\(?:documentclass|begin\{document\})/.test(text),
    why: "Its commands would be read as words.",
    fix: () => "Convert it to text first, for example with `pandoc -t plain`.",
  },
  {
    code: "corpora/xml-root",
    name: ({ text }) => {
      const root = xmlRoot(text) ?? "?";
      return OTHER_ROOTS[root.toLowerCase()]?.[0] ?? `XML of another kind: its first element is <${root}>`;
    },
    sniff: ({ text }) => /^<(?:[?!]|\/?[A-Za-z_])/.test(text) && /^<(?:[?!]|[\w:.-]+[\s/>])/.test(text),
    why: "PubMed XML, JATS, BioC and EndNote's XML are read.",
    fix: ({ text }) =>
      OTHER_ROOTS[(xmlRoot(text) ?? "").toLowerCase()]?.[1] ?? "Export it in one of these, or as JSON Lines.",
    yields: true,
  },
  {
    code: "corpora/unknown-content",
    name: ({ lines }) =>
      `a table whose columns have no known name: ${columnsOf(lines[0] ?? "")
        .slice(0, 8)
        .join(", ")}`,
    sniff: ({ lines, whole, extension }) => isUnknownTable(whole ? lines : lines.slice(0, -1), extension),
    why: "A table has a header with `title` and `abstract`, or `text`, and may have `pmid`, `doi`, `year`, `journal`.",
    fix: () => "Rename its columns, or write JSON Lines.",
    yields: true,
  },
];

function isPubMedCsv(header: string): boolean {
  return /^"?PMID"?,"?Title"?,"?Authors"?,/.test(header);
}

function columnsOf(line: string): string[] {
  return line.split(line.includes("\t") ? "\t" : line.includes(";") ? ";" : ",").map((column) => column.trim());
}

/** Lines with equally many tabs, or with commas in a file that says so by its name. */
function isUnknownTable(lines: readonly string[], extension: string): boolean {
  const rows = lines.filter((line) => line.trim() !== "").slice(0, 5);
  const columns = rows.map((row) => columnsOf(row).length);
  if (rows.length < 2 || columns[0]! < 2) return false;
  if (rows.every((row) => row.includes("\t"))) return columns.every((count) => count === columns[0]);
  return extension === "csv";
}
