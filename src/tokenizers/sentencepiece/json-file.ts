/**
 * Reads `tokenizer.json` of Hugging Face's tokenizers, as written for the Llama family: BPE with byte fallback and `▁` for spaces.
 *
 * The `▁` of the beginning comes in two spellings, both read: a normalizer (`Prepend`, `Replace`) puts it before every part between special
 * tokens, a pre-tokenizer (`Metaspace`) says where.
 *
 * Source    huggingface/tokenizers, src/models/bpe and src/pre_tokenizers/metaspace.rs
 * Left out  byte-level BPE (GPT-2, Llama 3), other normalizers and splits, subword prefixes: refused by name. Post-processor and decoder are not
 *           read: prompts place their own special tokens, and pieces with `▁` have one decoding.
 */
import { BiogptError } from "../../base/errors.ts";
import {
  type AddedToken,
  byteOfPiece,
  type DummyPrefix,
  MAX_PIECE_LENGTH,
  MAX_PIECES,
  type Merge,
  type Piece,
  type SentencePieceModel,
  SPACE,
} from "./model.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * @param name of the file, for messages
 * @throws BiogptError `tokenizers/sentencepiece` for a damaged file, `tokenizers/unsupported` for a tokenizer of another kind
 */
export function parseTokenizerJson(text: string, name: string): SentencePieceModel {
  const file = parse(text, name);
  const model = object(file["model"], "model", name);
  if (model["type"] !== undefined && model["type"] !== "BPE")
    throw unsupported(name, `its model is ${model["type"]}, not BPE`);
  for (const field of ["continuing_subword_prefix", "end_of_word_suffix", "dropout"] as const) {
    if (model[field]) throw unsupported(name, `it has a ${field}`);
  }
  const ids = readVocabulary(model, name);
  const addedTokens = readAddedTokens(file, ids, name);
  const specialIds = new Map(addedTokens.filter(({ special }) => special).map(({ id, text: token }) => [token, id]));
  const unknownText = typeof model["unk_token"] === "string" ? model["unk_token"] : "<unk>";
  const unknownId = ids.get(unknownText) ?? -1;
  const byteFallback = model["byte_fallback"] === true;
  const pieces = listPieces(ids, { unknownText, specialIds, byteFallback }, name);
  if (byteFallback) expectBytes(pieces, name);
  else if (unknownId < 0) throw damaged(name, `its vocabulary lacks ${unknownText}`);
  const merges = readMerges(model, ids, name);
  const spaces = readSpaces(file, name);
  return {
    name,
    pieces,
    merges: spaces.splits ? merges.filter(({ right }) => !right.includes(SPACE)) : merges,
    addedTokens,
    unknownId,
    beginId: specialIds.get("<s>") ?? -1,
    endId: specialIds.get("</s>") ?? -1,
    padId: specialIds.get("<pad>") ?? specialIds.get("[PAD]") ?? -1,
    byteFallback,
    dummyPrefix: spaces.prefix,
    prefixBeforeSpace: spaces.beforeSpace,
    removeExtraWhitespaces: false,
    unknownSurface: unknownText,
  };
}

function parse(text: string, name: string): Json {
  if (text.startsWith("version https://git-lfs")) {
    throw damaged(name, "it is Git LFS's pointer to it", "Run `git lfs pull`, or fetch the file itself.");
  }
  try {
    return object(JSON.parse(text), "file", name);
  } catch (cause) {
    if (cause instanceof BiogptError) throw cause;
    throw damaged(name, `it is not whole JSON (${(cause as Error).message})`);
  }
}

function readVocabulary(model: Json, name: string): Map<string, number> {
  const entries = Object.entries(object(model["vocab"], "model.vocab", name));
  for (const [text, id] of entries) {
    if (!isId(id)) throw damaged(name, `the id of ${JSON.stringify(text)} is ${JSON.stringify(id)}`);
    if (text.length > MAX_PIECE_LENGTH) throw damaged(name, `a piece has ${text.length} characters`);
  }
  return new Map(entries as [string, number][]);
}

function readAddedTokens(file: Json, ids: ReadonlyMap<string, number>, name: string): AddedToken[] {
  const list = file["added_tokens"] ?? [];
  if (!Array.isArray(list)) throw damaged(name, "added_tokens is no list");
  return list.map((entry: unknown, at): AddedToken => {
    const { id, content, special, lstrip, rstrip, single_word } = object(entry, `added_tokens[${at}]`, name);
    if (!isId(id) || typeof content !== "string" || content === "")
      throw damaged(name, `added_tokens[${at}] lacks id or content`);
    if (lstrip || rstrip || single_word)
      throw unsupported(name, `the added token ${content} takes white space or whole words only`);
    const own = ids.get(content);
    if (own !== undefined && own !== id) throw damaged(name, `${content} has the ids ${own} and ${id}`);
    return { id, text: content, special: special === true };
  });
}

function listPieces(
  ids: ReadonlyMap<string, number>,
  about: { unknownText: string; specialIds: ReadonlyMap<string, number>; byteFallback: boolean },
  name: string,
): (Piece | undefined)[] {
  const pieces: (Piece | undefined)[] = new Array(1 + Math.max(-1, ...chunkMaxima([...ids.values()])));
  for (const [text, id] of ids) {
    if (pieces[id] !== undefined) throw damaged(name, `${JSON.stringify(text)} and another piece have the id ${id}`);
    const kind =
      text === about.unknownText
        ? "unknown"
        : about.specialIds.has(text)
          ? "control"
          : about.byteFallback && byteOfPiece(text) !== undefined
            ? "byte"
            : "normal";
    pieces[id] = { text, kind };
  }
  return pieces;
}

/** Maxima of parts, since a call takes only so many arguments. */
function chunkMaxima(values: readonly number[]): number[] {
  const maxima: number[] = [];
  for (let at = 0; at < values.length; at += 4096) maxima.push(Math.max(...values.slice(at, at + 4096)));
  return maxima;
}

function expectBytes(pieces: readonly (Piece | undefined)[], name: string): void {
  const count = pieces.filter((piece) => piece?.kind === "byte").length;
  if (count !== 256) throw damaged(name, `it has ${count} of the 256 byte pieces`);
}

function readMerges(model: Json, ids: ReadonlyMap<string, number>, name: string): Merge[] {
  const list = model["merges"];
  if (!Array.isArray(list)) throw damaged(name, "model.merges is no list");
  return list.map((entry: unknown, rank): Merge => {
    // Older files: "▁t he"; since tokenizers 0.20 a pair, as pieces may hold spaces.
    const pair: unknown[] = typeof entry === "string" ? entry.split(" ") : Array.isArray(entry) ? entry : [];
    const [left, right] = pair;
    if (pair.length !== 2 || typeof left !== "string" || typeof right !== "string") {
      throw damaged(name, `merge ${rank} is ${JSON.stringify(entry)}`);
    }
    if (!ids.has(left) || !ids.has(right) || !ids.has(left + right)) {
      throw damaged(name, `merge ${rank}, ${left} ${right}, is not in the vocabulary`);
    }
    return { left, right, rank };
  });
}

interface Spaces {
  readonly prefix: DummyPrefix;
  readonly beforeSpace: boolean;
  /** Whether each `▁` begins a word of its own, so that nothing merges with the `▁` that follows it. */
  readonly splits: boolean;
}

/** Where `▁` is put, from the normalizer or the pre-tokenizer; whatever else these do is refused. */
function readSpaces(file: Json, name: string): Spaces {
  const normalizers = steps(file["normalizer"], "normalizers", name);
  const splits = steps(file["pre_tokenizer"], "pretokenizers", name);
  let prefix: DummyPrefix = "never";
  let escapes = false;
  let beforeSpace = true;
  let words = false;
  for (const step of normalizers) {
    const pattern = step["pattern"] as Json | undefined;
    if (step["type"] === "Prepend" && step["prepend"] === SPACE) prefix = "always";
    else if (step["type"] === "Replace" && pattern?.["String"] === " " && step["content"] === SPACE) escapes = true;
    else throw unsupported(name, `its normalizer is ${step["type"]}`);
  }
  for (const step of splits) {
    if (step["type"] !== "Metaspace" || (step["replacement"] ?? SPACE) !== SPACE)
      throw unsupported(name, `its pre-tokenizer is ${step["type"]}`);
    const scheme = step["prepend_scheme"] ?? (step["add_prefix_space"] === false ? "never" : "always");
    if (scheme !== "first" && scheme !== "always" && scheme !== "never")
      throw damaged(name, `prepend_scheme is ${scheme}`);
    prefix = scheme;
    beforeSpace = false;
    words = step["split"] !== false;
    escapes = true;
  }
  if (!escapes) throw unsupported(name, "nothing in it writes spaces as ▁");
  return { prefix, beforeSpace, splits: words };
}

/** A step, the steps of a sequence, or none. */
function steps(value: unknown, field: string, name: string): readonly Json[] {
  if (value === null || value === undefined) return [];
  const step = object(value, field, name);
  if (step["type"] !== "Sequence") return [step];
  const list = step[field];
  if (!Array.isArray(list)) throw damaged(name, `${field} is no list`);
  return list.map((inner: unknown) => object(inner, field, name));
}

function object(value: unknown, field: string, name: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw damaged(name, `${field} is ${value === undefined ? "missing" : "no object"}`);
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MAX_PIECES;
}

function damaged(name: string, why: string, fix = "Fetch the file again and compare its size."): BiogptError {
  return new BiogptError("tokenizers/sentencepiece", { what: `${name} is damaged or no tokenizer.json: ${why}.`, fix });
}

function unsupported(name: string, why: string): BiogptError {
  return new BiogptError("tokenizers/unsupported", {
    what: `${name} cannot be used: ${why}.`,
    why: "Read are BPE tokenizers as those of the Llama 2 family are: `▁` for spaces, bytes for unknown characters.",
  });
}
