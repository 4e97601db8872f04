/**
 * Reads `tokenizer.json` of Hugging Face's tokenizers, as written for the Llama family: BPE with byte fallback and `▁` for spaces.
 *
 * The `▁` of the beginning comes in two spellings, both read: a normalizer (`Prepend`, `Replace`) puts it before every part between special
 * tokens, a pre-tokenizer (`Metaspace`) says where.
 *
 * Source    huggingface/tokenizers, src/models/bpe and src/pre_tokenizers/metaspace.rs
 * Left out  byte-level BPE (GPT-2, Llama 3: byte-level/), other normalizers and splits, subword prefixes: refused by name. Post-processor and decoder are not
 *           read: prompts place their own special tokens, and pieces with `▁` have one decoding.
 */
import { type Json, largestId, TokenizerJson } from "../tokenizer-json.ts";
import { byteOfPiece, type DummyPrefix, type Merge, type Piece, type SentencePieceModel, SPACE } from "./model.ts";

const KIND = "BPE tokenizers as those of the Llama 2 family are: `▁` for spaces, bytes for unknown characters";

/**
 * @param name of the file, for messages
 * @throws BiogptError `tokenizers/sentencepiece` for a damaged file, `tokenizers/unsupported` for a tokenizer of another kind
 */
export function parseTokenizerJson(text: string, name: string): SentencePieceModel {
  const file = new TokenizerJson(text, name, { code: "tokenizers/sentencepiece", reads: KIND });
  const { model, ids } = file;
  const addedTokens = file.addedTokens();
  const specialIds = new Map(addedTokens.filter(({ special }) => special).map(({ id, text: token }) => [token, id]));
  const unknownText = typeof model["unk_token"] === "string" ? model["unk_token"] : "<unk>";
  const unknownId = ids.get(unknownText) ?? -1;
  const byteFallback = model["byte_fallback"] === true;
  const pieces = listPieces(ids, { unknownText, specialIds, byteFallback }, file);
  if (byteFallback) expectBytes(pieces, file);
  else if (unknownId < 0) throw file.damaged(`its vocabulary lacks ${unknownText}`);
  const merges: Merge[] = file.merges();
  const spaces = readSpaces(file);
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

function listPieces(
  ids: ReadonlyMap<string, number>,
  about: { unknownText: string; specialIds: ReadonlyMap<string, number>; byteFallback: boolean },
  file: TokenizerJson,
): (Piece | undefined)[] {
  const pieces: (Piece | undefined)[] = new Array(1 + largestId(ids));
  for (const [text, id] of ids) {
    if (pieces[id] !== undefined) throw file.damaged(`${JSON.stringify(text)} and another piece have the id ${id}`);
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

function expectBytes(pieces: readonly (Piece | undefined)[], file: TokenizerJson): void {
  const count = pieces.filter((piece) => piece?.kind === "byte").length;
  if (count !== 256) throw file.damaged(`it has ${count} of the 256 byte pieces`);
}

interface Spaces {
  readonly prefix: DummyPrefix;
  readonly beforeSpace: boolean;
  /** Whether each `▁` begins a word of its own, so that nothing merges with the `▁` that follows it. */
  readonly splits: boolean;
}

/** Where `▁` is put, from the normalizer or the pre-tokenizer; whatever else these do is refused. */
function readSpaces(file: TokenizerJson): Spaces {
  const normalizers = file.steps("normalizer", "normalizers");
  const splits = file.steps("pre_tokenizer", "pretokenizers");
  let prefix: DummyPrefix = "never";
  let escapes = false;
  let beforeSpace = true;
  let words = false;
  for (const step of normalizers) {
    const pattern = step["pattern"] as Json | undefined;
    if (step["type"] === "Prepend" && step["prepend"] === SPACE) prefix = "always";
    else if (step["type"] === "Replace" && pattern?.["String"] === " " && step["content"] === SPACE) escapes = true;
    else throw file.unsupported(`its normalizer is ${step["type"]}`);
  }
  for (const step of splits) {
    if (step["type"] !== "Metaspace" || (step["replacement"] ?? SPACE) !== SPACE)
      throw file.unsupported(`its pre-tokenizer is ${step["type"]}`);
    const scheme = step["prepend_scheme"] ?? (step["add_prefix_space"] === false ? "never" : "always");
    if (scheme !== "first" && scheme !== "always" && scheme !== "never")
      throw file.damaged(`prepend_scheme is ${scheme}`);
    prefix = scheme;
    beforeSpace = false;
    words = step["split"] !== false;
    escapes = true;
  }
  if (!escapes) throw file.unsupported("nothing in it writes spaces as ▁");
  return { prefix, beforeSpace, splits: words };
}
