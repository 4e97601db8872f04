/**
 * One XML record as a small tree, by two parsers that give the same: a strict scanner for what PubMed's files, BioC and JATS mostly consist
 * of (elements, attributes, text, the five entities and character references), and saxes for everything else
 * (comments, CDATA, processing instructions) and for every error message.
 *
 * The scanner jumps over the elements that the rules skip without looking into them; saxes reads and forgets them. So a fault
 * inside such an element is seen only where saxes reads the record.
 */
import { SaxesParser } from "saxes";
import { BiogptError } from "../../base/errors.ts";

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (XmlElement | string)[];
}

/** How a vocabulary of elements is read. */
export interface XmlRules {
  /** Elements that are jumped over with all they hold. */
  readonly skipped: ReadonlySet<string>;
  /** Elements with text and markup mixed, where spaces between elements count; `all` keeps every space. */
  readonly mixed: ReadonlySet<string> | "all";
}

/** Parts of a PubMed record that no `Citation` needs: about two thirds of a modern record's bytes. */
const PUBMED_SKIPPED: ReadonlySet<string> = new Set([
  "ReferenceList",
  "History",
  "Pagination",
  "DateCompleted",
  "DateRevised",
  "DateCreated",
  "ArticleDate",
  "ISSN",
  "GrantList",
  "ChemicalList",
  "MedlineJournalInfo",
  "DataBankList",
  "AffiliationInfo",
  "Affiliation",
  "Identifier",
  "CoiStatement",
  "InvestigatorList",
  "PersonalNameSubjectList",
  "GeneSymbolList",
  "SupplMeshList",
  "ObjectList",
  "PublicationStatus",
  "CopyrightInformation",
  "GeneralNote",
  "Sections",
  "NumberOfReferences",
]);

const PUBMED_MIXED: ReadonlySet<string> = new Set([
  "ArticleTitle",
  "VernacularTitle",
  "BookTitle",
  "AbstractText",
  "Keyword",
  "CollectiveName",
  "LastName",
  "RefSource",
]);

export const PUBMED_RULES: XmlRules = { skipped: PUBMED_SKIPPED, mixed: PUBMED_MIXED };

/** MathML in abstracts nests some twenty deep. */
const MAX_DEPTH = 100;

class TreeBuilder {
  root: XmlElement | undefined;
  readonly #open: XmlElement[] = [];
  readonly #rules: XmlRules;
  #mixed = 0;

  constructor(rules: XmlRules) {
    this.#rules = rules;
  }

  /** Whether spaces between elements count here. */
  get isMixed(): boolean {
    return this.#rules.mixed === "all" || this.#mixed > 0;
  }

  get top(): string | undefined {
    return this.#open.at(-1)?.name;
  }

  start(name: string, attributes: Readonly<Record<string, string>>, selfClosing: boolean): void {
    const element: XmlElement = { name, attributes, children: [] };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.root = element;
    else parent.children.push(element);
    if (selfClosing) return;
    if (this.#open.length >= MAX_DEPTH) {
      throw new BiogptError("corpora/xml-depth", {
        what: `A record nests elements more than ${MAX_DEPTH} deep, the last is <${name}>.`,
        why: "Records of the literature nest some twenty deep.",
        fix: "Check what wrote the file.",
      });
    }
    this.#open.push(element);
    if (this.#isMixed(name)) this.#mixed++;
  }

  text(text: string): void {
    if (text === "" || (!this.isMixed && isBlank(text))) return;
    this.#open.at(-1)?.children.push(text);
  }

  end(): void {
    if (this.#isMixed(this.#open.pop()?.name ?? "")) this.#mixed--;
  }

  #isMixed(name: string): boolean {
    return this.#rules.mixed !== "all" && this.#rules.mixed.has(name);
  }
}

const LESS_THAN = 60;
const SLASH = 47;

function isSpaceCode(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13;
}

function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isSpaceCode(text.charCodeAt(i))) return false;
  return true;
}

/** @throws BiogptError `corpora/xml` naming the record's byte, `corpora/xml-depth` */
export function parseRecord(text: string, path: string, offset: number, rules: XmlRules = PUBMED_RULES): XmlElement {
  return scanRecord(text, rules) ?? parseRecordBySaxes(text, path, offset, rules);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids these characters
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const NAME = /^[A-Za-z_][\w.:-]*$/;
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;
const NO_ATTRIBUTES: Readonly<Record<string, string>> = Object.freeze({});
const NAMES = new Set<string>(); // checked before; PubMed has some 200

/** The tree, or undefined where the record needs the general parser. */
export function scanRecord(text: string, rules: XmlRules = PUBMED_RULES): XmlElement | undefined {
  if (FORBIDDEN.test(text) || text.includes("]]>")) return undefined;
  const tree = new TreeBuilder(rules);
  let position = 0;
  while (position < text.length) {
    let less = position;
    while (isSpaceCode(text.charCodeAt(less))) less++;
    if (text.charCodeAt(less) === LESS_THAN) {
      if (less > position && tree.isMixed) tree.text(text.slice(position, less));
    } else {
      less = text.indexOf("<", less);
      const content = less < 0 ? undefined : decodeEntities(text.slice(position, less));
      if (content === undefined || tree.top === undefined) return undefined;
      tree.text(content);
    }
    const greater = text.indexOf(">", less);
    if (greater < 0) return undefined;
    if (text.charCodeAt(less + 1) === SLASH) {
      if (text.slice(less + 2, greater) !== tree.top) return undefined;
      tree.end();
      position = greater + 1;
      continue;
    }
    if (tree.top === undefined && tree.root !== undefined) return undefined;
    const tag = scanStartTag(text, less, greater);
    if (tag === undefined) return undefined;
    position = tag.end;
    if (rules.skipped.has(tag.name)) {
      if (tag.selfClosing) continue;
      const after = skipElement(text, tag.name, position);
      if (after === undefined) return undefined;
      position = after;
      continue;
    }
    tree.start(tag.name, tag.attributes, tag.selfClosing);
  }
  return tree.top === undefined ? tree.root : undefined;
}

interface StartTag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly selfClosing: boolean;
  readonly end: number;
}

function scanStartTag(text: string, less: number, greater: number): StartTag | undefined {
  const plain = text.slice(less + 1, greater);
  if (NAMES.has(plain)) return { name: plain, attributes: NO_ATTRIBUTES, selfClosing: false, end: greater + 1 };
  if (NAME.test(plain)) {
    if (NAMES.size < 1000) NAMES.add(plain);
    return { name: plain, attributes: NO_ATTRIBUTES, selfClosing: false, end: greater + 1 };
  }
  const name = /^[^\s/>]*/.exec(plain)![0];
  if (!NAME.test(name)) return undefined; //  comments, CDATA and processing instructions end here
  const attributes: Record<string, string> = {};
  let position = less + 1 + name.length;
  for (;;) {
    ATTRIBUTE.lastIndex = position;
    const match = ATTRIBUTE.exec(text);
    if (match === null) break;
    const value = decodeEntities(match[2] ?? match[3] ?? "");
    const key = match[1]!;
    if (value === undefined || Object.hasOwn(attributes, key) || key === "__proto__") return undefined;
    attributes[key] = value.replace(/[\t\n\r]/g, " ");
    position = ATTRIBUTE.lastIndex;
  }
  TAG_END.lastIndex = position;
  const end = TAG_END.exec(text);
  return end === null ? undefined : { name, attributes, selfClosing: end[1] === "/", end: TAG_END.lastIndex };
}

/** Index after the end tag that belongs to a start tag before `position`; the same element may nest in itself. */
function skipElement(text: string, name: string, position: number): number | undefined {
  const close = `</${name}>`;
  let from = position;
  for (let depth = 1; ; ) {
    const end = text.indexOf(close, from);
    if (end < 0) return undefined;
    const between = text.slice(from, end);
    if (between.includes(`<${name}`)) {
      for (const [tag] of between.matchAll(new RegExp(`<${name}(?=[\\s/>])[^>]*>`, "g")))
        if (!tag.endsWith("/>")) depth++;
    }
    from = end + close.length;
    if (--depth === 0) return from;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Undefined where an entity is not one of XML's own. */
function decodeEntities(text: string): string | undefined {
  if (!text.includes("&")) return text;
  let ok = true;
  const decoded = text.replace(/&(?:(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-z]{1,5});)?/g, (_, reference?: string) => {
    const plain = reference === undefined ? undefined : ENTITIES[reference];
    if (plain !== undefined) return plain;
    if (reference?.[0] !== "#") {
      ok = false;
      return "";
    }
    const code =
      reference[1] === "x" ? Number.parseInt(reference.slice(2), 16) : Number.parseInt(reference.slice(1), 10);
    const legal =
      code >= 0x20
        ? code <= 0x10ffff && (code & 0x1ff800) !== 0xd800 && (code & 0xfffe) !== 0xfffe
        : code === 9 || code === 10 || code === 13;
    if (!legal) {
      ok = false;
      return "";
    }
    return String.fromCodePoint(code);
  });
  return ok ? decoded : undefined;
}

/** The first PMID of a record that may be damaged, to name it by. */
export function pmidOf(text: string): string | undefined {
  return /<PMID\b[^>]{0,80}>\s{0,9}(\d{1,9})/.exec(text)?.[1];
}

/** The general parser. @throws BiogptError `corpora/xml`, `corpora/xml-depth` */
export function parseRecordBySaxes(
  text: string,
  path: string,
  offset: number,
  rules: XmlRules = PUBMED_RULES,
): XmlElement {
  const tree = new TreeBuilder(rules);
  const parser = new SaxesParser({ xmlns: false });
  const skipping: string[] = [];
  parser.on("opentag", ({ name, attributes, isSelfClosing }) => {
    if (skipping.length > 0 || rules.skipped.has(name)) {
      if (!isSelfClosing) skipping.push(name);
    } else {
      tree.start(name, attributes as Record<string, string>, isSelfClosing);
    }
  });
  parser.on("closetag", ({ isSelfClosing }) => {
    if (isSelfClosing) return;
    if (skipping.length > 0) skipping.pop();
    else tree.end();
  });
  const addText = (content: string): void => {
    if (skipping.length === 0) tree.text(content);
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("error", (error) => {
    throw error;
  });
  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof BiogptError) throw error;
    const pmid = pmidOf(text);
    const [line = "", column = "", reason = ""] =
      /^(?:.*?)(\d+):(\d+): (.*)$/s.exec((error as Error).message)?.slice(1) ?? [];
    throw new BiogptError("corpora/xml", {
      what: `${path} is not well-formed XML: ${reason.replace(/\.$/, "") || (error as Error).message}, in line ${line}, column ${column} of the record that begins at byte ${offset}${pmid === undefined ? "" : ` (PMID ${pmid})`}.`,
      fix: "Fetch the file again, or correct what wrote it.",
      cause: error,
    });
  }
  if (tree.root === undefined) {
    throw new BiogptError("corpora/xml", { what: `${path} has no element in the record at byte ${offset}.` });
  }
  return tree.root;
}

/** The first child element of that name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  if (element === undefined) return undefined;
  for (const node of element.children) if (typeof node !== "string" && node.name === name) return node;
  return undefined;
}

/** All child elements of that name, in order. */
export function children(element: XmlElement | undefined, name: string): XmlElement[] {
  const found: XmlElement[] = [];
  for (const node of element?.children ?? []) if (typeof node !== "string" && node.name === name) found.push(node);
  return found;
}

/** The characters below an element as they stand. */
export function rawText(element: XmlElement | undefined): string {
  let text = "";
  for (const node of element?.children ?? []) text += typeof node === "string" ? node : rawText(node);
  return text;
}
