/**
 * A document as a tagger reads it: the passages' texts joined, tokens with their places, words of tokens, windows of words.
 *
 *     passages ─ joined by one space ─ tokens ─ words (Moses tokens, of one or more pieces) ─ windows
 *
 * Words are what gets tags: a span begins and ends with a word. 99.4 to 99.7 % of the corpora's mentions do (docs/experiments.md); the rest end
 * inside of one.
 */
import { splitSentences } from "../../corpora/sentences.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

export interface TokenizedText {
  readonly text: string;
  /** First UTF-16 unit of each passage in `text`. */
  readonly passageStarts: readonly number[];
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** First token of each word, and behind them the number of tokens. */
  readonly words: readonly number[];
}

export function tokenizeText(passages: readonly { readonly text: string }[], tokenizer: Tokenizer): TokenizedText {
  const passageStarts: number[] = [];
  let text = "";
  for (const passage of passages) {
    if (passageStarts.length > 0) text += " ";
    passageStarts.push(text.length);
    text += passage.text;
  }
  const { ids, starts, ends } = tokenizer.encodeWithOffsets(text);
  const words: number[] = [];
  let begins = true;
  for (const [token, id] of ids.entries()) {
    if (begins) words.push(token);
    begins = !tokenizer.piece(id).endsWith("@@");
  }
  words.push(ids.length);
  return { text, passageStarts, ids, starts, ends, words };
}

/** A stretch of a text that is read at once; units are words. */
export interface TextWindow {
  /** What is read: words [start, end). */
  readonly start: number;
  readonly end: number;
  /** What is tagged here, the rest being context: words [from, to) within. The windows of a text tag each word once. */
  readonly from: number;
  readonly to: number;
}

export interface WindowOptions {
  /** Most tokens of a window, context included. */
  readonly tokens: number;
  /** Most tokens of context before and behind what a window tags, where the text goes on. */
  readonly context: number;
}

/**
 * Windows over whole sentences, as many as fit; a sentence that does not fit is cut between words.
 */
export function textWindows(text: TokenizedText, { tokens, context }: WindowOptions): TextWindow[] {
  const { words, ends } = text;
  const count = words.length - 1;
  if (count <= 0) return [];
  const length = (from: number, to: number): number => words[to]! - words[from]!;
  if (length(0, count) <= tokens) return [{ start: 0, end: count, from: 0, to: count }];
  const room = Math.max(1, tokens - 2 * context);
  const cuts: number[] = [];
  let at = 0;
  for (const sentence of splitSentences(text.text)) {
    let last = at;
    while (last < count && ends[words[last + 1]! - 1]! <= sentence.end) last++;
    if (last > at) cuts.push(last);
    at = last;
  }
  if (cuts.at(-1) !== count) cuts.push(count);
  const windows: TextWindow[] = [];
  const add = (from: number, to: number): void => {
    let [start, end] = [from, to];
    // A word longer than the room it has leaves less of it to the context.
    while (start > 0 && length(start - 1, from) <= context && length(start - 1, end) <= tokens) start--;
    while (end < count && length(to, end + 1) <= context && length(start, end + 1) <= tokens) end++;
    windows.push({ start, end, from, to });
  };
  let from = 0;
  for (const [i, cut] of cuts.entries()) {
    while (length(from, cut) > room) {
      // A sentence by itself that is too long: as many of its words as fit, one at least.
      let to = from + 1;
      while (to < cut && length(from, to + 1) <= room) to++;
      add(from, to);
      from = to;
    }
    const next = cuts[i + 1];
    if (from < cut && (next === undefined || length(from, next) > room)) {
      add(from, cut);
      from = cut;
    }
  }
  return windows;
}
