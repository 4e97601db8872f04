/**
 * Reads `tokenizer.model`, SentencePiece's own file.
 *
 *     ModelProto      1 repeated SentencePiece {1 text, 2 score, 3 type} · 2 TrainerSpec · 3 NormalizerSpec · 5 DenormalizerSpec
 *     TrainerSpec     3 model type (2 is BPE) · 24 white space as suffix · 35 byte fallback · 40 to 43 ids of unk, bos, eos, pad · 44 unk's surface
 *     NormalizerSpec  2 precompiled character map · 3 add dummy prefix · 4 remove extra white space · 5 escape white space
 *
 * Source    google/sentencepiece, src/sentencepiece_model.proto; its defaults hold where a field is absent, so
 *           `remove_extra_whitespaces` unset means true.
 * Left out  unigram, word and character models, character maps (NFKC): BPE models of the Llama family are `identity`. Refused by name.
 */
import { BiogptError } from "../../base/errors.ts";
import {
  MAX_PIECE_LENGTH,
  MAX_PIECES,
  type Merge,
  type Piece,
  type PieceKind,
  type SentencePieceModel,
} from "./model.ts";
import { WireError, type WireField, wireFields } from "./protobuf.ts";

const MODEL_TYPES: Readonly<Record<number, string>> = { 1: "unigram", 2: "BPE", 3: "word", 4: "character" };
const KINDS: Readonly<Record<number, PieceKind>> = {
  1: "normal",
  2: "unknown",
  3: "control",
  4: "user-defined",
  6: "byte",
};

interface ScoredPiece extends Piece {
  readonly score: number;
}

/**
 * @param name of the file, for messages
 * @throws BiogptError `tokenizers/sentencepiece` for a damaged file or another one, `tokenizers/unsupported` for a model of another kind
 */
export function parseSentencePieceModel(bytes: Uint8Array, name: string): SentencePieceModel {
  expectModelFile(bytes, name);
  const pieces: ScoredPiece[] = [];
  let trainer: Settings = new Map();
  let normalizer: Settings = new Map();
  try {
    for (const { number, value } of wireFields(bytes)) {
      if (typeof value === "number") continue;
      if (number === 1) pieces.push(readPiece(value, pieces.length, name));
      else if (number === 2) trainer = settings(value);
      else if (number === 3) normalizer = settings(value);
      else if (number === 5) refuseCharacterMap(settings(value), name);
      if (pieces.length > MAX_PIECES) throw damaged(name, `it lists more than ${MAX_PIECES} pieces`);
    }
  } catch (cause) {
    if (cause instanceof WireError) throw damaged(name, `${cause.message}, at byte ${cause.offset}`, cause);
    throw cause;
  }
  if (pieces.length === 0) throw damaged(name, "it holds no pieces");
  expectComplete(pieces, trainer, name);
  refuseCharacterMap(normalizer, name);
  const modelType = numberOf(trainer, 3, 1);
  if (modelType !== 2) {
    throw unsupported(name, `its model is ${MODEL_TYPES[modelType] ?? `of type ${modelType}`}, not BPE`);
  }
  if (numberOf(trainer, 24, 0) !== 0) throw unsupported(name, "it treats white space as a suffix");
  if (numberOf(normalizer, 5, 1) === 0) throw unsupported(name, "it does not escape white space");
  const unknownId = pieces.findIndex(({ kind }) => kind === "unknown");
  if (unknownId < 0) throw damaged(name, "it has no piece for what is unknown");
  const controlId = (field: number, ifAbsent: number): number => {
    const id = idOrNone(numberOf(trainer, field, ifAbsent));
    return pieces[id]?.kind === "control" ? id : -1;
  };
  return {
    name,
    pieces,
    merges: [...mergesByScore(pieces)],
    addedTokens: [],
    unknownId,
    beginId: controlId(41, 1),
    endId: controlId(42, 2),
    padId: controlId(43, -1),
    byteFallback: numberOf(trainer, 35, 0) !== 0,
    dummyPrefix: numberOf(normalizer, 3, 1) === 0 ? "never" : "always",
    prefixBeforeSpace: true,
    removeExtraWhitespaces: numberOf(normalizer, 4, 1) !== 0,
    unknownSurface: textOf(trainer, 44) ?? " \u2047 ",
  };
}

/** Every way to make a piece of two symbols; its rank is the place of its score among all scores, so equal scores are equal. */
function* mergesByScore(pieces: readonly ScoredPiece[]): Generator<Merge, void, void> {
  const mergeable = pieces.filter(({ kind }) => kind === "normal" || kind === "user-defined");
  const known = new Set(mergeable.map(({ text }) => text));
  const scores = [...new Set(mergeable.map(({ score }) => score))].sort((a, b) => b - a);
  const rankOf = new Map(scores.map((score, rank) => [score, rank]));
  for (const { text, score } of mergeable) {
    const characters = [...text];
    if (characters.length < 2) continue;
    const rank = rankOf.get(score)!;
    let at = 0;
    for (let i = 0; i + 1 < characters.length; i++) {
      at += characters[i]!.length;
      const [left, right] = [text.slice(0, at), text.slice(at)];
      // A side is a piece, or one character, which may be mergeable without being a piece itself.
      if ((i === 0 || known.has(left)) && (i + 2 === characters.length || known.has(right)))
        yield { left, right, rank };
    }
  }
}

function readPiece(bytes: Uint8Array, id: number, name: string): ScoredPiece {
  let text = "";
  let score = 0;
  let type = 1;
  for (const { number, value } of wireFields(bytes)) {
    if (number === 1 && typeof value !== "number") text = decodeUtf8(value, id, name);
    else if (number === 2 && typeof value === "number") score = value;
    else if (number === 3 && typeof value === "number") type = value;
  }
  if (type === 5) throw unsupported(name, `piece ${id}, ${JSON.stringify(text)}, is marked as unused`);
  const kind = KINDS[type];
  if (kind === undefined) throw damaged(name, `piece ${id} has the type ${type}`);
  if (text === "" || text.length > MAX_PIECE_LENGTH) throw damaged(name, `piece ${id} has ${text.length} characters`);
  if (Number.isNaN(score)) throw damaged(name, `piece ${id} has no number as its score`);
  return { text, kind, score };
}

function decodeUtf8(bytes: Uint8Array, id: number, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw damaged(name, `piece ${id} is not UTF-8`, cause);
  }
}

/** Fields of a message that is not repeated; the last of a number counts. */
type Settings = ReadonlyMap<number, WireField["value"]>;

function settings(bytes: Uint8Array): Settings {
  return new Map([...wireFields(bytes)].map(({ number, value }) => [number, value]));
}

function numberOf(fields: Settings, number: number, ifAbsent: number): number {
  const value = fields.get(number);
  return typeof value === "number" ? value : ifAbsent;
}

function textOf(fields: Settings, number: number): string | undefined {
  const value = fields.get(number);
  return value === undefined || typeof value === "number" ? undefined : new TextDecoder().decode(value);
}

/** An id: negative numbers, which are written as 64 bits and too large for a double's digits, all mean that there is none. */
function idOrNone(value: number): number {
  return value >= 2 ** 63 ? -1 : value;
}

function refuseCharacterMap(fields: Settings, name: string): void {
  const map = fields.get(2);
  if (map !== undefined && typeof map !== "number" && map.length > 0) {
    throw unsupported(
      name,
      `it rewrites characters before it splits them (${textOf(fields, 1) ?? "a map of its own"})`,
    );
  }
}

/** A file cut between two pieces is whole to protobuf: the trainer's own count of pieces, and the byte pieces, tell. */
function expectComplete(pieces: readonly ScoredPiece[], trainer: Settings, name: string): void {
  if (trainer.size === 0)
    throw damaged(name, `it ends after ${pieces.length} pieces, without the settings that follow them`);
  const byteCount = pieces.filter(({ kind }) => kind === "byte").length;
  if (numberOf(trainer, 35, 0) !== 0 && byteCount !== 256)
    throw damaged(name, `it has ${byteCount} of the 256 byte pieces`);
}

function expectModelFile(bytes: Uint8Array, name: string): void {
  const refuse = (what: string, fix: string): BiogptError =>
    new BiogptError("tokenizers/sentencepiece", { what: `${name} is no SentencePiece model: ${what}.`, fix });
  if (bytes.length === 0) throw refuse("it is empty", "Fetch it again.");
  const head = new TextDecoder().decode(bytes.subarray(0, 64));
  if (head.startsWith("version https://git-lfs")) {
    throw refuse("it is Git LFS's pointer to it", "Run `git lfs pull`, or fetch the file itself.");
  }
  if (/^\s*[{[]/.test(head) && bytes[0] !== 0x0a) throw refuse("it is JSON", "If it is a tokenizer.json, name it so.");
  if (/^\s*</.test(head) && bytes[0] !== 0x0a) throw refuse("it is a web page or XML", "Fetch the file itself.");
  // Every model begins with the tag of its first piece: field 1, length-delimited.
  if (bytes[0] !== 0x0a) throw refuse("its first byte is not that of a piece", "Fetch it again.");
}

function damaged(name: string, why: string, cause?: unknown): BiogptError {
  return new BiogptError("tokenizers/sentencepiece", {
    what: `${name} is damaged or cut off: ${why}.`,
    why: "A SentencePiece model is a protocol buffer of pieces and settings.",
    fix: "Fetch the file again and compare its size.",
    cause,
  });
}

function unsupported(name: string, why: string): BiogptError {
  return new BiogptError("tokenizers/unsupported", {
    what: `${name} cannot be used: ${why}.`,
    why: "Read are BPE models as those of the Llama family are: identity normalisation, white space escaped in front of words.",
  });
}
