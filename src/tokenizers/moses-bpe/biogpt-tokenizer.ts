/**
 * BioGPT's tokenizer: Moses words, fastBPE pieces, ids; with the place of every token in the text.
 *
 *     text ─ (punctuation) ─ chunks ─ Moses tokens ─ escaped ─ pieces ─ ids
 *
 * Follows   microsoft/BioGPT's preprocessing (mode `perl`) and transformers' BioGptTokenizer (mode `sacremoses`).
 * Speed     a chunk between white space gives the same ids wherever it stands, with the exceptions that `moses-scan.ts` knows, so
 *           chunks are looked up; a new one is scanned in one pass. Checked against the slow way,
 *           `mosesTokens` over the whole text, which is also taken where chunks do not suffice.
 * Left out  the ids around a sequence (`</s>`), which prompts place; two texts as a pair
 */

import { BiogptError } from "../../base/errors.ts";
import { BufferedTokenizer } from "../buffered-tokenizer.ts";
import { sha256 } from "../sha256.ts";
import type { TokenBuffer } from "../token-buffer.ts";
import type { TokenWriting } from "../token-writing.ts";
import type { DecodeOptions, EncodeOptions, StreamDecoder, Tokenizer } from "../tokenizer.ts";
import { noSuchToken } from "../tokens.ts";
import { widened } from "../widened.ts";
import { BytePairEncoder, type WordPieces } from "./byte-pair-encoder.ts";
import type { MosesMode } from "./characters.ts";
import { ChunkTable, LONGEST_CHUNK } from "./chunk-table.ts";
import { MosesDetokenizer } from "./detokenizer.ts";
import { locateTokens, mosesTokens } from "./moses.ts";
import { MosesScanner, type NextChunk } from "./moses-scan.ts";
import { type NormalizedText, normalizePunctuation } from "./normalize-punctuation.ts";
import {
  expectSameOrigin,
  fromFairseq,
  isSpecial,
  learnedIdsOf,
  type Merges,
  SPECIAL_TOKENS,
  toFairseq,
  type Vocabulary,
  WORD_END,
} from "./vocabulary.ts";
import { wordWriting } from "./word-writing.ts";

export interface BioGptTokenizerOptions {
  /** Pieces by id, Hugging Face's spelling: `parseVocabularyJson`, `parseFairseqDictionary`, `withLearnedTokens`. */
  readonly vocabulary: Vocabulary;
  /** Pairs by rank: `parseMerges`. */
  readonly merges: Merges;
  /** Which Moses: `perl` as in training and fine-tuning, `sacremoses` as in Hugging Face and fairseq's hub. Default `perl`. */
  readonly moses?: MosesMode;
  /** Typographic quotes and dashes to ASCII first (see `normalize-punctuation.ts`). Default false, as all released paths. */
  readonly normalizePunctuation?: boolean;
}

// Some 20 MB when full: enough for nine tenths of the chunks of any text; a full cache is emptied.
const CHUNKS_CACHED = 1 << 18;

/** SHA-256 of all that decides the ids. */
export function tokenizerHash({
  vocabulary,
  merges,
  moses = "perl",
  normalizePunctuation = false,
}: BioGptTokenizerOptions): string {
  return sha256(JSON.stringify(["biogpt-tokenizer/1", moses, normalizePunctuation, vocabulary, merges]));
}

export class BioGptTokenizer extends BufferedTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly endId: number;
  readonly padId: number;
  readonly unknownId: number;
  readonly learnedIds: readonly number[];
  readonly moses: MosesMode;
  readonly normalizesPunctuation: boolean;
  readonly vocabulary: Vocabulary;
  readonly merges: Merges;

  /** Made when first asked for: encoding does not need it. */
  #idOf: ReadonlyMap<string, number> | undefined;
  readonly #encoder: BytePairEncoder;
  readonly #scanner: MosesScanner;
  readonly #dash: WordPieces;
  readonly #chunks = new ChunkCache();
  #hash: string | undefined;
  #writing: TokenWriting | undefined;

  /** @throws BiogptError `tokenizers/mismatch` when the vocabulary and the merges do not belong together */
  constructor(options: BioGptTokenizerOptions) {
    super();
    const { vocabulary, merges, moses = "perl", normalizePunctuation = false } = options;
    expectSameOrigin(vocabulary, merges);
    this.vocabulary = vocabulary;
    this.merges = merges;
    this.moses = moses;
    this.normalizesPunctuation = normalizePunctuation;
    this.vocabularySize = vocabulary.length;
    this.endId = this.#special("</s>");
    this.padId = this.#special("<pad>");
    this.unknownId = this.#special("<unk>");
    this.learnedIds = learnedIdsOf(vocabulary);
    this.#encoder = new BytePairEncoder(vocabulary, merges, this.unknownId);
    this.#scanner = new MosesScanner(moses);
    this.#dash = this.#encoder.encode("@-@");
  }

  get hash(): string {
    const { vocabulary, merges, moses, normalizesPunctuation } = this;
    this.#hash ??= tokenizerHash({ vocabulary, merges, moses, normalizePunctuation: normalizesPunctuation });
    return this.#hash;
  }

  streamDecoder(options: DecodeOptions = {}): StreamDecoder {
    return new PieceDecoder(this, options);
  }

  writing(): TokenWriting {
    this.#writing ??= wordWriting(this);
    return this.#writing;
  }

  piece(id: number): string {
    return toFairseq(this.#pieceAt(id));
  }

  id(piece: string): number | undefined {
    this.#idOf ??= new Map(this.vocabulary.map((known, id) => [known, id]));
    // A learned token may stand in the vocabulary bare or with its end of word.
    return this.#idOf.get(fromFairseq(piece)) ?? (/^learned[1-9]\d*$/.test(piece) ? this.#idOf.get(piece) : undefined);
  }

  /** Spelling of an id in Hugging Face's form: `foo` goes on, `foo</w>` ends a word. */
  #pieceAt(id: number): string {
    const piece = Number.isInteger(id) ? this.vocabulary[id] : undefined;
    if (piece !== undefined) return piece;
    throw noSuchToken(id, this.vocabularySize);
  }

  #special(token: (typeof SPECIAL_TOKENS)[number]): number {
    const id = this.vocabulary.indexOf(token);
    if (id >= 0) return id;
    throw new BiogptError("tokenizers/vocabulary", {
      what: `The vocabulary lacks ${token}.`,
      why: `A BioGPT vocabulary has ${SPECIAL_TOKENS.join(" ")}.`,
      fix: "Take the vocabulary that came with the model.",
    });
  }

  protected encodeAll(text: string, { recognizeSpecialTokens = false }: EncodeOptions): void {
    if (!recognizeSpecialTokens) {
      this.#encodeText(text, 0);
      return;
    }
    let from = 0;
    for (const match of text.matchAll(/<\/?s>|<pad>|<unk>/g)) {
      this.#encodeText(text.slice(from, match.index), from);
      from = match.index + match[0].length;
      this.output.put(this.#special(match[0] as (typeof SPECIAL_TOKENS)[number]), match.index, from);
    }
    this.#encodeText(text.slice(from), from);
  }

  /** Appends the tokens of a text that begins at `offset` of the whole. */
  #encodeText(text: string, offset: number): void {
    const output = this.output;
    const first = output.count;
    const normalized: NormalizedText = this.normalizesPunctuation ? normalizePunctuation(text) : { text };
    this.#text = normalized.text;
    if (!this.#scanner.walkChunks(normalized.text, this.#visitChunk)) {
      output.count = first;
      this.#encodeWhole(normalized.text);
    }
    this.#text = "";
    if (!output.withPlaces || (normalized.origin === undefined && offset === 0)) return;
    for (let i = first; i < output.count; i++) {
      const start = output.starts[i]!;
      const end = output.ends[i]!;
      const { origin } = normalized;
      output.ends[i] = offset + (origin === undefined ? end : origin.ends[end - 1]!);
      if (origin === undefined) output.starts[i] = offset + start;
      else output.starts[i] = start === end ? output.ends[i]! : offset + origin.starts[start]!;
    }
  }

  /** The text whose chunks are being visited. */
  #text = "";

  readonly #visitChunk = (start: number, end: number, hash: number, next: NextChunk): void => {
    const output = this.output;
    if (end - start > LONGEST_CHUNK) {
      this.#encodeChunk(start, end, next);
      return;
    }
    if (this.#chunks.append(this.#text, start, end, hash, output)) return;
    const first = output.count;
    this.#encodeChunk(start, end, next);
    this.#chunks.keep(this.#text, start, end, hash, output, first);
  };

  #encodeChunk(start: number, end: number, next: NextChunk): void {
    const scanner = this.#scanner;
    const output = this.output;
    const { withPlaces } = output;
    output.withPlaces = true; // which the cache keeps, whether they are asked for now or later
    scanner.scan(this.#text, start, end, next);
    for (let token = 0; token < scanner.count; token++) {
      const from = scanner.starts[token]!;
      if (scanner.dashes[token] === 1) this.#put(this.#dash, from);
      else this.#put(this.#encoder.encode(this.#text.slice(from, scanner.ends[token])), from);
    }
    output.withPlaces = withPlaces;
  }

  #put({ ids, ends }: WordPieces, start: number): void {
    let from = start;
    for (let piece = 0; piece < ids.length; piece++) {
      const to = start + ends[piece]!;
      this.output.put(ids[piece]!, from, to);
      from = to;
    }
  }

  /** The slow way: the whole text by the reference, each unit of each token with a place of its own. */
  #encodeWhole(text: string): void {
    const tokens = mosesTokens(text, this.moses);
    const places = locateTokens(text, tokens);
    for (const [i, token] of tokens.entries()) {
      const { ids, ends } = this.#encoder.encode(token);
      const units = places[i]!;
      let from = 0;
      for (let piece = 0; piece < ids.length; piece++) {
        const to = ends[piece]!;
        const end = units[to - 1]! + 1;
        this.output.put(ids[piece]!, from === to ? end : units[from]!, end);
        from = to;
      }
    }
  }
}

/**
 * Chunks and their tokens; places are relative to the chunk, so a byte holds them. Everything is in a few typed arrays. Words are not kept beside their
 * chunks: it made nothing faster, an object for each took 500 bytes, and as a key a string cut from a text keeps that whole text.
 */
class ChunkCache {
  readonly #table = new ChunkTable(CHUNKS_CACHED);
  /** Where each chunk's tokens begin; one more entry than chunks. */
  #firsts: Int32Array = new Int32Array(1024);
  #ids: Int32Array = new Int32Array(2048);
  #starts: Uint8Array = new Uint8Array(2048);
  #ends: Uint8Array = new Uint8Array(2048);

  /** Appends the tokens of a chunk that is here. @returns whether it is */
  append(text: string, start: number, end: number, hash: number, output: TokenBuffer): boolean {
    const entry = this.#table.find(text, start, end, hash);
    if (entry < 0) return false;
    const first = this.#firsts[entry]!;
    const tokens = this.#firsts[entry + 1]! - first;
    if (output.count + tokens > output.ids.length) output.reserve(tokens);
    const to = output.count;
    for (let i = 0; i < tokens; i++) output.ids[to + i] = this.#ids[first + i]!;
    if (output.withPlaces) {
      for (let i = 0; i < tokens; i++) {
        output.starts[to + i] = start + this.#starts[first + i]!;
        output.ends[to + i] = start + this.#ends[first + i]!;
      }
    }
    output.count = to + tokens;
    return true;
  }

  /** Remembers the tokens of `output` from `first` on, places included, as those of a chunk. */
  keep(text: string, start: number, end: number, hash: number, output: TokenBuffer, first: number): void {
    let entry = this.#table.add(text, start, end, hash);
    if (entry < 0) {
      this.#table.clear();
      entry = this.#table.add(text, start, end, hash);
    }
    if (entry + 1 >= this.#firsts.length) this.#firsts = widened(this.#firsts, new Int32Array(2 * this.#firsts.length));
    const to = this.#firsts[entry]!;
    const last = to + output.count - first;
    this.#firsts[entry + 1] = last;
    if (last > this.#ids.length) {
      this.#ids = widened(this.#ids, new Int32Array(2 * last));
      this.#starts = widened(this.#starts, new Uint8Array(2 * last));
      this.#ends = widened(this.#ends, new Uint8Array(2 * last));
    }
    for (let i = first; i < output.count; i++) {
      this.#ids[to + i - first] = output.ids[i]!;
      this.#starts[to + i - first] = output.starts[i]! - start;
      this.#ends[to + i - first] = output.ends[i]! - start;
    }
  }
}

/** Pieces to words, words to text. */
class PieceDecoder implements StreamDecoder {
  readonly #tokenizer: BioGptTokenizer;
  readonly #options: DecodeOptions;
  readonly #learned: ReadonlySet<number>;
  readonly #detokenizer: MosesDetokenizer;
  #word = "";

  constructor(tokenizer: BioGptTokenizer, options: DecodeOptions) {
    this.#tokenizer = tokenizer;
    this.#options = options;
    this.#learned = new Set(tokenizer.learnedIds);
    this.#detokenizer = new MosesDetokenizer(tokenizer.moses);
  }

  push(id: number): string {
    const { keepSpecialTokens = false, keepLearnedTokens = false } = this.#options;
    const spelling = this.#tokenizer.piece(id);
    if (this.#learned.has(id)) return keepLearnedTokens ? this.#close(spelling) : "";
    if (spelling.startsWith("<") && isSpecial(spelling)) {
      return keepSpecialTokens || id === this.#tokenizer.unknownId ? this.#close(spelling) : "";
    }
    const piece = this.#tokenizer.vocabulary[id]!;
    if (piece.endsWith(WORD_END)) return this.#close(spelling);
    this.#word += piece;
    return "@-@".startsWith(this.#word) ? "" : this.#detokenizer.release();
  }

  end(): string {
    const text = this.#word === "" ? "" : this.#close("");
    return text + this.#detokenizer.end();
  }

  #close(last: string): string {
    const token = this.#word + last;
    this.#word = "";
    return this.#detokenizer.push(token);
  }
}
