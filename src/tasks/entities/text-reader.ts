/**
 * A text read twice by an encoder: the classes of their words, and what the model makes of each token.
 *
 *     text ─ tokens ─ windows ─ both copies ─▶ model ─▶ scores of words, hidden states of tokens
 *
 * A word's scores are those of its last piece, at which all of it has been read.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import type { SequenceEncoder } from "../../models/sequence-encoder.ts";
import type { Precision } from "../../pretrained/load/precision.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { EntityReading } from "./entity-reading.ts";
import { tagClasses } from "./labels.ts";
import { readSequence } from "./sequence.ts";
import { type TextWindow, type TokenizedText, textWindows, tokenizeText } from "./text-tokens.ts";

/** How a reader's weights are stored unless somebody says: the scores of float32 at 1.6 times the speed (docs/experiments.md). */
export const READING_PRECISION: Precision = "q8";

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

/**
 * Reads a text, each window alone: what is made of it depends on nothing else (8-bit activations share a scale within a run), nothing is padded,
 * and its intermediate values stay in the processor's cache, which is worth more than large batches.
 */
export async function readText(
  passages: readonly { readonly text: string }[],
  options: TextReaderOptions,
  signal?: AbortSignal,
): Promise<ReadText> {
  const classes = tagClasses(options.types).length;
  const text = tokenizeText(passages, options.tokenizer);
  const owner = { text, logProbabilities: new Float32Array((text.words.length - 1) * classes) };
  const windows = textWindows(text, options.reading).map((window) => atWork(owner, window, options));
  for (const one of windows) {
    throwIfAborted(signal);
    await score(one, classes, options, signal);
  }
  return { ...owner, windows: windows.map(({ window, hidden }) => ({ window, hidden })) };
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
  one: WindowAtWork,
  classes: number,
  { encoder, hidden: wanted }: TextReaderOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const outputs = await encoder.run([one], signal);
  const scores = outputs.get("scores")!;
  for (const [i, at] of one.wordRows.entries()) {
    const values = scores.subarray(at * classes, (at + 1) * classes);
    const largest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const sum = largest + Math.log(values.reduce((all, value) => all + Math.exp(value - largest), 0));
    const to = (one.window.from + i) * classes;
    for (let c = 0; c < classes; c++) one.owner.logProbabilities[to + c] = values[c]! - sum;
  }
  if (wanted !== undefined) one.hidden = outputs.get(wanted)!;
}
