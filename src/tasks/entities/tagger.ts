/**
 * Names in documents: text read twice, words of the second copy tagged, tags decoded into mentions.
 *
 *     documents ─ tokens ─ windows ─ both copies ─ batches ─▶ model ─▶ scores of words ─ tags ─▶ mentions with probabilities
 *
 * A word's scores are those of its last piece, at which all of it has been read.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Mention } from "../../corpora/entities/mention-document.ts";
import type { SequenceEncoder } from "../../models/sequence-encoder.ts";
import { readClassifierFolder } from "../../pretrained/heads/classifier-folder.ts";
import { type OpenEncoderOptions, openClassifier } from "../../pretrained/heads/open-encoder.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { taskOfFolder } from "../task-file.ts";
import { decodeTags, mentionOf } from "./decode.ts";
import { DEFAULT_READING, type EntityReading } from "./entity-reading.ts";
import { tagClasses, typesOfClasses } from "./labels.ts";

import { readSequence } from "./sequence.ts";
import { type TextWindow, type TokenizedText, textWindows, tokenizeText } from "./text-tokens.ts";

/** A mention that a tagger found. */
export interface FoundMention extends Mention {
  /** In [0, 1]: of exactly this name, given the text. */
  readonly probability: number;
}

export interface PassagesToTag {
  readonly passages: readonly { readonly text: string }[];
}

export interface TaggerOptions {
  readonly encoder: Pick<SequenceEncoder, "run">;
  readonly tokenizer: Tokenizer;
  readonly types: readonly string[];
  readonly reading: EntityReading;
}

/** Documents whose windows are put into batches together: enough for batches of like lengths. */
const DOCUMENTS_AT_ONCE = 32;
/** Tokens of a batch, padding included. */
const TOKENS_AT_ONCE = 4096;

interface TextAtWork {
  readonly text: TokenizedText;
  /** (words, classes) */
  readonly logProbabilities: Float32Array;
}

interface WindowAtWork {
  readonly owner: TextAtWork;
  readonly window: TextWindow;
  readonly ids: Int32Array;
  readonly positions?: Int32Array;
  /** Last piece of each word that is tagged. */
  readonly rows: readonly number[];
}

export class Tagger implements Disposable {
  readonly types: readonly string[];
  readonly reading: EntityReading;
  readonly #options: TaggerOptions;
  readonly #classes: number;
  readonly #dispose: () => void;

  constructor(options: TaggerOptions, dispose: () => void = () => {}) {
    this.#options = options;
    this.types = options.types;
    this.reading = options.reading;
    this.#classes = tagClasses(options.types).length;
    this.#dispose = dispose;
  }

  /** The mentions of each document, in order of passage and place; documents come back in the order in which they were given. */
  async *tag<Given extends PassagesToTag>(
    documents: Iterable<Given> | AsyncIterable<Given>,
    signal?: AbortSignal,
  ): AsyncGenerator<{ readonly document: Given; readonly mentions: readonly FoundMention[] }> {
    let group: Given[] = [];
    for await (const document of documents) {
      group.push(document);
      if (group.length < DOCUMENTS_AT_ONCE) continue;
      yield* await this.#tagGroup(group, signal);
      group = [];
    }
    yield* await this.#tagGroup(group, signal);
  }

  async #tagGroup<Given extends PassagesToTag>(
    documents: readonly Given[],
    signal: AbortSignal | undefined,
  ): Promise<{ document: Given; mentions: FoundMention[] }[]> {
    const { tokenizer, types } = this.#options;
    const texts = documents.map(({ passages }): TextAtWork => {
      const text = tokenizeText(passages, tokenizer);
      return { text, logProbabilities: new Float32Array((text.words.length - 1) * this.#classes) };
    });
    for (const batch of inBatches(texts.flatMap((text) => this.#windowsOf(text)))) {
      throwIfAborted(signal);
      await this.#score(batch, signal);
    }
    return documents.map((document, i) => {
      const { text, logProbabilities } = texts[i]!;
      const spans = decodeTags(logProbabilities, types.length);
      const mentions = spans.map((span) => mentionOf(text, span, types)).filter((mention) => mention !== undefined);
      return { document, mentions };
    });
  }

  #windowsOf(owner: TextAtWork): WindowAtWork[] {
    const { reading, tokenizer } = this.#options;
    const { text } = owner;
    return textWindows(text, reading).map((window) => {
      const { inputs: ids, tagged, positions } = readSequence(text, window, tokenizer.endId, reading);
      const first = text.words[window.start]!;
      const rows = Array.from(
        { length: window.to - window.from },
        (_, i) => tagged + text.words[window.from + i + 1]! - 1 - first,
      );
      return { owner, window, ids, rows, ...(positions === undefined ? {} : { positions }) };
    });
  }

  async #score(batch: readonly WindowAtWork[], signal: AbortSignal | undefined): Promise<void> {
    const L = this.#classes;
    const scores = (await this.#options.encoder.run(batch, signal)).get("scores")!;
    let row = 0;
    for (const { owner, window, rows } of batch) {
      for (let i = 0; i < rows.length; i++, row++) {
        const values = scores.subarray(row * L, (row + 1) * L);
        const largest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
        const sum = largest + Math.log(values.reduce((total, value) => total + Math.exp(value - largest), 0));
        for (let c = 0; c < L; c++) owner.logProbabilities[(window.from + i) * L + c] = values[c]! - sum;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#dispose();
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

/**
 * The tagger in a model folder.
 *
 * @throws BiogptError `tasks/tag-classes`, `tasks/task-file`, `pretrained/…`, `models/…`
 */
export async function openTagger(folder: string, options: OpenEncoderOptions = {}): Promise<Tagger> {
  const model = await readClassifierFolder(folder, { signal: options.signal });
  if (model.kind !== "tokens") {
    throw new BiogptError("tasks/tag-classes", {
      what: `${folder} classifies whole texts; it finds no names.`,
      fix: "Use a model that `biogpt finetune entities` made.",
    });
  }
  const types = typesOfClasses(model.classes);
  const reading = taskOfFolder(model.folder).entities ?? DEFAULT_READING;
  const tokenizer = await openTokenizerFolder(model.folder, { normalizePunctuation: true, signal: options.signal });
  const opened = await openClassifier(model, options);
  return new Tagger({ encoder: opened.encoder, tokenizer, types, reading }, () => opened[Symbol.dispose]());
}
