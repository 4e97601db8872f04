/**
 * Cuts the elements of one name out of a stream of XML, wherever they stand, and makes a small tree of each: the articles of a JATS file or set,
 * the documents of a BioC collection, the records of an EndNote library. Flat memory.
 *
 * A broken element costs itself: it is reported, and the search goes on behind its beginning, so the whole one after a cut-off one is found.
 * Leaves out what stands around the elements, which is not checked; elements of the name inside themselves.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { decodeUtf8 } from "../../files/bytes.ts";
import { ByteWindow, EXCLAMATION_MARK, GREATER_THAN, LESS_THAN, QUESTION_MARK, SLASH } from "./byte-window.ts";
import type { ReaderInput } from "./reader.ts";
import { parseRecord, type XmlElement, type XmlRules } from "./xml-record.ts";

/** The largest articles have some 10 MB of XML; six times that must be something else. */
const MAX_ELEMENT_BYTES = 64 * 1024 * 1024;
/** A declaration, DOCTYPE, comment, or the text between two elements that is kept while its end is sought. */
const MAX_BETWEEN_BYTES = 1024 * 1024;

export interface CutElement {
  readonly element: XmlElement;
  /** Of its first byte in the content. */
  readonly offset: number;
}

/** @throws BiogptError `corpora/xml…` for what is wrong with the file; through `problem` for what is wrong with an element */
export async function* cutElements(
  { path, chunks, signal, problem }: ReaderInput,
  name: string,
  rules: XmlRules,
): AsyncGenerator<CutElement, void> {
  const cutter = new ElementCutter(path, name);
  let found = 0;
  for await (const chunk of chunks) {
    throwIfAborted(signal);
    cutter.push(chunk);
    for (let frame = cutter.next(problem); frame !== undefined; frame = cutter.next(problem)) {
      found++;
      try {
        yield {
          element: parseRecord(decodeUtf8(frame.bytes, path, frame.offset), path, frame.offset, rules),
          offset: frame.offset,
        };
      } catch (error) {
        if (!(error instanceof BiogptError)) throw error;
        problem(error);
        cutter.backTo(frame);
      }
    }
  }
  cutter.end(problem);
  if (found > 0) return;
  throw new BiogptError("corpora/xml-truncated", {
    what: `${path} ends without any <${name}>.`,
    why: "The download or copy was cut off, or there is nothing in it.",
    fix: "Fetch it again.",
  });
}

interface Frame {
  readonly bytes: Buffer;
  readonly offset: number;
}

class ElementCutter {
  readonly #path: string;
  readonly #name: string;
  readonly #window = new ByteWindow();

  constructor(path: string, name: string) {
    this.#path = path;
    this.#name = name;
  }

  push(chunk: Buffer): void {
    this.#window.push(chunk);
  }

  /** The next whole element, or undefined when more bytes are needed. */
  next(problem: ReaderInput["problem"]): Frame | undefined {
    for (;;) {
      const buffer = this.#window.buffer;
      const at = buffer.indexOf(LESS_THAN, this.#window.position);
      this.#window.advance(at < 0 ? buffer.length : at);
      if (at < 0 || buffer.length - at < this.#name.length + 2) return undefined;
      if (buffer[at + 1] === EXCLAMATION_MARK || buffer[at + 1] === QUESTION_MARK) {
        if (buffer.length - at < LONGEST_OPENING && !buffer.includes(GREATER_THAN, at)) return undefined;
        const end = this.#endOfMisc(at);
        if (end === undefined) return undefined;
        this.#window.advance(end);
        continue;
      }
      if (!this.#opensAt(at)) {
        this.#window.advance(at + 1);
        continue;
      }
      const tagEnd = buffer.indexOf(GREATER_THAN, at);
      if (tagEnd < 0 && buffer.length - at <= MAX_BETWEEN_BYTES) return undefined;
      const empty = tagEnd > 0 && buffer[tagEnd - 1] === SLASH;
      const end = empty ? tagEnd + 1 : this.#window.endOf(`</${this.#name}>`);
      if (end === undefined) {
        if (buffer.length - at <= MAX_ELEMENT_BYTES) return undefined;
        problem(
          new BiogptError("corpora/xml-too-large", {
            what: `${this.#path} holds a <${this.#name}> of more than ${MAX_ELEMENT_BYTES} bytes at byte ${this.#window.offsetOf(at)}.`,
            why: `No </${this.#name}> was found within that.`,
            fix: "The file is damaged; fetch it again.",
          }),
        );
        this.#window.advance(at + 1);
        continue;
      }
      this.#window.advance(end);
      return { bytes: buffer.subarray(at, end), offset: this.#window.offsetOf(at) };
    }
  }

  /** Looks once more behind the beginning of an element that turned out to be broken: a whole one may begin inside it. */
  backTo(frame: Frame): void {
    this.#window.advance(frame.offset - this.#window.before + 1);
  }

  end(problem: ReaderInput["problem"]): void {
    const rest = this.#window.buffer.subarray(this.#window.position);
    if (rest.length === 0 || !this.#opensAt(this.#window.position)) return;
    problem(
      new BiogptError("corpora/xml-truncated", {
        what: `${this.#path} ends inside the <${this.#name}> that begins at byte ${this.#window.place}.`,
        why: "The download or copy was cut off.",
        fix: "Fetch it again.",
      }),
    );
  }

  #opensAt(at: number): boolean {
    const after = this.#window.buffer[at + 1 + this.#name.length];
    return (
      this.#window.latin1(at + 1, at + 1 + this.#name.length) === this.#name &&
      (after === undefined || after === GREATER_THAN || after === SLASH || after <= 0x20)
    );
  }

  /** Index after a comment, declaration, processing instruction, CDATA or DOCTYPE. */
  #endOfMisc(at: number): number | undefined {
    const opening = this.#window.latin1(at, at + 9);
    const close = opening.startsWith("<!--")
      ? "-->"
      : opening === "<![CDATA["
        ? "]]>"
        : opening.startsWith("<?")
          ? "?>"
          : ">";
    const end = this.#window.endOf(close);
    if (end === undefined) {
      if (this.#window.buffer.length - at <= MAX_BETWEEN_BYTES) return undefined;
      throw new BiogptError("corpora/xml-too-large", {
        what: `${this.#path} holds ${JSON.stringify(opening)} at byte ${this.#window.offsetOf(at)} that does not end within ${MAX_BETWEEN_BYTES} bytes.`,
        fix: "The file is damaged; fetch it again.",
      });
    }
    const text = this.#window.latin1(at, end);
    if (close === "?>") checkEncoding(text, this.#path);
    else if (/^<!DOCTYPE/i.test(text)) checkDoctype(text, this.#path);
    return end;
  }
}

/** @throws BiogptError `corpora/xml-encoding` for a declaration of anything but UTF-8 */
export function checkEncoding(declaration: string, path: string): void {
  const encoding = /\bencoding\s*=\s*["']([^"']+)["']/.exec(declaration)?.[1];
  if (encoding === undefined || /^(?:utf-?8|us-ascii|ascii)$/i.test(encoding)) return;
  throw new BiogptError("corpora/xml-encoding", {
    what: `${path} is declared to be in ${encoding}.`,
    why: "XML is read in UTF-8 alone.",
    fix: `Convert it with \`iconv -f ${encoding} -t UTF-8\` and correct its first line.`,
  });
}

/** The external DTD is never fetched. @throws BiogptError `corpora/xml-entities` for declarations of its own */
export function checkDoctype(declaration: string, path: string): void {
  if (!declaration.includes("[")) return;
  throw new BiogptError("corpora/xml-entities", {
    what: `${path} declares entities of its own (an internal DTD subset).`,
    why: "Such declarations can expand without bound; the files of the literature have none.",
    fix: "Remove the part in square brackets from its DOCTYPE if you trust the file.",
  });
}

/** Bytes within which the kind of a declaration can be told. */
const LONGEST_OPENING = 16;

/** The name of the first element behind declaration, DOCTYPE, comments and processing instructions; undefined where there is none. */
export function xmlRoot(text: string): string | undefined {
  const root =
    /^(?:\s|<\?[^>]{0,2000}\?>|<!--[\s\S]{0,4000}?-->|<!DOCTYPE[^>[]{0,1000}(?:\[[^\]]{0,4000}\])?\s*>)*<([A-Za-z_][\w:.-]*)/i.exec(
      text,
    );
  return root?.[1] ?? /^\s*<!DOCTYPE\s+([A-Za-z_][\w:.-]*)/i.exec(text)?.[1];
}
