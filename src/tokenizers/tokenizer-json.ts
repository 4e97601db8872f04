/**
 * `tokenizer.json` of Hugging Face's tokenizers: what BPE tokenizers of all kinds say alike, checked: vocabulary, merges, added tokens, steps.
 *
 * Source  huggingface/tokenizers, src/models/bpe and src/tokenizer/added_vocabulary.rs
 */
import { BiogptError } from "../base/errors.ts";
import { type AddedToken, MAX_PIECE_LENGTH, MAX_PIECES, type Merge } from "./sentencepiece/model.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface AddedJsonToken extends AddedToken {
  /** Found in the text as the normalizer left it, not as it was given. */
  readonly normalized: boolean;
}

/** What is said of a file that is not read. */
interface Messages {
  /** For a damaged file. */
  readonly code: string;
  /** "BPE tokenizers that …", what the reader reads. */
  readonly reads: string;
}

export class TokenizerJson {
  readonly name: string;
  readonly file: Json;
  readonly model: Json;
  /** The vocabulary, piece to id. */
  readonly ids: ReadonlyMap<string, number>;
  readonly #messages: Messages;

  /**
   * @param name of the file, for messages
   * @throws BiogptError with `messages.code` for a damaged file, `tokenizers/unsupported` for a model that is no plain BPE
   */
  constructor(text: string, name: string, messages: Messages) {
    this.name = name;
    this.#messages = messages;
    this.file = this.#parse(text);
    this.model = this.object(this.file["model"], "model");
    const { type } = this.model;
    if (type !== undefined && type !== "BPE") throw this.unsupported(`its model is ${type}, not BPE`);
    for (const field of ["continuing_subword_prefix", "end_of_word_suffix", "dropout"] as const) {
      if (this.model[field]) throw this.unsupported(`it has a ${field}`);
    }
    this.ids = this.#vocabulary();
  }

  /** Pair by pair, the lowest rank first. */
  merges(): Merge[] {
    const { ids } = this;
    const list = this.model["merges"];
    if (!Array.isArray(list)) throw this.damaged("model.merges is no list");
    return list.map((entry: unknown, rank): Merge => {
      // Older files: "▁t he"; since tokenizers 0.20 a pair, as pieces may hold spaces.
      const pair: unknown[] = typeof entry === "string" ? entry.split(" ") : Array.isArray(entry) ? entry : [];
      const [left, right] = pair;
      if (pair.length !== 2 || typeof left !== "string" || typeof right !== "string") {
        throw this.damaged(`merge ${rank} is ${JSON.stringify(entry)}`);
      }
      if (!ids.has(left) || !ids.has(right) || !ids.has(left + right)) {
        throw this.damaged(`merge ${rank}, ${left} ${right}, is not in the vocabulary`);
      }
      return { left, right, rank };
    });
  }

  addedTokens(): AddedJsonToken[] {
    const list = this.file["added_tokens"] ?? [];
    if (!Array.isArray(list)) throw this.damaged("added_tokens is no list");
    return list.map((entry: unknown, at): AddedJsonToken => {
      const { id, content, special, normalized, lstrip, rstrip, single_word } = this.object(
        entry,
        `added_tokens[${at}]`,
      );
      if (!isId(id) || typeof content !== "string" || content === "")
        throw this.damaged(`added_tokens[${at}] lacks id or content`);
      if (lstrip || rstrip || single_word)
        throw this.unsupported(`the added token ${content} takes white space or whole words only`);
      const own = this.ids.get(content);
      if (own !== undefined && own !== id) throw this.damaged(`${content} has the ids ${own} and ${id}`);
      return { id, text: content, special: special === true, normalized: normalized === true };
    });
  }

  /** A step of `field`, the steps of its sequence, or none. */
  steps(field: string, inner: string): readonly Json[] {
    const value = this.file[field];
    if (value === null || value === undefined) return [];
    const step = this.object(value, field);
    if (step["type"] !== "Sequence") return [step];
    const list = step[inner];
    if (!Array.isArray(list)) throw this.damaged(`${inner} is no list`);
    return list.map((one: unknown) => this.object(one, inner));
  }

  object(value: unknown, field: string): Json {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
    throw this.damaged(`${field} is ${value === undefined ? "missing" : "no object"}`);
  }

  damaged(why: string, fix = "Fetch the file again and compare its size."): BiogptError {
    return new BiogptError(this.#messages.code, {
      what: `${this.name} is damaged or no tokenizer.json: ${why}.`,
      fix,
    });
  }

  unsupported(why: string): BiogptError {
    return new BiogptError("tokenizers/unsupported", {
      what: `${this.name} cannot be used: ${why}.`,
      why: `Read are ${this.#messages.reads}.`,
    });
  }

  #parse(text: string): Json {
    if (text.startsWith("version https://git-lfs")) {
      throw this.damaged("it is Git LFS's pointer to it", "Run `git lfs pull`, or fetch the file itself.");
    }
    try {
      return this.object(JSON.parse(text), "file");
    } catch (cause) {
      if (cause instanceof BiogptError) throw cause;
      throw this.damaged(`it is not whole JSON (${(cause as Error).message})`);
    }
  }

  #vocabulary(): ReadonlyMap<string, number> {
    const entries = Object.entries(this.object(this.model["vocab"], "model.vocab"));
    for (const [text, id] of entries) {
      if (!isId(id)) throw this.damaged(`the id of ${JSON.stringify(text)} is ${JSON.stringify(id)}`);
      if (text.length > MAX_PIECE_LENGTH) throw this.damaged(`a piece has ${text.length} characters`);
    }
    return new Map(entries as [string, number][]);
  }
}

/** -1 where there is none. */
export function largestId(ids: ReadonlyMap<string, number>): number {
  let largest = -1;
  for (const id of ids.values()) if (id > largest) largest = id;
  return largest;
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MAX_PIECES;
}
