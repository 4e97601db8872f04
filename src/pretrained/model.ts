/**
 * A model ready for use: text in, text out. Weights, tokenizer and decoding in one object that `loadModel` makes.
 *
 * Prompts begin with `</s>` as BioGPT was trained; a prompt's text is normalised (typographic quotes and dashes, which the
 * base vocabulary does not have) unless asked otherwise.
 */
import { BiogptError, internalError } from "../base/errors.ts";
import {
  type CachedModel,
  type GeneratedSequence,
  type GenerationSettings,
  generate,
  type StopCheck,
  score,
  scoreContinuations,
  stream,
} from "../generation/generation.ts";
import { checkSettings } from "../generation/settings.ts";
import type { ModelConfig, ModelFamily, SpecialIds } from "../models/family.ts";
import type { OperatorProfile } from "../runtime/device.ts";
import type { ChatMessage } from "../tokenizers/chat/conversation.ts";
import type { StreamDecoder, Tokenizer } from "../tokenizers/tokenizer.ts";
import type { PromptReader } from "./attachments/prompt-reader.ts";
import { type ChatOptions, type ChatReply, converse } from "./chat/converse.ts";
import { jsonSettings, prepareJson } from "./json/json-settings.ts";
import type { Precision } from "./load/precision.ts";
import type {
  EmbeddedPrompt,
  GenerateOptions,
  Generation,
  Prompt,
  RunOptions,
  TextChunk,
  TextScore,
  TextSettings,
} from "./text-types.ts";

export type { EmbeddedPrompt, GenerateOptions, Generation, Prompt, RunOptions, TextChunk, TextScore, TextSettings };

export interface ModelParts {
  readonly name: string;
  /** 64 hexadecimal digits over config, weights' identity, tokenizer and precision: names the model in results. */
  readonly hash: string;
  readonly folder: string | undefined;
  readonly family: ModelFamily;
  readonly config: ModelConfig;
  readonly precision: Precision;
  readonly decoder: CachedModel & Disposable;
  /** Absent: the model takes ids alone. */
  readonly tokenizer: Tokenizer | undefined;
  /** Absent: the model reads text alone. */
  readonly reader?: PromptReader | undefined;
  readonly warnings: readonly string[];
  readonly profile: () => OperatorProfile[];
  /** A text file of the model's folder, undefined where there is none. Absent: there are no files beside it. */
  readonly readText?: ((file: string) => Promise<string | undefined>) | undefined;
  readonly dispose: () => void;
}

export class Model implements Disposable {
  readonly name: string;
  readonly hash: string;
  readonly folder: string | undefined;
  readonly family: ModelFamily;
  /** What every model has; the family's own config has more. */
  readonly config: ModelConfig;
  readonly precision: Precision;
  /** The model over token ids and cached rows, for callers that decode themselves. */
  readonly decoder: CachedModel;
  /** What was odd about the files, one sentence each. */
  readonly warnings: readonly string[];
  readonly #parts: ModelParts;

  /** @param of its parts, or another model, whose parts this one then has too: a class that adds to `Model` wraps what was loaded */
  constructor(of: ModelParts | Model) {
    const parts = of instanceof Model ? of.#parts : of;
    this.name = parts.name;
    this.hash = parts.hash;
    this.folder = parts.folder;
    this.family = parts.family;
    this.config = parts.config;
    this.precision = parts.precision;
    this.decoder = parts.decoder;
    this.warnings = parts.warnings;
    this.#parts = parts;
  }

  /** @throws BiogptError `tokenizers/not-found` for a model whose folder holds none */
  get tokenizer(): Tokenizer {
    if (this.#parts.tokenizer !== undefined) return this.#parts.tokenizer;
    throw new BiogptError("tokenizers/not-found", {
      what: `The model ${this.name} has no tokenizer${this.folder === undefined ? "" : `: ${this.folder} holds none that is read`}.`,
      why: "Text becomes ids by the vocabulary that the model was trained with; ids themselves need none.",
      fix: "Put the tokenizer's files beside the weights, or give ids.",
    });
  }

  /** A text file of the model's folder; undefined where there is none. */
  async readText(file: string): Promise<string | undefined> {
    return this.#parts.readText?.(file);
  }

  /** What makes rows of prompts of molecules and proteins; undefined for a model that reads text alone. */
  get reader(): PromptReader | undefined {
    return this.#parts.reader;
  }

  /**
   * Answers the last message of a conversation, in the format that the model was made with.
   *
   * @param messages of the user and the assistant in turn, the first one may be the system's; each may bring attachments
   * @throws BiogptError `tokenizers/chat` for messages that the format has no form for, `pretrained/no-encoder`, `generation/prompt-too-long`, and what
   *   molecules/ throws for attachments
   * @example
   *     const { text } = await model.chat([{ role: "user", content: "What is this?" }], { molecules: ["CCO"] });
   */
  async chat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<ChatReply> {
    return converse(this, messages, options);
  }

  /** The text's ids as a prompt: for BioGPT `</s>` stands before them. */
  encodePrompt(text: string): number[] {
    return this.family.encodePrompt(text, this.tokenizer, this.config);
  }

  /**
   * Continues a prompt, or several at once.
   *
   * @returns for each prompt its sequences, best first
   * @throws BiogptError `generation/...` for settings out of range and prompts that are empty or longer than the context,
   *   `models/embedding-rows` for rows that are not the model's
   */
  async generate(
    prompts: Prompt | EmbeddedPrompt | readonly (Prompt | EmbeddedPrompt)[],
    { signal, progress, ...settings }: GenerateOptions = {},
  ): Promise<readonly (readonly Generation[])[]> {
    const list = isPrompt(prompts) ? [prompts] : prompts;
    using rows = new HeldRows(this.decoder);
    const idLists = list.map((prompt) => this.#ids(prompt, rows));
    const results = await generate(this.decoder, idLists, this.#settings(settings), { signal, report: progress });
    return results.map((sequences, index) =>
      sequences.map((sequence) => this.#finish(list[index]!, idLists[index]!, sequence, settings)),
    );
  }

  /** Refuses settings as `generate` would, before anything is computed. */
  expectSettings(settings: TextSettings): void {
    checkSettings(this.#settings(settings), this.decoder);
  }

  /**
   * Makes what the first `jsonSchema` would otherwise make: lists of what every token writes, in turns with other work. Without effect where the
   * tokenizer cannot write JSON.
   */
  async prepareJson(): Promise<void> {
    if (this.#parts.tokenizer !== undefined) await prepareJson(this.#parts.tokenizer, this.#specialIds.end);
  }

  /** Continues a prompt, giving its text as it grows. */
  async *stream(
    prompt: Prompt | EmbeddedPrompt,
    { signal, ...settings }: Omit<GenerateOptions, "progress"> = {},
  ): AsyncGenerator<TextChunk, void, void> {
    using rows = new HeldRows(this.decoder);
    const promptIds = this.#ids(prompt, rows);
    if ((settings.returnCount ?? 1) !== 1) {
      throw new BiogptError("generation/no-effect", {
        what: `${settings.returnCount} sequences cannot be streamed as one text.`,
        fix: "Leave the number of sequences at 1, or do not stream.",
      });
    }
    const decoder = this.#parts.tokenizer?.streamDecoder() ?? idDecoder();
    const guard = new StopGuard(settings.stop ?? []);
    const { tokenizer } = this.#parts;
    let hasBegun = false;
    const events = stream(this.decoder, promptIds, this.#settings(settings), { signal });
    for (;;) {
      const { done, value } = await events.next();
      if (done) {
        const [best] = value;
        if (best === undefined) return;
        const generation = this.#finish(prompt, promptIds, best, settings);
        yield { text: guard.end(decoder.end(), generation.text), ids: [], logProbabilities: [], generation };
        return;
      }
      const text = value.ids.map((id) => decoder.push(id)).join("");
      if (value.ids.length === 0) continue;
      const separator = hasBegun ? {} : { separator: tokenizer?.separatorBefore?.(value.ids) ?? " " };
      hasBegun = true;
      const { ids, logProbabilities, alternatives } = value;
      const told = alternatives === undefined ? {} : { alternatives };
      yield { text: guard.pass(text), ids, logProbabilities, ...told, ...separator };
    }
  }

  /**
   * Log-likelihood of texts or id sequences (given with their leading `</s>`).
   *
   * @param end whether the final `</s>` of a text is scored too. Default false.
   */
  async score(
    texts: readonly Prompt[],
    { end = false, signal, progress }: RunOptions & { readonly end?: boolean } = {},
  ): Promise<TextScore[]> {
    const sequences = texts.map((text) => {
      const ids = typeof text === "string" ? this.encodePrompt(text) : [...text];
      return end ? [...ids, this.#specialIds.end] : ids;
    });
    const scored = await score(this.decoder, sequences, { signal, report: progress });
    return scored.map(({ logProbabilities, logLikelihood }, index) => {
      const given = texts[index]!;
      const text = typeof given === "string" ? given : this.#textOf(given);
      const tokens = logProbabilities.length;
      const characters = [...text].length;
      return {
        text,
        tokens,
        logLikelihood,
        perplexity: tokens === 0 ? 1 : Math.exp(-logLikelihood / tokens),
        bitsPerCharacter:
          characters === 0 || (typeof given !== "string" && this.#parts.tokenizer === undefined)
            ? undefined
            : -logLikelihood / Math.LN2 / characters,
      };
    });
  }

  /** Log-likelihood, in nats, of given ids after a prompt. */
  async scoreAfter(
    prompt: Prompt | EmbeddedPrompt,
    ids: readonly number[],
    { signal }: Pick<RunOptions, "signal"> = {},
  ): Promise<number> {
    using rows = new HeldRows(this.decoder);
    const [scored] = await scoreContinuations(this.decoder, this.#ids(prompt, rows), [ids], { signal });
    return scored!.logLikelihood;
  }

  /** Time by operator, where the model was loaded with `profile`. */
  profile(): OperatorProfile[] {
    return this.#parts.profile();
  }

  /** Frees memory and device; the model cannot be used any more. `using` calls it at the end of its block. */
  dispose(): void {
    this.#parts.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #ids(prompt: Prompt | EmbeddedPrompt, rows: HeldRows): number[] {
    if (isEmbedded(prompt)) return rows.idsOf(prompt);
    if (typeof prompt !== "string") return [...prompt];
    const ids = this.encodePrompt(prompt);
    if (ids.length === this.encodePrompt("").length) {
      throw new BiogptError("generation/empty-prompt", {
        what: "The prompt is empty.",
        why: "A model continues a text; it needs at least one token of it.",
        fix: 'Give a prompt, for example "COVID-19 is"; --prompt-ids "[2]" begins a new text.',
      });
    }
    return ids;
  }

  #settings({ jsonSchema, ...given }: TextSettings): GenerationSettings {
    const { stop, stopAtEnd = true, bannedIds = [], ...settings } = given;
    const { end: endId, pad } = this.#specialIds;
    const json = jsonSchema === undefined ? {} : jsonSettings(this.tokenizer, jsonSchema, endId, given);
    const { tokenizer } = this.#parts;
    const check: StopCheck | undefined = stop === undefined || stop.length === 0 ? undefined : this.#stopCheck(stop);
    // What a user cannot type is not generated either: padding, the learned prompt of a fine-tuned model, rows without a name.
    const banned = [
      ...bannedIds,
      ...(pad === undefined ? [] : [pad]),
      ...(tokenizer?.learnedIds ?? []),
      ...range(tokenizer?.vocabularySize ?? this.config.vocabularySize, this.config.vocabularySize),
      ...(stopAtEnd ? [] : [endId]),
    ];
    return {
      ...settings,
      bannedIds: banned,
      ...(stopAtEnd ? { endId } : {}),
      ...json,
      ...(check === undefined ? {} : { stop: check }),
    };
  }

  get #specialIds(): SpecialIds {
    return this.family.specialIds(this.config, this.#parts.tokenizer);
  }

  /** Without a tokenizer, the ids themselves. */
  #textOf(ids: readonly number[]): string {
    return this.#parts.tokenizer?.decode(ids) ?? ids.join(" ");
  }

  #stopCheck(stop: readonly string[]): StopCheck {
    return (generated) => {
      const text = this.#textOf(generated);
      return stop.some((string) => text.includes(string));
    };
  }

  #finish(
    prompt: Prompt | EmbeddedPrompt,
    promptIds: readonly number[],
    sequence: GeneratedSequence,
    { stop = [] }: TextSettings,
  ): Generation {
    const { ids, score: sequenceScore, finishReason, logProbabilities, alternatives } = sequence;
    const text = cutAt(this.#textOf(ids), stop);
    return {
      prompt: typeof prompt === "string" ? prompt : this.#textOf(promptIds.filter((id) => id >= 0)),
      promptIds: promptIds.map((id) => Math.max(id, -1)),
      ids,
      text,
      separator:
        text === ""
          ? ""
          : (this.#parts.tokenizer?.separatorBefore?.(ids) ?? (BEGINS_WITH_PUNCTUATION.test(text) ? "" : " ")),
      score: sequenceScore,
      finishReason,
      logProbabilities,
      ...(alternatives === undefined ? {} : { alternatives }),
    };
  }
}

const BEGINS_WITH_PUNCTUATION = /^[,.;:!?)%\]]/;

/** Rows that a model holds while a prompt with them is continued. */
class HeldRows implements Disposable {
  readonly #decoder: CachedModel;
  readonly #held: Disposable[] = [];

  constructor(decoder: CachedModel) {
    this.#decoder = decoder;
  }

  /** @throws BiogptError `models/embedding-rows` */
  idsOf({ inputsEmbeds }: EmbeddedPrompt): number[] {
    const parts = inputsEmbeds instanceof Float32Array ? [inputsEmbeds] : inputsEmbeds;
    return parts.flatMap((part) => {
      if (!(part instanceof Float32Array)) return part;
      const rows = this.#decoder.giveRows?.(part);
      if (rows === undefined) throw internalError("the model takes no rows in place of ids");
      this.#held.push(rows);
      return rows.ids;
    });
  }

  [Symbol.dispose](): void {
    for (const rows of this.#held) rows[Symbol.dispose]();
  }
}

type AnyPrompt = Prompt | EmbeddedPrompt;

function isEmbedded(value: AnyPrompt | readonly AnyPrompt[]): value is EmbeddedPrompt {
  return typeof value === "object" && "inputsEmbeds" in value;
}

function isPrompt(value: AnyPrompt | readonly AnyPrompt[]): value is AnyPrompt {
  if (isEmbedded(value)) return true;
  return typeof value === "string" || (value.length > 0 && typeof value[0] === "number") || value.length === 0;
}

/** Writes the ids themselves, as `#textOf` does, for a model without a tokenizer. */
function idDecoder(): StreamDecoder {
  let separator = "";
  return {
    push(id) {
      const text = `${separator}${id}`;
      separator = " ";
      return text;
    },
    end: () => "",
  };
}

/** from, from + 1, … less than end */
function range(from: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - from) }, (_, i) => from + i);
}

/** The text up to the first stop string. */
function cutAt(text: string, stop: readonly string[]): string {
  const first = Math.min(...stop.map((string) => text.indexOf(string)).filter((index) => index >= 0), text.length);
  return text.slice(0, first);
}

/** Holds back the end of a stream that may turn out to be the beginning of a stop string. */
class StopGuard {
  readonly #stop: readonly string[];
  #held = "";
  #passed = 0;

  constructor(stop: readonly string[]) {
    this.#stop = stop;
  }

  pass(text: string): string {
    if (this.#stop.length === 0) return text;
    this.#held += text;
    const longest = Math.max(...this.#stop.map((string) => string.length)) - 1;
    const safe = cutAt(this.#held, this.#stop);
    const out = safe.length < this.#held.length ? safe : this.#held.slice(0, Math.max(0, this.#held.length - longest));
    this.#held = safe.length < this.#held.length ? "" : this.#held.slice(out.length);
    this.#passed += out.length;
    return out;
  }

  /** @param whole the finished text, which says how much of the rest counts */
  end(text: string, whole: string): string {
    if (this.#stop.length === 0) return text;
    return whole.slice(this.#passed);
  }
}
