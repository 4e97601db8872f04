/**
 * PubMed XML: baseline and update files, efetch answers, MEDLINE's older sets; a stream of documents in flat memory.
 *
 * The container is cut into records by searching bytes; a record becomes a small tree by the scanner of xml-record.ts,
 * or by saxes where it holds anything unusual; pubmed-record.ts makes the document. Follows the PubMed DTD of 2019 to
 * 2025 and the MEDLINE sets of 2014. Leaves out what a `Citation` has no field for (affiliations, grants, references);
 * those parts are skipped unread. JATS full text is another format.
 */
import { throwIfAborted } from "../../../base/cancellation.ts";
import { BiogptError } from "../../../base/errors.ts";
import { decodeUtf8 } from "../../../files/bytes.ts";
import type { Document } from "../../document.ts";
import { parseRecord, parseRecordBySaxes } from "../xml-record.ts";
import { deletedPmids, documentFromRecord } from "./pubmed-record.ts";

export interface PubmedXmlOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with each PMID that an update file withdraws. */
  readonly onDeletion?: ((pmid: string, source: string) => void) | undefined;
  /** `saxes` reads every record by the slow, general parser: the twin that tests hold the fast one against. Default `fast`. */
  readonly parser?: "fast" | "saxes";
}

const SETS: ReadonlySet<string> = new Set(["PubmedArticleSet", "MedlineCitationSet", "PubmedBookArticleSet"]);
const RECORDS: ReadonlySet<string> = new Set([
  "PubmedArticle",
  "PubmedBookArticle",
  "MedlineCitation",
  "DeleteCitation",
]);

/** The largest records have some 3,000 authors and 3 MB; ten times that must be something else. */
export const MAX_RECORD_BYTES: number = 32 * 1024 * 1024;
/** A declaration, DOCTYPE or comment between records. */
const MAX_MISC_BYTES = 64 * 1024;

/** @throws BiogptError `corpora/xml…`, `corpora/utf-8`, naming the byte of the (decompressed) content */
export async function* readPubmedXml(
  path: string,
  chunks: AsyncIterable<Buffer>,
  { signal, onDeletion, parser = "fast" }: PubmedXmlOptions = {},
): AsyncGenerator<Document, void> {
  const parse = parser === "fast" ? parseRecord : parseRecordBySaxes;
  const cutter = new RecordCutter(path);
  for await (const chunk of chunks) {
    throwIfAborted(signal);
    cutter.push(chunk);
    for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) {
      const record = parse(decodeUtf8(frame.bytes, path, frame.offset), path, frame.offset);
      if (record.name === "DeleteCitation") {
        for (const pmid of deletedPmids(record)) onDeletion?.(pmid, path);
      } else {
        yield documentFromRecord(record, path, frame.offset);
      }
    }
  }
  cutter.end();
}

interface RecordFrame {
  readonly bytes: Buffer;
  /** Of the record's first byte in the content. */
  readonly offset: number;
}

/** Cuts the byte stream at the records' end tags. Sees declarations, DOCTYPE, comments and the set's own tags. */
class RecordCutter {
  readonly #path: string;
  #buffer: Buffer = Buffer.alloc(0);
  #position = 0;
  /** Where to go on searching for the end of the piece at #position. */
  #searched = 0;
  /** Content bytes before the buffer. */
  #before = 0;
  #openSet: string | undefined;
  #sawAny = false;

  constructor(path: string) {
    this.#path = path;
  }

  push(chunk: Buffer): void {
    const rest = this.#buffer.subarray(this.#position);
    this.#before += this.#position;
    this.#searched = Math.max(0, this.#searched - this.#position);
    this.#position = 0;
    this.#buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
  }

  /** The next whole record, or undefined when more bytes are needed. */
  next(): RecordFrame | undefined {
    const buffer = this.#buffer;
    if (this.#before === 0 && this.#position === 0 && buffer[0] === 0xef) this.#position = 3; // byte order mark
    for (;;) {
      while (isSpace(buffer[this.#position])) this.#position++;
      const at = this.#position;
      if (at >= buffer.length) return undefined;
      if (buffer[at] !== LESS_THAN) throw this.#wrong(`text stands between the records, at byte ${this.#before + at}`);
      if (buffer.length - at < LONGEST_OPENING && !buffer.includes(GREATER_THAN, at)) return undefined;
      const next = buffer[at + 1];
      if (next === QUESTION_MARK) {
        const end = this.#findEnd("?>", MAX_MISC_BYTES);
        if (end === undefined) return undefined;
        this.#checkEncoding(buffer.toString("latin1", at, end));
        this.#advance(end);
      } else if (next === EXCLAMATION_MARK) {
        const isComment = buffer.toString("latin1", at, at + 4) === "<!--";
        const end = this.#findEnd(isComment ? "-->" : ">", MAX_MISC_BYTES);
        if (end === undefined) return undefined;
        if (!isComment) this.#checkDoctype(buffer.toString("latin1", at, end));
        this.#advance(end);
      } else if (next === SLASH) {
        const end = this.#findEnd(">", MAX_MISC_BYTES);
        if (end === undefined) return undefined;
        const name = buffer.toString("latin1", at + 2, end - 1).trim();
        if (name !== this.#openSet) throw this.#wrong(`</${name}> at byte ${this.#before + at} closes nothing`);
        this.#openSet = undefined;
        this.#advance(end);
      } else {
        const frame = this.#element(at);
        if (frame !== "set") return frame;
      }
    }
  }

  /** A record, "set" when a set was entered, undefined when more bytes are needed. */
  #element(at: number): RecordFrame | "set" | undefined {
    const buffer = this.#buffer;
    const name = /^[^\s/>]*/.exec(buffer.toString("latin1", at + 1, at + LONGEST_OPENING))![0];
    if (RECORDS.has(name)) {
      const tagEnd = buffer.indexOf(GREATER_THAN, at);
      const empty = tagEnd > 0 && buffer[tagEnd - 1] === SLASH;
      const end = empty ? tagEnd + 1 : this.#findEnd(`</${name}>`, MAX_RECORD_BYTES);
      if (end === undefined) return undefined;
      const frame = { bytes: buffer.subarray(at, end), offset: this.#before + at };
      this.#sawAny = true;
      this.#advance(end);
      return frame;
    }
    if (!SETS.has(name) || this.#openSet !== undefined) throw this.#unknownElement(name);
    const end = this.#findEnd(">", MAX_MISC_BYTES);
    if (end === undefined) return undefined;
    if (buffer[end - 2] !== SLASH) this.#openSet = name;
    this.#sawAny = true;
    this.#advance(end);
    return "set";
  }

  /** Called when the content has ended. */
  end(): void {
    const rest = this.#buffer.toString("latin1", this.#position, this.#position + 80).trim();
    if (rest === "" && this.#openSet === undefined && this.#sawAny) return;
    const where = this.#before + this.#position;
    throw new BiogptError("corpora/xml-truncated", {
      what:
        rest === ""
          ? `${this.#path} ends at byte ${where} ${this.#openSet === undefined ? "without any record" : `before </${this.#openSet}>`}.`
          : `${this.#path} ends inside the record that begins at byte ${where}: ${JSON.stringify(rest.slice(0, 40))}.`,
      why: "The download or copy was cut off.",
      fix: "Fetch it again.",
    });
  }

  /** Index after `text`, searched from the current position; undefined when it is not there yet. */
  #findEnd(text: string, limit: number): number | undefined {
    const found = this.#buffer.indexOf(text, Math.max(this.#position, this.#searched), "latin1");
    if (found >= 0) return found + text.length;
    this.#searched = Math.max(this.#position, this.#buffer.length - text.length);
    if (this.#buffer.length - this.#position > limit) {
      throw new BiogptError("corpora/xml-too-large", {
        what: `${this.#path} holds a piece of more than ${limit} bytes at byte ${this.#before + this.#position}.`,
        why: `No ${text} was found within that; the largest records of PubMed have 3 MB.`,
        fix: "The file is damaged; fetch it again.",
      });
    }
    return undefined;
  }

  #advance(end: number): void {
    this.#position = end;
    this.#searched = end;
  }

  #checkEncoding(declaration: string): void {
    const encoding = /\bencoding\s*=\s*["']([^"']+)["']/.exec(declaration)?.[1];
    if (encoding === undefined || /^(?:utf-?8|us-ascii|ascii)$/i.test(encoding)) return;
    throw new BiogptError("corpora/xml-encoding", {
      what: `${this.#path} is declared to be in ${encoding}.`,
      why: "PubMed XML is UTF-8, and only that is read.",
      fix: `Convert it with \`iconv -f ${encoding} -t UTF-8\` and correct its first line.`,
    });
  }

  #checkDoctype(declaration: string): void {
    if (!/^<!DOCTYPE\b/i.test(declaration))
      throw this.#wrong(`${JSON.stringify(declaration.slice(0, 40))} stands there`);
    if (!declaration.includes("[")) return; //  the external DTD is never fetched
    throw new BiogptError("corpora/xml-entities", {
      what: `${this.#path} declares entities of its own (an internal DTD subset).`,
      why: "Such declarations can expand without bound; PubMed's files have none.",
      fix: "Remove the part in square brackets from its DOCTYPE if you trust the file.",
    });
  }

  #unknownElement(name: string): BiogptError {
    const known: Readonly<Record<string, string>> = {
      html: "It is a web page, perhaps a server's error page; fetch the XML again.",
      eFetchResult: "It is an error answer of efetch; look into it and fetch again.",
      article: "It is JATS full text; PubMed citations are read here.",
      collection: "It is BioC; PubMed citations are read here.",
    };
    const place = this.#before + this.#position;
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

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const EXCLAMATION_MARK = 0x21;
/** Bytes within which an element's name has ended. */
const LONGEST_OPENING = 64;

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
