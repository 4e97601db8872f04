/**
 * Byte-level BPE: the tokenizer of GPT-2, Llama 3, Qwen2 and 3.
 *
 *     text ─ (added tokens) ─ normal form ─ words by regular expressions ─ UTF-8 bytes ─ merges ─ ids
 *
 * Follows   huggingface/tokenizers; equal to it in a test, with the patterns of several families.
 * Speed     a word gives the same ids wherever it stands, so words are looked up.
 * Left out  the ids around a sequence, which prompts place
 */
import { BiogptError } from "../../base/errors.ts";
import { BufferedTokenizer } from "../buffered-tokenizer.ts";
import { ChunkTokens } from "../chunk-tokens.ts";
import { isLearned, learnedIdsAmong } from "../learned-tokens.ts";
import { type LiteralTokens, literalTokens, splitByTokens } from "../literal-tokens.ts";
import { HASH_START, hashUnit } from "../moses-bpe/chunk-table.ts";
import { MergeTable } from "../sentencepiece/merge-table.ts";
import { Merger, type Symbols } from "../sentencepiece/merger.ts";
import type { AddedToken } from "../sentencepiece/model.ts";
import { sha256 } from "../sha256.ts";
import { type TokenWriting, type WrittenToken, wholeWriting } from "../token-writing.ts";
import type { DecodeOptions, EncodeOptions, StreamDecoder, Tokenizer } from "../tokenizer.ts";
import { type AddedJsonToken, largestId } from "../tokenizer-json.ts";
import { noSuchToken } from "../tokens.ts";
import { BYTE_CHARACTERS, bytesOfPiece } from "./byte-alphabet.ts";
import type { ByteLevelModel } from "./model.ts";
import { type NormalizedForm, normalizedForm } from "./normalize.ts";

export interface ByteLevelTokenizerOptions {
  /** Spelling of the token that stands before a prompt. Default: what the file puts in front; null: nothing stands there. */
  readonly beginToken?: string | null | undefined;
  /** Spelling of the token that ends a text. Default: the first of those in use that the vocabulary has. */
  readonly endToken?: string | undefined;
  /** Behind those of the file. */
  readonly addedTokens?: readonly AddedToken[] | undefined;
  /** Spelling of what fills batches. Default: `endToken`. */
  readonly padToken?: string | undefined;
}

/** Ends of texts in vocabularies that do not say which it is. */
const END_TOKENS = ["<|end_of_text|>", "<|endoftext|>", "</s>"];

export class ByteLevelTokenizer extends BufferedTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly beginId: number;
  readonly endId: number;
  readonly padId: number;
  /** There is none: every byte is in the vocabulary. */
  readonly unknownId = -1;
  readonly learnedIds: readonly number[];
  readonly specialTokens: ReadonlyMap<string, number>;

  readonly #model: ByteLevelModel;
  readonly #pieces: readonly (string | undefined)[];
  readonly #idOf: ReadonlyMap<string, number>;
  readonly #byteIds: readonly number[];
  readonly #merger: Merger;
  readonly #symbols: Symbols = { count: 0, ids: new Int32Array(64), ends: new Int32Array(64) };
  readonly #words = new ChunkTokens((word) => this.#encodeWord(word));
  /** Found in the text as it is, and in its normal form; each with and without special tokens. */
  readonly #given: Readonly<Record<"plain" | "all", LiteralTokens | undefined>>;
  readonly #normalized: Readonly<Record<"plain" | "all", LiteralTokens | undefined>>;
  #hash: string | undefined;
  #writing: TokenWriting | undefined;

  /** @throws BiogptError `tokenizers/byte-level` where two tokens have one id, or a token that is named is not there */
  constructor(
    model: ByteLevelModel,
    { beginToken, endToken, padToken, addedTokens: more = [] }: ByteLevelTokenizerOptions = {},
  ) {
    super();
    const addedTokens = [...model.addedTokens, ...more.map((token) => ({ ...token, normalized: false }))];
    this.#model = { ...model, addedTokens };
    const { ids } = model;
    const idOf = new Map(ids);
    for (const { text, id } of addedTokens) idOf.set(text, id);
    this.#idOf = idOf;
    this.#pieces = piecesById(this.#model);
    this.learnedIds = learnedIdsAmong(addedTokens);
    this.vocabularySize = this.#pieces.length;
    this.#byteIds = BYTE_CHARACTERS.map((character) => ids.get(character)!);
    this.#merger = new Merger(new MergeTable(model.merges, (text) => ids.get(text)!));
    const special = addedTokens.filter((token) => token.special && !isLearned(token));
    this.specialTokens = new Map(special.map(({ text, id }) => [text, id]));
    const find = (normalized: boolean, wanted: readonly AddedJsonToken[]): LiteralTokens | undefined =>
      literalTokens(new Map(wanted.filter((one) => one.normalized === normalized).map(({ text, id }) => [text, id])));
    const plain = addedTokens.filter((token) => !token.special);
    this.#given = { plain: find(false, plain), all: find(false, [...plain, ...special]) };
    this.#normalized = { plain: find(true, plain), all: find(true, [...plain, ...special]) };
    this.beginId = beginToken === null ? -1 : this.#named(beginToken ?? model.beginToken, "begin");
    this.endId = this.#named(endToken ?? END_TOKENS.find((text) => idOf.has(text)), "end");
    this.padId = padToken === undefined ? this.endId : this.#named(padToken, "padding");
  }

  get hash(): string {
    const { ids, merges, addedTokens, normalForms, splits, prefixesSpace, ignoresMerges } = this.#model;
    this.#hash ??= sha256(
      JSON.stringify([
        "byte-level-bpe/1",
        { normalForms, prefixesSpace, ignoresMerges },
        splits.map(({ source, keepsGaps }) => [source, keepsGaps]),
        [...ids].sort(([, a], [, b]) => a - b),
        merges.map(({ left, right }) => [left, right]),
        addedTokens.map(({ id, text, special, normalized }) => [id, text, special, normalized]),
      ]),
    );
    return this.#hash;
  }

  streamDecoder({ keepSpecialTokens = false, keepLearnedTokens = false }: DecodeOptions = {}): StreamDecoder {
    const leftOut = new Set([
      ...(keepSpecialTokens ? [] : this.specialTokens.values()),
      ...(keepLearnedTokens ? [] : this.learnedIds),
    ]);
    let decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return {
      push: (id) => {
        const piece = this.piece(id);
        if (leftOut.has(id)) return "";
        return decoder.decode(bytesOfPiece(piece), { stream: true });
      },
      end: () => {
        const rest = decoder.decode();
        decoder = new TextDecoder("utf-8", { ignoreBOM: true });
        return rest;
      },
    };
  }

  writing(): TokenWriting {
    this.#writing ??= wholeWriting(this.#writtenTokens());
    return this.#writing;
  }

  #writtenTokens(): WrittenToken[] {
    const silent = new Set([...this.specialTokens.values(), ...this.learnedIds, this.beginId, this.endId, this.padId]);
    return this.#pieces.flatMap((piece, id) => {
      if (piece === undefined || piece === "" || silent.has(id)) return [];
      return [{ id, bytes: String.fromCharCode(...bytesOfPiece(piece)), effect: 0 }];
    });
  }

  /** Tokens hold their spaces. */
  separatorBefore(): "" {
    return "";
  }

  /** In the alphabet of bytes, where a space is Ġ. */
  piece(id: number): string {
    const piece = Number.isInteger(id) ? this.#pieces[id] : undefined;
    if (piece !== undefined) return piece;
    throw noSuchToken(id, this.vocabularySize);
  }

  id(piece: string): number | undefined {
    return this.#idOf.get(piece);
  }

  /** -1 where no token is named. */
  #named(token: string | undefined, role: string): number {
    if (token === undefined) return -1;
    const id = this.#idOf.get(token);
    if (id !== undefined) return id;
    throw new BiogptError("tokenizers/byte-level", {
      what: `${this.#model.name} lacks ${token}, its ${role} token.`,
      fix: "Take all tokenizer files from one model.",
    });
  }

  protected encodeAll(text: string, { recognizeSpecialTokens = false }: EncodeOptions): void {
    const which = recognizeSpecialTokens ? "all" : "plain";
    const wellFormed = text.replace(/\p{Surrogate}/gu, "\ufffd"); // half of a pair is no character: UTF-8 has U+FFFD for it
    const put = (id: number, start: number, end: number): void => this.output.put(id, start, end);
    splitByTokens(this.#given[which], wellFormed, (part, start) => this.#encodePart(part, start, which), put);
  }

  /** Appends the tokens of a part that begins at `offset` of the text. */
  #encodePart(part: string, offset: number, which: "plain" | "all"): void {
    const output = this.output;
    const first = output.count;
    let places: NormalizedForm[] = [];
    let text = part;
    for (const form of this.#model.normalForms) {
      const normalized = normalizedForm(text, form);
      text = normalized.text;
      if (normalized.origin !== undefined) places = [normalized, ...places];
    }
    const put = (id: number, start: number, end: number): void => output.put(id, start, end);
    splitByTokens(this.#normalized[which], text, (inner, start) => this.#encodeWords(inner, start), put);
    if (!output.withPlaces) return;
    let last = 0;
    for (let i = first; i < output.count; i++) {
      let [start, end] = [output.starts[i]!, output.ends[i]!];
      for (const { origin } of places) {
        // A further token of one character stands where what came before it ends.
        const before = end === 0 ? 0 : origin!.ends[end - 1]!;
        [start, end] = start === end ? [before, before] : [origin!.starts[start]!, before];
      }
      // Of characters that became several tokens the first owns the place.
      end = Math.max(end, last);
      output.starts[i] = offset + (output.starts[i] === output.ends[i] ? end : Math.max(start, last));
      output.ends[i] = offset + end;
      last = end;
    }
  }

  /** @param offset of the text in the part's normal form */
  #encodeWords(text: string, offset: number): void {
    const prefixed = this.#model.prefixesSpace && text !== "" && !text.startsWith(" ");
    const first = this.output.count;
    this.#split(prefixed ? ` ${text}` : text, 0, 0);
    if (!this.output.withPlaces) return;
    const shift = prefixed ? 1 : 0;
    for (let i = first; i < this.output.count; i++) {
      this.output.starts[i] = offset + Math.max(0, this.output.starts[i]! - shift);
      this.output.ends[i] = offset + Math.max(0, this.output.ends[i]! - shift);
    }
  }

  /** Cuts by the splits from the given one on, and puts what comes out. */
  #split(text: string, at: number, offset: number): void {
    const { splits } = this.#model;
    const split = splits[at];
    if (split === undefined) {
      if (text !== "") this.#putWord(text, 0, text.length, offset);
      return;
    }
    const isLast = at === splits.length - 1;
    const take = (from: number, to: number): void => {
      if (from === to) return;
      if (isLast) this.#putWord(text, from, to, offset);
      else this.#split(text.slice(from, to), at + 1, offset + from);
    };
    let from = 0;
    for (const match of text.matchAll(split.pattern)) {
      if (split.keepsGaps) take(from, match.index);
      from = match.index + match[0].length;
      take(match.index, from);
    }
    if (split.keepsGaps) take(from, text.length);
  }

  #putWord(text: string, from: number, to: number, offset: number): void {
    let hash = HASH_START;
    for (let at = from; at < to; at++) hash = hashUnit(hash, text.charCodeAt(at));
    this.output.putChunk(this.#words.of(text, from, to, hash), offset + from);
  }

  #encodeWord(word: string): readonly number[] {
    const symbols = this.#symbols;
    if (symbols.ids.length < 3 * word.length) {
      symbols.ids = new Int32Array(6 * word.length);
      symbols.ends = new Int32Array(6 * word.length);
    }
    symbols.count = 0;
    let end = 0;
    let spelling = "";
    for (const character of word) {
      end += character.length; // of all its bytes: the first token that has one of them owns the place
      for (const byte of utf8(character)) {
        spelling += BYTE_CHARACTERS[byte]!;
        symbols.ids[symbols.count] = this.#byteIds[byte]!;
        symbols.ends[symbols.count++] = end;
      }
    }
    const whole = this.#model.ignoresMerges ? this.#model.ids.get(spelling) : undefined;
    if (whole !== undefined) return [whole, word.length];
    this.#merger.merge(symbols);
    const tokens: number[] = [];
    for (let i = 0; i < symbols.count; i++) tokens.push(symbols.ids[i]!, symbols.ends[i]!);
    return tokens;
  }
}

const ENCODER = new TextEncoder();
const ASCII: readonly (readonly number[])[] = Array.from({ length: 128 }, (_, byte) => [byte]);

function utf8(character: string): Iterable<number> {
  const code = character.charCodeAt(0);
  return code < 128 ? ASCII[code]! : ENCODER.encode(character);
}

/** Spellings by id. */
function piecesById({ ids, addedTokens, name }: ByteLevelModel): (string | undefined)[] {
  const pieces = new Array<string | undefined>(
    1 + addedTokens.reduce((largest, { id }) => Math.max(largest, id), largestId(ids)),
  );
  for (const [text, id] of [...ids, ...addedTokens.map((token): [string, number] => [token.text, token.id])]) {
    if (pieces[id] !== undefined && pieces[id] !== text) {
      throw new BiogptError("tokenizers/byte-level", {
        what: `${name} is damaged: ${JSON.stringify(text)} and ${JSON.stringify(pieces[id])} have the id ${id}.`,
        fix: "Fetch the file again and compare its size.",
      });
    }
    pieces[id] = text;
  }
  return pieces;
}
