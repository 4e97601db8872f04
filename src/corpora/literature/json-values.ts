/**
 * Cuts a stream of JSON into its documents' texts, in flat memory: elements of one array, objects that follow one another over any number of lines,
 * and the elements of `documents` (BioC) or `PubTator3` in an object. `JSON.parse` judges each.
 *
 * Left out  the other members of an object with `documents`; damage of brackets is found at the end, since JSON has no marks to go on from.
 */
import { BiogptError } from "../../base/errors.ts";
import { decodeUtf8 } from "../../files/bytes.ts";
import type { ReaderInput } from "./reader.ts";

export interface JsonValue {
  readonly text: string;
  /** Of its first character, from 1. */
  readonly line: number;
}

/** The largest full text has some megabytes. */
const MAX_VALUE_BYTES = 64 * 1024 * 1024;
/** Deeper than any document nests; the limit keeps a hostile file from exhausting the stack of `JSON.parse`. */
const MAX_DEPTH = 100;
const WRAPPERS: ReadonlySet<string> = new Set(["documents", "PubTator3"]);
const LONGEST_WRAPPER = 12;

/** @throws BiogptError `corpora/json`, `corpora/utf-8`; for an element through `problem` */
export async function* cutJsonValues({ path, chunks, problem }: ReaderInput): AsyncGenerator<JsonValue, void> {
  const cutter = new ValueCutter(path, problem);
  for await (const chunk of chunks) yield* cutter.push(chunk);
  cutter.end();
}

class ValueCutter {
  readonly #path: string;
  readonly #problem: ReaderInput["problem"];
  #depth = 0;
  /** Depth at which an element is a document; infinite behind the documents of a wrapper, until its object ends. */
  #level = 0;
  #isInString = false;
  #isEscaped = false;
  #stray = false;
  /** The last string directly in an outermost object, while it may be a wrapper's key. */
  #key: number[] | undefined;
  #line = 1;
  #start: { line: number; offset: number } | undefined;
  readonly #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #offset = 0;

  constructor(path: string, problem: ReaderInput["problem"]) {
    this.#path = path;
    this.#problem = problem;
  }

  *push(chunk: Buffer): Generator<JsonValue, void> {
    /** Where the part of the present value that lies in this chunk begins. */
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === LINE_FEED) this.#line++;
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
        else if (this.#key !== undefined && this.#key.length <= LONGEST_WRAPPER) this.#key.push(byte);
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#isInString = true;
          this.#key = this.#depth === 1 && this.#level === 0 ? [] : undefined;
          if (this.#depth === this.#level) this.#strayAt();
          break;
        case OPEN_BRACKET:
        case OPEN_BRACE:
          if (this.#depth === this.#level && this.#start === undefined) {
            this.#stray = false;
            if (byte === OPEN_BRACKET && this.#level === 0) this.#level = 1;
            else {
              this.#start = { line: this.#line, offset: this.#offset + at };
              from = at;
            }
          } else if (byte === OPEN_BRACKET && this.#depth === 1 && this.#level === 0 && this.#isWrapper()) {
            this.#level = 2;
            this.#drop();
          }
          if (++this.#depth > MAX_DEPTH) {
            throw new BiogptError("corpora/json", {
              what: `Line ${this.#line} of ${this.#path} nests deeper than ${MAX_DEPTH} levels.`,
              fix: "Check what wrote the file.",
            });
          }
          break;
        case CLOSE_BRACKET:
        case CLOSE_BRACE:
          // Between documents only the array's own bracket closes anything: what stands behind another would be passed over.
          if (this.#depth === this.#level && (this.#level === 0 || byte === CLOSE_BRACE)) {
            this.#strayAt();
            break;
          }
          this.#depth = Math.max(0, this.#depth - 1);
          if (this.#start !== undefined && this.#depth === this.#level) {
            this.#pieces.push(chunk.subarray(from, at + 1));
            const value = this.#finish();
            if (value !== undefined) yield value;
          } else if (this.#depth < this.#level) {
            this.#level = this.#depth === 0 ? 0 : Number.POSITIVE_INFINITY;
          }
          break;
        case COMMA:
        case COLON:
          break;
        default:
          if (this.#depth === this.#level && byte > 0x20 && byte < 0x80) this.#strayAt();
      }
    }
    if (this.#start !== undefined) {
      this.#pieces.push(chunk.subarray(from));
      this.#pieceBytes += chunk.length - from;
      if (this.#pieceBytes > MAX_VALUE_BYTES) {
        throw new BiogptError("corpora/json", {
          what: `The JSON value that begins in line ${this.#start.line} of ${this.#path} has more than ${MAX_VALUE_BYTES} bytes.`,
          fix: "Write the documents as elements of one array, or one object a line.",
        });
      }
    }
    this.#offset += chunk.length;
  }

  end(): void {
    if (this.#depth === 0 && !this.#isInString) return;
    this.#problem(
      new BiogptError("corpora/json", {
        what: `${this.#path} ends inside the JSON value that begins in line ${this.#start?.line ?? 1}.`,
        why: "A bracket or quote is not closed, or the download was cut off.",
        fix: "Fetch the file again, or correct what wrote it.",
      }),
    );
  }

  #isWrapper(): boolean {
    return this.#key !== undefined && WRAPPERS.has(String.fromCharCode(...this.#key));
  }

  #drop(): void {
    this.#start = undefined;
    this.#pieces.length = 0;
    this.#pieceBytes = 0;
  }

  #finish(): JsonValue | undefined {
    const { line, offset } = this.#start!;
    const bytes = Buffer.concat(this.#pieces);
    this.#drop();
    try {
      return { text: decodeUtf8(bytes, this.#path, offset), line };
    } catch (error) {
      if (!(error instanceof BiogptError)) throw error;
      this.#problem(error);
      return undefined;
    }
  }

  /** Reports what is no object where documents stand, once a stretch. */
  #strayAt(): void {
    if (this.#stray) return;
    this.#stray = true;
    this.#problem(
      new BiogptError("corpora/json", {
        what: `Line ${this.#line} of ${this.#path} has something that is no JSON object where a document is expected.`,
        why: "Documents are objects: elements of one array, or one behind the other.",
        fix: "Check what wrote the file; PMIDs alone are fetched with `efetch`.",
      }),
    );
  }
}

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
