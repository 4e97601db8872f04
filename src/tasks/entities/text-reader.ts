/**
 * Texts read twice by an encoder: the classes of their words, and what the model makes of each token.
 *
 *     texts ─ tokens ─ windows ─ both copies ─ batches ─▶ model ─▶ scores of words, hidden states of tokens
 *
 * A word's scores are those of its last piece, at which all of it has been read.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import type { SequenceEncoder } from "../../models/sequence-encoder.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { EntityReading } from "./entity-reading.ts";
import { tagClasses } from "./labels.ts";
import { readSequence } from "./sequence.ts";
import { type TextWindow, type TokenizedText, textWindows, tokenizeText } from "./text-tokens.ts";

export interface TextReaderOptions {
  readonly encoder: Pick<SequenceEncoder, "run">;
  readonly tokenizer: Tokenizer;
  readonly types: readonly string[];
  readonly reading: EntityReading;
  /** Name of the encoder's output of hidden states, where they are wanted. */
  readonly hidden?: string;
}

export interface ReadWindow {
  readonly window: TextWindow;
  /** Hidden states (tokens of the window, C); empty where they are not wanted. */
  readonly hidden: Float32Array;
}

export interface ReadText {
  readonly text: TokenizedText;
  /** (words, classes), nats. */
  readonly logProbabilities: Float32Array;
  readonly windows: readonly ReadWindow[];
}

/** Tokens of a batch, padding included. */
const TOKENS_AT_ONCE = 4096;

interface WindowAtWork {
  readonly owner: { readonly text: TokenizedText; readonly logProbabilities: Float32Array };
  readonly window: TextWindow;
  readonly ids: Int32Array;
  readonly positions?: Int32Array;
  /** Wanted: each token of the copy that counts, or the last piece of each word that is tagged. */
  readonly rows: readonly number[];
  /** Which of the rows are those last pieces. */
  readonly wordRows: readonly number[];
  hidden: Float32Array;
}

/** Reads texts together: windows of like lengths make a batch, whichever text they are of. */
export async function readTexts(
  passages: readonly (readonly { readonly text: string }[])[],
  options: TextReaderOptions,
  signal?: AbortSignal,
): Promise<ReadText[]> {
  const classes = tagClasses(options.types).length;
  const owners = passages.map((parts) => {
    const text = tokenizeText(parts, options.tokenizer);
    return { text, logProbabilities: new Float32Array((text.words.length - 1) * classes) };
  });
  const windows = owners.map((owner) => textWindows(owner.text, options.reading).map((w) => atWork(owner, w, options)));
  for (const batch of inBatches(windows.flat())) {
    throwIfAborted(signal);
    await score(batch, classes, options, signal);
  }
  return owners.map((owner, i) => ({
    ...owner,
    windows: windows[i]!.map(({ window, hidden }) => ({ window, hidden })),
  }));
}

function atWork(
  owner: WindowAtWork["owner"],
  window: TextWindow,
  { tokenizer, reading, hidden }: TextReaderOptions,
): WindowAtWork {
  const { words } = owner.text;
  const { inputs: ids, tagged, positions } = readSequence(owner.text, window, tokenizer.endId, reading);
  const first = words[window.start]!;
  const lastPieces = Array.from({ length: window.to - window.from }, (_, i) => words[window.from + i + 1]! - 1 - first);
  const all = hidden !== undefined;
  const tokens = words[window.end]! - first;
  return {
    ...{ owner, window, ids, hidden: new Float32Array(0) },
    rows: all ? Array.from({ length: tokens }, (_, i) => tagged + i) : lastPieces.map((token) => tagged + token),
    wordRows: all ? lastPieces : lastPieces.map((_, i) => i),
    ...(positions === undefined ? {} : { positions }),
  };
}

async function score(
  batch: readonly WindowAtWork[],
  classes: number,
  { encoder, hidden: wanted }: TextReaderOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const outputs = await encoder.run(batch, signal);
  const scores = outputs.get("scores")!;
  const hidden = wanted === undefined ? undefined : outputs.get(wanted)!;
  const total = batch.reduce((sum, { rows }) => sum + rows.length, 0);
  const width = hidden === undefined ? 0 : hidden.length / total;
  let row = 0;
  for (const one of batch) {
    for (const [i, at] of one.wordRows.entries()) {
      const values = scores.subarray((row + at) * classes, (row + at + 1) * classes);
      const largest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
      const sum = largest + Math.log(values.reduce((all, value) => all + Math.exp(value - largest), 0));
      const to = (one.window.from + i) * classes;
      for (let c = 0; c < classes; c++) one.owner.logProbabilities[to + c] = values[c]! - sum;
    }
    if (hidden !== undefined) one.hidden = hidden.subarray(row * width, (row + one.rows.length) * width);
    row += one.rows.length;
  }
}

/** Windows of like lengths together. */
function inBatches(windows: readonly WindowAtWork[]): WindowAtWork[][] {
  const batches: WindowAtWork[][] = [];
  let batch: WindowAtWork[] = [];
  for (const window of [...windows].sort((a, b) => b.ids.length - a.ids.length)) {
    // The first of a batch is its longest.
    if (batch.length > 0 && (batch.length + 1) * batch[0]!.ids.length > TOKENS_AT_ONCE) {
      batches.push(batch);
      batch = [];
    }
    batch.push(window);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
