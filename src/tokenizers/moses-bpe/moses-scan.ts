/**
 * Moses tokenization in one pass over the text, as spans: the fast twin of `mosesTokens`.
 *
 * A text falls into chunks at white space, and nearly every rule looks no further than its chunk, so that chunks can be cached.
 * Looking further are: a final full stop (at what the next chunk begins with, hence `NextChunk`), and apostrophes and commas at the
 * very ends of a text or facing each other over one space, and deleted control characters; `walkChunks` gives such a text back.
 * Within a chunk the scan itself leaves to the reference: surrogate pairs, neighbouring commas, apostrophes one apart.
 *
 * Checked   against the reference over the goldens and random text (moses-scan.test.ts)
 */

import { widened } from "../widened.ts";
import {
  ALPHA,
  ALPHANUMERIC,
  type CharacterClasses,
  CONTROL,
  characterClasses,
  LOWER,
  type MosesMode,
  NUMBER,
  WHITE,
} from "./characters.ts";
import { HASH_START, hashUnit } from "./chunk-table.ts";
import { keepsFullStop, locateTokens, mosesTokens } from "./moses.ts";

/** What follows a chunk that ends with a full stop; `ANY` for all other chunks, as they do not care. */
export const ANY = 0;
export const NEXT_IS_LOWER = 1;
export const NEXT_IS_DIGIT = 2;
export const NEXT_IS_OTHER = 3;
export const NEXT_IS_NOTHING = 4;
export type NextChunk = 0 | 1 | 2 | 3 | 4;

const SPACE = 0x20;
const APOSTROPHE = 0x27;
const COMMA = 0x2c;
const DASH = 0x2d;
const DOT = 0x2e;
const BACKTICK = 0x60;

export class MosesScanner {
  readonly mode: MosesMode;
  readonly #classes: CharacterClasses;
  /** Classes of ASCII, read directly. */
  readonly #ascii: Uint8Array;
  /** Spans of the last `scan`, and whether each is a split dash (`@-@`). */
  starts: Int32Array = new Int32Array(256);
  ends: Int32Array = new Int32Array(256);
  dashes: Uint8Array = new Uint8Array(256);
  count = 0;

  constructor(mode: MosesMode) {
    this.mode = mode;
    this.#classes = characterClasses(mode);
    this.#ascii = Uint8Array.from({ length: 128 }, (_, code) => this.#classes.of(code));
  }

  /**
   * Calls `visit` with the chunks of a text, in order, each with its hash (`next` mixed in).
   *
   * @returns false when the text cannot be taken chunk by chunk: what was visited is then void, and `mosesTokens` is to be asked
   */
  walkChunks(text: string, visit: (start: number, end: number, hash: number, next: NextChunk) => void): boolean {
    const length = text.length;
    const classes = this.#classes;
    let at = 0;
    let first = true;
    let afterApostrophe = false;
    while (true) {
      let unit = 0;
      for (; at < length; at++) {
        unit = text.charCodeAt(at);
        if (unit > SPACE && unit < 0x80) break;
        if (unit !== SPACE && (classes.of(unit) & WHITE) === 0) break;
      }
      if (at === length) return !afterApostrophe;
      if (unit === APOSTROPHE ? first || afterApostrophe : unit === COMMA && first) return false;

      const start = at;
      let hash = HASH_START;
      for (; at < length; at++) {
        unit = text.charCodeAt(at);
        if (unit <= SPACE || (unit > 0x7f && (classes.of(unit) & WHITE) !== 0)) break;
        hash = hashUnit(hash, unit);
      }
      if (at < length && unit < SPACE && (unit < 9 || unit > 13)) return false;
      const last = text.charCodeAt(at - 1);
      first = false;
      afterApostrophe = last === APOSTROPHE;
      if (last === DOT) {
        const next = this.#nextChunk(text, at);
        visit(start, at, hashUnit(hash, next), next);
      } else visit(start, at, hash, ANY);
    }
  }

  #nextChunk(text: string, from: number): NextChunk {
    let at = from;
    while (at < text.length && (this.#classes.of(text.charCodeAt(at)) & WHITE) !== 0) at++;
    if (at === text.length) return NEXT_IS_NOTHING;
    const codePoint = text.codePointAt(at)!;
    if (codePoint >= 0x30 && codePoint <= 0x39) return NEXT_IS_DIGIT;
    return (this.#classes.of(codePoint) & LOWER) !== 0 ? NEXT_IS_LOWER : NEXT_IS_OTHER;
  }

  /** Finds the tokens of the chunk text[start, end) and leaves them in `starts`, `ends`, `dashes` and `count`. */
  scan(text: string, start: number, end: number, next: NextChunk): void {
    this.count = 0;
    if (!this.#scanPlain(text, start, end, next)) this.#scanByReference(text, start, end, next);
  }

  #scanPlain(text: string, start: number, end: number, next: NextChunk): boolean {
    let word = start; // where the word in hand begins
    for (let at = start; at < end; at++) {
      const unit = text.charCodeAt(at);
      const bits = this.#bits(unit);
      if ((bits & ALPHANUMERIC) !== 0 || unit === BACKTICK) continue;
      if (unit === DOT) {
        if (at + 1 === end || text.charCodeAt(at + 1) !== DOT) continue;
        this.#closeWord(text, word, at, NEXT_IS_OTHER);
        word = at;
        while (at + 1 < end && text.charCodeAt(at + 1) === DOT) at++;
        this.#emit(word, at + 1, 0);
        word = at + 1;
        continue;
      }
      const left = at === word ? 0 : this.#bits(text.charCodeAt(at - 1)); //  0: a space by now
      const rightUnit = at + 1 === end ? SPACE : text.charCodeAt(at + 1);
      const right = this.#bits(rightUnit);
      if (unit === DASH) {
        if ((left & right & ALPHANUMERIC) === 0) continue;
      } else if (unit === COMMA) {
        if (rightUnit === COMMA) return false;
        if ((left & NUMBER) !== 0 && (right & NUMBER) !== 0 && (right & ALPHANUMERIC) !== 0) continue;
      } else if (unit === APOSTROPHE) {
        if (rightUnit === APOSTROPHE || (at + 2 < end && text.charCodeAt(at + 2) === APOSTROPHE)) return false;
        const rightAlpha = (right & ALPHA) !== 0;
        if ((left & ALPHA) !== 0 ? rightAlpha : (left & NUMBER) !== 0 && rightAlpha) {
          if ((left & ALPHA) === 0 && rightUnit !== 0x73) continue; //       3'UTR stays whole, 1990's does not
          this.#closeWord(text, word, at, NEXT_IS_OTHER);
          word = at;
          continue;
        }
      } else if ((bits & CONTROL) !== 0 || (unit & 0xf800) === 0xd800) return false;
      this.#closeWord(text, word, at, NEXT_IS_OTHER);
      this.#emit(at, at + 1, unit === DASH ? 1 : 0);
      word = at + 1;
    }
    this.#closeWord(text, word, end, next);
    return true;
  }

  #bits(unit: number): number {
    return unit < 128 ? this.#ascii[unit]! : this.#classes.of(unit);
  }

  #closeWord(text: string, start: number, end: number, next: NextChunk): void {
    if (start === end) return;
    if (text.charCodeAt(end - 1) === DOT && end - start > 1 && this.#splitsFullStop(text.slice(start, end - 1), next)) {
      this.#emit(start, end - 1, 0);
      this.#emit(end - 1, end, 0);
    } else this.#emit(start, end, 0);
  }

  #splitsFullStop(stem: string, next: NextChunk): boolean {
    if (next === NEXT_IS_NOTHING && this.mode === "perl") return true;
    if (stem.includes(".")) {
      for (let i = 0; i < stem.length; i++) if ((this.#bits(stem.charCodeAt(i)) & ALPHA) !== 0) return false;
    }
    return !keepsFullStop(stem, next === NEXT_IS_LOWER ? "lower" : next === NEXT_IS_DIGIT ? "digit" : "other");
  }

  /** The chunk between two harmless words, the second of which is what follows it. */
  #scanByReference(text: string, start: number, end: number, next: NextChunk): void {
    this.count = 0;
    const chunk = text.slice(start, end);
    const tokens = mosesTokens(
      `A ${chunk}${["", " a", " 0", " A", ""][next === ANY ? NEXT_IS_OTHER : next]}`,
      this.mode,
    );
    const own = tokens.slice(1, next === NEXT_IS_NOTHING ? undefined : -1);
    for (const [i, places] of locateTokens(chunk, own).entries()) {
      const dash = own[i] === "@-@";
      this.#emit(start + places[0]!, start + (dash ? places[0]! : places[places.length - 1]!) + 1, dash ? 1 : 0);
    }
  }

  #emit(start: number, end: number, dash: 0 | 1): void {
    const i = this.count++;
    if (i === this.starts.length) {
      this.starts = widened(this.starts, new Int32Array(2 * i));
      this.ends = widened(this.ends, new Int32Array(2 * i));
      this.dashes = widened(this.dashes, new Uint8Array(2 * i));
    }
    this.starts[i] = start;
    this.ends[i] = end;
    this.dashes[i] = dash;
  }
}
