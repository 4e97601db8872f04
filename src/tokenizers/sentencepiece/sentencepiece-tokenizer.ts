/**
 * SentencePiece's byte pair encoding, as the Llama family's tokenizers are: spaces are `▁`, unknown characters bytes.
 *
 *     text ─ (parts between special tokens) ─ ▁ in front, spaces to ▁ ─ chunks ─ characters ─ merged symbols ─ ids
 *
 * Follows   google/sentencepiece (bpe_model.cc, normalizer.cc) and, for the parts between special tokens, transformers' LlamaTokenizer.
 * Speed     no merge of these vocabularies joins a word with the `▁` after it (asked of the merges when opened; if one does, the text is one
 *           chunk), so a chunk of `▁` and a word gives the same ids wherever it stands, and is looked up.
 * Left out  sampling (BPE dropout, n-best)
 */

import { BiogptError } from "../../base/errors.ts";
import { BufferedTokenizer } from "../buffered-tokenizer.ts";
import { ChunkTokens } from "../chunk-tokens.ts";
import { isLearned, learnedIdsAmong } from "../learned-tokens.ts";
import { type LiteralTokens, literalTokens, splitByTokens } from "../literal-tokens.ts";
import { HASH_START, hashUnit } from "../moses-bpe/chunk-table.ts";
import { sha256 } from "../sha256.ts";
import { byteString, type TokenWriting, type WrittenToken } from "../token-writing.ts";
import type { DecodeOptions, EncodeOptions, StreamDecoder, Tokenizer } from "../tokenizer.ts";
import { noSuchToken } from "../tokens.ts";
import { type Decoded, PieceDecoder } from "./decoder.ts";
import { MergeTable } from "./merge-table.ts";
import { Merger, type Symbols } from "./merger.ts";
import { type AddedToken, byteOfPiece, type DummyPrefix, type Merge, type SentencePieceModel, SPACE } from "./model.ts";
import { normalizeSpaces } from "./normalize-spaces.ts";

export interface SentencePieceTokenizerOptions {
  /** Tokens that a folder adds to those of the model's file, as BioMedGPT-10B's `[PAD]`, 32000. */
  readonly addedTokens?: readonly AddedToken[];
  /**
   * Where `▁` is put in front: `always` before each part between recognized special tokens (transformers' `legacy`), `first` only where the
   * text begins, `never`. Default: as the model's file says. Without effect while special tokens are not recognized, `never` aside.
   */
  readonly dummyPrefix?: DummyPrefix;
  /** Whether the begin token stands before a prompt. Default true. */
  readonly beginsPrompts?: boolean;
}

const SPACE_UNIT = SPACE.charCodeAt(0);

export class SentencePieceTokenizer extends BufferedTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly beginId: number;
  readonly endId: number;
  readonly padId: number;
  readonly unknownId: number;
  readonly learnedIds: readonly number[];
  readonly beginsPrompts: boolean;
  readonly specialTokens: ReadonlyMap<string, number>;

  readonly #model: SentencePieceModel;
  readonly #dummyPrefix: DummyPrefix;
  readonly #merges: readonly Merge[];
  readonly #merger: Merger;
  readonly #symbolIds: ReadonlyMap<string, number>;
  /** Id of the byte 0 up to that of 255; empty without byte fallback. */
  readonly #byteIds: readonly number[];
  readonly #tokens: readonly (Decoded | undefined)[];
  readonly #idOf: ReadonlyMap<string, number>;
  readonly #added: readonly AddedToken[];
  readonly #userDefined: LiteralTokens | undefined;
  readonly #plain: LiteralTokens | undefined;
  readonly #withSpecial: LiteralTokens | undefined;
  readonly #inChunks: boolean;
  readonly #chunks = new ChunkTokens((chunk) => this.#encodeChunk(chunk));
  readonly #symbols: Symbols = { count: 0, ids: new Int32Array(64), ends: new Int32Array(64) };
  #hash: string | undefined;
  #writing: TokenWriting | undefined;
  /** Whether the text being encoded follows other tokens. */
  #continues = false;

  /** @throws BiogptError `tokenizers/sentencepiece` where an added token has the id of another one */
  constructor(
    model: SentencePieceModel,
    { addedTokens = [], dummyPrefix = model.dummyPrefix, beginsPrompts = true }: SentencePieceTokenizerOptions = {},
  ) {
    super();
    this.beginsPrompts = beginsPrompts;
    this.#model = model;
    this.#dummyPrefix = dummyPrefix;
    this.#merges = model.merges;
    this.#added = [...model.addedTokens, ...addedTokens];
    const idOf = new Map<string, number>();
    model.pieces.forEach((piece, id) => {
      if (piece !== undefined && !idOf.has(piece.text)) idOf.set(piece.text, id);
    });
    this.#tokens = readTokens(model, this.#added);
    this.learnedIds = learnedIdsAmong(this.#added);
    for (const { text, id } of this.#added) idOf.set(text, id);
    this.#idOf = idOf;
    this.vocabularySize = this.#tokens.length;
    this.unknownId = model.unknownId;
    this.beginId = model.beginId;
    this.endId = model.endId;
    this.padId = model.padId >= 0 ? model.padId : (idOf.get("[PAD]") ?? idOf.get("<pad>") ?? model.unknownId);
    this.specialTokens = new Map([
      ...model.pieces.flatMap((piece, id): [string, number][] =>
        piece?.kind === "control" || piece?.kind === "unknown" ? [[piece.text, id]] : [],
      ),
      ...this.#added
        .filter((token) => token.special && !isLearned(token))
        .map(({ text, id }): [string, number] => [text, id]),
    ]);
    const plain = new Map(this.#added.filter(({ special }) => !special).map(({ text, id }) => [text, id]));
    this.#plain = literalTokens(plain);
    this.#withSpecial = literalTokens(new Map([...plain, ...this.specialTokens]));
    this.#userDefined = literalTokens(
      new Map(
        model.pieces.flatMap((piece, id): [string, number][] =>
          piece?.kind === "user-defined" ? [[piece.text, id]] : [],
        ),
      ),
    );
    this.#byteIds = model.byteFallback ? bytesById(model) : [];
    this.#inChunks = this.#merges.every(({ left, right }) => left.endsWith(SPACE) || !right.startsWith(SPACE));
    this.#symbolIds = numberSymbols(model, this.#merges);
    this.#merger = new Merger(new MergeTable(this.#merges, (text) => this.#symbolIds.get(text)!));
  }

  get hash(): string {
    const { pieces, unknownId, byteFallback, prefixBeforeSpace, removeExtraWhitespaces } = this.#model;
    this.#hash ??= sha256(
      JSON.stringify([
        "sentencepiece-bpe/1",
        { unknownId, byteFallback, prefixBeforeSpace, removeExtraWhitespaces, dummyPrefix: this.#dummyPrefix },
        pieces.map((piece) => (piece === undefined ? null : [piece.text, piece.kind])),
        this.#merges.map(({ left, right, rank }) => [left, right, rank]),
        this.#added.map(({ id, text, special }) => [id, text, special]),
      ]),
    );
    return this.#hash;
  }

  streamDecoder({ keepSpecialTokens = false, keepLearnedTokens = false }: DecodeOptions = {}): StreamDecoder {
    const special = new Set(this.specialTokens.values());
    const learned = new Set(keepLearnedTokens ? [] : this.learnedIds);
    const read = (id: number): Decoded => {
      const token = this.#tokenAt(id);
      if (learned.has(id)) return { kind: "verbatim", text: "" };
      if (!special.has(id)) return token;
      if (keepSpecialTokens) return { kind: "verbatim", text: this.piece(id) };
      return { kind: "verbatim", text: id === this.unknownId ? this.#model.unknownSurface : "" };
    };
    const { removeExtraWhitespaces } = this.#model;
    return new PieceDecoder(read, {
      dropsFirstSpace: this.#dropsFirstSpace,
      dropsAllFirstSpaces: removeExtraWhitespaces,
    });
  }

  /** Undefined for a vocabulary without pieces for bytes: what it cannot spell nobody can ask of it. */
  writing(): TokenWriting | undefined {
    if (this.#byteIds.length === 0) return undefined;
    this.#writing ??= this.#written();
    return this.#writing;
  }

  /** State 0: nothing is written, and a first space would be dropped; state 1: the rest. */
  #written(): TokenWriting {
    const silent = new Set([...this.specialTokens.values(), ...this.learnedIds, this.beginId, this.endId, this.padId]);
    const read = this.#tokens.map((token, id) => (silent.has(id) ? undefined : token));
    const tokensOf = (dropsSpace: boolean): WrittenToken[] =>
      read.flatMap((token, id) => {
        if (token === undefined) return [];
        const bytes = token.kind === "byte" ? String.fromCharCode(token.byte) : byteString(spelt(token, dropsSpace));
        return bytes === "" ? [] : [{ id, bytes, effect: 1 }];
      });
    const [first, later] = [true, false].map((begins) => [
      { tokens: tokensOf(begins && this.#dropsFirstSpace), spaced: false },
    ]);
    return { start: 0, groups: (state) => (state === 0 ? first! : later!), after: () => 1 };
  }

  get #dropsFirstSpace(): boolean {
    return this.#dummyPrefix !== "never" || this.#model.removeExtraWhitespaces;
  }

  /** The space that `decode` drops, as encoding would have put it in front. */
  separatorBefore(ids: ArrayLike<number>): "" | " " {
    const special = new Set(this.specialTokens.values());
    const first = Array.from(ids).find((id) => !special.has(id));
    return first !== undefined && this.piece(first).startsWith(SPACE) ? " " : "";
  }

  piece(id: number): string {
    this.#tokenAt(id);
    return (this.#added.find((token) => token.id === id) ?? this.#model.pieces[id])!.text;
  }

  id(piece: string): number | undefined {
    return this.#idOf.get(piece);
  }

  #tokenAt(id: number): Decoded {
    const token = Number.isInteger(id) ? this.#tokens[id] : undefined;
    if (token !== undefined) return token;
    throw noSuchToken(id, this.vocabularySize);
  }

  protected encodeAll(text: string, { recognizeSpecialTokens = false, continues = false }: EncodeOptions): void {
    this.#continues = continues;
    splitByTokens(
      recognizeSpecialTokens ? this.#withSpecial : this.#plain,
      text,
      (part, start) => this.#encodePart(part, start),
      (id, start, end) => this.output.put(id, start, end),
    );
  }

  /** Appends the tokens of a part that begins at `offset` of the text. */
  #encodePart(part: string, offset: number): void {
    const { removeExtraWhitespaces, prefixBeforeSpace } = this.#model;
    const wanted =
      this.#dummyPrefix === "always" || (this.#dummyPrefix === "first" && offset === 0 && !this.#continues);
    const prefixed = wanted && (prefixBeforeSpace || !(part.startsWith(" ") || part.startsWith(SPACE)));
    const { text, origin } = normalizeSpaces(part, { prefixed, removeExtraWhitespaces });
    const output = this.output;
    const first = output.count;
    if (this.#userDefined === undefined) this.#encodeNormalized(text, 0, text.length);
    else {
      let from = 0;
      for (const match of text.matchAll(this.#userDefined.pattern)) {
        this.#encodeNormalized(text, from, match.index);
        from = match.index + match[0].length;
        output.put(this.#userDefined.ids.get(match[0])!, match.index, from);
      }
      this.#encodeNormalized(text, from, text.length);
    }
    if (!output.withPlaces) return;
    const shift = prefixed ? 1 : 0;
    const placeOf = (at: number): number => offset + (origin === undefined ? Math.max(0, at - shift) : origin[at]!);
    for (let i = first; i < output.count; i++) {
      output.starts[i] = placeOf(output.starts[i]!);
      output.ends[i] = placeOf(output.ends[i]!);
    }
  }

  #encodeNormalized(text: string, from: number, to: number): void {
    if (!this.#inChunks) {
      if (from < to) this.output.putChunk(this.#encodeChunk(text.slice(from, to)), from);
      return;
    }
    let at = from;
    while (at < to) {
      const start = at;
      let hash = HASH_START;
      let unit = text.charCodeAt(at);
      while (unit === SPACE_UNIT) {
        hash = hashUnit(hash, unit);
        unit = ++at < to ? text.charCodeAt(at) : 0;
      }
      while (at < to && unit !== SPACE_UNIT) {
        hash = hashUnit(hash, unit);
        unit = ++at < to ? text.charCodeAt(at) : SPACE_UNIT;
      }
      this.output.putChunk(this.#chunks.of(text, start, at, hash), start);
    }
  }

  #encodeChunk(chunk: string): readonly number[] {
    const symbols = this.#symbols;
    if (symbols.ids.length < chunk.length) {
      symbols.ids = new Int32Array(2 * chunk.length);
      symbols.ends = new Int32Array(2 * chunk.length);
    }
    symbols.count = 0;
    let at = 0;
    for (const character of chunk) {
      at += character.length;
      // A character that nothing knows is numbered like none: it merges with nothing.
      symbols.ids[symbols.count] = this.#symbolIds.get(wellFormed(character)) ?? -2;
      symbols.ends[symbols.count++] = at;
    }
    this.#merger.merge(symbols);
    const tokens: number[] = [];
    let start = 0;
    for (let i = 0; i < symbols.count; i++) {
      const id = symbols.ids[i]!;
      const end = symbols.ends[i]!;
      if (id >= 0 && id < this.#model.pieces.length) tokens.push(id, end);
      else if (this.#byteIds.length > 0) {
        for (const byte of new TextEncoder().encode(chunk.slice(start, end))) tokens.push(this.#byteIds[byte]!, end);
      } else if (tokens.at(-2) === this.unknownId) tokens[tokens.length - 1] = end;
      else tokens.push(this.unknownId, end);
      start = end;
    }
    return tokens;
  }
}

/** A piece's text, without the space that is dropped where it is the first. */
function spelt(token: Exclude<Decoded, { kind: "byte" }>, dropsSpace: boolean): string {
  if (token.kind === "verbatim") return token.text;
  const text = dropsSpace && token.text.startsWith(SPACE) ? token.text.slice(SPACE.length) : token.text;
  return text.replaceAll(SPACE, " ");
}

/** Half of a surrogate pair is no character: UTF-8 has U+FFFD for it. */
function wellFormed(character: string): string {
  return character.length === 1 && character >= "\ud800" && character <= "\udfff" ? "\ufffd" : character;
}

/** What each id is when decoded. */
function readTokens(model: SentencePieceModel, added: readonly AddedToken[]): (Decoded | undefined)[] {
  const tokens = model.pieces.map((piece): Decoded | undefined => {
    if (piece === undefined) return undefined;
    const byte = piece.kind === "byte" ? byteOfPiece(piece.text) : undefined;
    return byte === undefined ? { kind: "text", text: piece.text } : { kind: "byte", byte };
  });
  for (const { id, text } of added) {
    const known = model.pieces[id];
    if (known !== undefined && known.text !== text) {
      throw new BiogptError("tokenizers/sentencepiece", {
        what: `The added token ${text} has the id ${id}, which in ${model.name} is ${known.text}.`,
        fix: "Take all tokenizer files from one model.",
      });
    }
    tokens[id] = { kind: "verbatim", text };
  }
  return Array.from(tokens);
}

function bytesById({ pieces, name }: SentencePieceModel): number[] {
  const ids = new Array<number>(256).fill(-1);
  pieces.forEach((piece, id) => {
    const byte = piece?.kind === "byte" ? byteOfPiece(piece.text) : undefined;
    if (byte !== undefined) ids[byte] = id;
  });
  const missing = ids.indexOf(-1);
  if (missing < 0) return ids;
  throw new BiogptError("tokenizers/sentencepiece", {
    what: `${name} has no piece for the byte ${missing}.`,
    fix: "Fetch the file again.",
  });
}

/** Pieces by their ids, characters that only merges know by numbers after them. */
function numberSymbols({ pieces }: SentencePieceModel, merges: readonly Merge[]): Map<string, number> {
  const symbols = new Map<string, number>();
  pieces.forEach((piece, id) => {
    if (piece?.kind === "normal" || piece?.kind === "user-defined") symbols.set(piece.text, id);
  });
  let next = pieces.length;
  for (const { left, right } of merges) {
    for (const side of [left, right]) if (!symbols.has(side)) symbols.set(side, next++);
  }
  return symbols;
}
