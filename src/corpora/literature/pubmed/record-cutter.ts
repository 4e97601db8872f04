/**
 * Cuts PubMed XML into its records by searching bytes, in flat memory: sets, records, declarations and comments are seen, nothing inside a record is.
 */
import { BiogptError } from "../../../base/errors.ts";
import { ByteWindow, EXCLAMATION_MARK, GREATER_THAN, LESS_THAN, QUESTION_MARK, SLASH } from "../byte-window.ts";
import { checkDoctype, checkEncoding } from "../xml-elements.ts";
import { pmidOf } from "../xml-record.ts";

const SETS: ReadonlySet<string> = new Set(["PubmedArticleSet", "MedlineCitationSet", "PubmedBookArticleSet"]);
const RECORDS: ReadonlySet<string> = new Set([
  "PubmedArticle",
  "PubmedBookArticle",
  "MedlineCitation",
  "DeleteCitation",
]);
/** Beginnings of records; a MedlineCitation is one only where it does not stand inside a PubmedArticle. */
const RECORD_START = /<(?:PubmedArticle|PubmedBookArticle|DeleteCitation)[\s>]/g;
const CITATION_START = /<(?:MedlineCitation|DeleteCitation)[\s>]/g;

/** The largest records have some 3,000 authors and 3 MB; ten times that must be something else. */
export const MAX_RECORD_BYTES: number = 32 * 1024 * 1024;
/** A declaration, DOCTYPE or comment between records. */
const MAX_MISC_BYTES = 64 * 1024;

export interface RecordFrame {
  readonly bytes: Buffer;
  /** Of the record's first byte in the content. */
  readonly offset: number;
}

/** Cuts the byte stream at the records' end tags. Sees declarations, DOCTYPE, comments and the set's own tags. */
export class RecordCutter {
  readonly #path: string;
  readonly #window = new ByteWindow();
  #openSet: string | undefined;
  #sawAny = false;

  constructor(path: string) {
    this.#path = path;
  }

  push(chunk: Buffer): void {
    this.#window.push(chunk);
  }

  /** The next whole record, or undefined when more bytes are needed. */
  next(): RecordFrame | undefined {
    const buffer = this.#window.buffer;
    if (this.#window.before === 0 && this.#window.position === 0 && buffer[0] === 0xef) this.#window.position = 3; // byte order mark
    for (;;) {
      while (isSpace(buffer[this.#window.position])) this.#window.position++;
      const at = this.#window.position;
      if (at >= buffer.length) return undefined;
      if (buffer[at] !== LESS_THAN)
        throw this.#wrong(`text stands between the records, at byte ${this.#window.offsetOf(at)}`);
      if (buffer.length - at < LONGEST_OPENING && !buffer.includes(GREATER_THAN, at)) return undefined;
      const next = buffer[at + 1];
      if (next === QUESTION_MARK) {
        const end = this.#findEnd("?>", MAX_MISC_BYTES);
        if (end === undefined) return undefined;
        checkEncoding(buffer.toString("latin1", at, end), this.#path);
        this.#window.advance(end);
      } else if (next === EXCLAMATION_MARK) {
        const isComment = buffer.toString("latin1", at, at + 4) === "<!--";
        const end = this.#findEnd(isComment ? "-->" : ">", MAX_MISC_BYTES);
        if (end === undefined) return undefined;
        if (!isComment) this.#checkDoctype(buffer.toString("latin1", at, end));
        this.#window.advance(end);
      } else if (next === SLASH) {
        const end = this.#findEnd(">", MAX_MISC_BYTES);
        if (end === undefined) return undefined;
        const name = buffer.toString("latin1", at + 2, end - 1).trim();
        if (name !== this.#openSet) throw this.#wrong(`</${name}> at byte ${this.#window.offsetOf(at)} closes nothing`);
        this.#openSet = undefined;
        this.#window.advance(end);
      } else {
        const frame = this.#element(at);
        if (frame !== "set") return frame;
      }
    }
  }

  /** A record, "set" when a set was entered, undefined when more bytes are needed. */
  #element(at: number): RecordFrame | "set" | undefined {
    const buffer = this.#window.buffer;
    const name = /^[^\s/>]*/.exec(buffer.toString("latin1", at + 1, at + LONGEST_OPENING))![0];
    if (RECORDS.has(name)) {
      const tagEnd = buffer.indexOf(GREATER_THAN, at);
      const empty = tagEnd > 0 && buffer[tagEnd - 1] === SLASH;
      const end = empty ? tagEnd + 1 : this.#findEnd(`</${name}>`, MAX_RECORD_BYTES);
      if (end === undefined) return undefined;
      const frame = { bytes: buffer.subarray(at, end), offset: this.#window.offsetOf(at) };
      this.#sawAny = true;
      this.#window.advance(end);
      return frame;
    }
    if (!SETS.has(name) || this.#openSet !== undefined) throw this.#unknownElement(name);
    const end = this.#findEnd(">", MAX_MISC_BYTES);
    if (end === undefined) return undefined;
    if (buffer[end - 2] !== SLASH) this.#openSet = name;
    this.#sawAny = true;
    this.#window.advance(end);
    return "set";
  }

  /** Whether a record or set was seen: a fault behind one is a record's, before all it is the file's. */
  get sawAny(): boolean {
    return this.#sawAny;
  }

  /**
   * Goes on at the next beginning of a record behind a fault.
   *
   * @param behind bytes to leave behind: 1 at a fault, 0 where the search goes on in what was pushed since
   * @returns false when no record begins in what was pushed so far
   */
  resynchronize(behind: 0 | 1): boolean {
    const from = Math.min(this.#window.position + behind, this.#window.buffer.length);
    const pattern = this.#openSet === "MedlineCitationSet" ? CITATION_START : RECORD_START;
    const found = startsOf(this.#window.buffer.subarray(from), pattern)[0];
    // A tag cut by the end of the piece is kept, to be seen with the next one.
    this.#window.advance(
      found === undefined ? Math.max(from, this.#window.buffer.length - LONGEST_OPENING) : from + found,
    );
    return found !== undefined;
  }

  /** Reads the last record that begins inside a broken one once more: the one before it was cut off. */
  backInto(frame: RecordFrame): void {
    const isCitation = frame.bytes.toString("latin1", 1, LONGEST_OPENING).startsWith("MedlineCitation");
    const inner = startsOf(frame.bytes, isCitation ? CITATION_START : RECORD_START).at(-1) ?? 0;
    if (inner > 0) this.#window.advance(frame.offset - this.#window.before + inner);
  }

  /** Called when the content has ended. */
  end(): void {
    const rest = this.#window.latin1(this.#window.position, this.#window.position + 80).trim();
    if (rest === "" && this.#openSet === undefined && this.#sawAny) return;
    const where = this.#window.place;
    const pmid = pmidOf(this.#window.latin1(this.#window.position, this.#window.position + MAX_MISC_BYTES));
    throw new BiogptError("corpora/xml-truncated", {
      what:
        rest === ""
          ? `${this.#path} ends at byte ${where} ${this.#openSet === undefined ? "without any record" : `before </${this.#openSet}>`}.`
          : `${this.#path} ends inside the record that begins at byte ${where}${pmid === undefined ? "" : ` (PMID ${pmid})`}: ${JSON.stringify(rest.slice(0, 40))}.`,
      why: "The download or copy was cut off.",
      fix: "Fetch it again.",
    });
  }

  /** Index after `text`, searched from the current position; undefined when it is not there yet. */
  #findEnd(text: string, limit: number): number | undefined {
    const found = this.#window.endOf(text);
    if (found !== undefined) return found;
    if (this.#window.buffer.length - this.#window.position > limit) {
      throw new BiogptError("corpora/xml-too-large", {
        what: `${this.#path} holds a piece of more than ${limit} bytes at byte ${this.#window.place}.`,
        why: `No ${text} was found within that; the largest records of PubMed have 3 MB.`,
        fix: "The file is damaged; fetch it again.",
      });
    }
    return undefined;
  }

  #checkDoctype(declaration: string): void {
    if (!/^<!DOCTYPE\b/i.test(declaration))
      throw this.#wrong(`${JSON.stringify(declaration.slice(0, 40))} stands there`);
    checkDoctype(declaration, this.#path);
  }

  #unknownElement(name: string): BiogptError {
    const known: Readonly<Record<string, string>> = {
      html: "It is a web page, perhaps a server's error page; fetch the XML again.",
      eFetchResult: "It is an error answer of efetch; look into it and fetch again.",
      article: "It is JATS full text: --input-format jats.",
      collection: "It is BioC: --input-format bioc-xml.",
    };
    const place = this.#window.place;
    return new BiogptError("corpora/xml-root", {
      what: `${this.#path} holds <${name}> at byte ${place}, where PubMed has its sets and records.`,
      why: `PubMed XML consists of ${[...SETS].join(" or ")} with ${[...RECORDS].join(", ")}.`,
      fix: known[name] ?? "Check that it is PubMed XML.",
    });
  }

  #wrong(what: string): BiogptError {
    return new BiogptError("corpora/xml", {
      what: `${this.#path} is not PubMed XML: ${what}.`,
      fix: "Fetch it again, or check what wrote it.",
    });
  }
}

/** Bytes within which an element's name has ended. */
const LONGEST_OPENING = 64;

/** Where records begin in a piece of XML. */
function startsOf(bytes: Buffer, pattern: RegExp): number[] {
  return [...bytes.toString("latin1").matchAll(pattern)].map(({ index }) => index);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
