/**
 * Cuts a text that is longer than a model's window into overlapping windows, at sentence boundaries where it can.
 *
 * Nothing is left out: every token is in at least one window, and a sentence near a cut is whole in at least one of two
 * neighbours as long as it fits the overlap. A sentence longer than a window is cut between tokens.
 */
import type { EncodedText } from "../../tokenizers/tokenizer.ts";

/** Token indices, `end` exclusive. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Share of a window that its successor repeats. */
const OVERLAP = 0.25;

/**
 * @param encoded         the whole text
 * @param sentenceStarts  UTF-16 offsets at which sentences begin, ascending
 * @param most            tokens of a window, at least 1
 */
export function cutIntoWindows(encoded: EncodedText, sentenceStarts: readonly number[], most: number): Window[] {
  const { starts } = encoded;
  const count = encoded.ids.length;
  if (count <= most) return count === 0 ? [] : [{ start: 0, end: count }];
  const firstTokens = sentenceTokens(starts, sentenceStarts);
  const windows: Window[] = [];
  for (let start = 0; ; ) {
    const limit = start + most;
    if (limit >= count) {
      windows.push({ start, end: count });
      return windows;
    }
    // The last sentence start inside the window ends it, unless that would make it less than half full.
    const end = lastAtMost(firstTokens, limit, start + Math.ceil(most / 2)) ?? limit;
    windows.push({ start, end });
    const earliest = Math.max(start + 1, end - Math.floor(most * OVERLAP));
    start = firstTokens.find((token) => token >= earliest && token < end) ?? earliest;
  }
}

/** Index of the first token of each sentence. */
function sentenceTokens(starts: Int32Array, sentenceStarts: readonly number[]): number[] {
  const tokens: number[] = [];
  let token = 0;
  for (const offset of sentenceStarts) {
    while (token < starts.length && starts[token]! < offset) token++;
    if (token < starts.length && token !== tokens.at(-1)) tokens.push(token);
  }
  return tokens;
}

function lastAtMost(ascending: readonly number[], most: number, least: number): number | undefined {
  return ascending.findLast((value) => value <= most && value >= least);
}
