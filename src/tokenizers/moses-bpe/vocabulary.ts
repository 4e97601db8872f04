/**
 * Vocabularies and merges, in both of their spellings:
 *
 *     Hugging Face   vocab.json + merges.txt     `foo` goes on, `foo</w>` ends a word; ids stand in the file
 *     fairseq        dict.txt + bpecodes         `foo@@` goes on, `foo` ends a word; line n has the id n + 3
 *
 * Inside the package the first spelling is used; what people see is the second. Texts in, records out: files belong to callers.
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";

/** Pieces by id, in Hugging Face's spelling; special tokens bare. */
export type Vocabulary = readonly string[];
/** Pairs by rank; the right part ends with `</w>` where it ends a word. */
export type Merges = readonly (readonly [left: string, right: string])[];

export const WORD_END = "</w>";
export const GOES_ON = "@@";
/** Ids 0 to 3 of every BioGPT vocabulary. */
export const SPECIAL_TOKENS = ["<s>", "<pad>", "</s>", "<unk>"] as const;

// Ten times the largest vocabulary known, and longer than any piece of one; beyond, a file is not what it says.
const MOST_PIECES = 1_000_000;
const MOST_MERGES = 1_000_000;
const LONGEST_PIECE = 512;

/** @throws BiogptError `tokenizers/vocabulary` when it is not one object of pieces to the ids 0, 1, 2, ... */
export function parseVocabularyJson(text: string, name = "vocab.json"): Vocabulary {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(name, `is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw broken(name, "is not a JSON object");
  const entries = Object.entries(value);
  if (entries.length > MOST_PIECES) throw broken(name, `holds ${entries.length} pieces, more than ${MOST_PIECES}`);
  const pieces = new Array<string | undefined>(entries.length).fill(undefined);
  for (const [piece, id] of entries) {
    if (!Number.isInteger(id) || id < 0 || id >= entries.length) {
      throw broken(name, `gives ${quoted(piece)} the id ${JSON.stringify(id)}, but has ${entries.length} pieces`);
    }
    if (pieces[id] !== undefined)
      throw broken(name, `gives the id ${id} to ${quoted(pieces[id])} and to ${quoted(piece)}`);
    pieces[id] = piece;
  }
  return checkPieces(pieces as string[], name);
}

/** @throws BiogptError `tokenizers/vocabulary` when a line is not "symbol count" or a symbol comes twice */
export function parseFairseqDictionary(text: string, name = "dict.txt"): Vocabulary {
  const pieces: string[] = [...SPECIAL_TOKENS];
  for (const [i, line] of lines(text).entries()) {
    const space = line.indexOf(" ");
    if (space <= 0 || !/^\d+(?: #fairseq:overwrite)?$/.test(line.slice(space + 1)))
      throw broken(name, `has ${quoted(line)} in line ${i + 1}, which is not a symbol and its count`);
    if (pieces.length === MOST_PIECES) throw broken(name, `holds more than ${MOST_PIECES} pieces`);
    pieces.push(fromFairseq(line.slice(0, space)));
  }
  return checkPieces(pieces, name);
}

/** merges.txt and bpecodes: "left right" or "left right count", most important first; a `#version` line may head it. */
export function parseMerges(text: string, name = "merges.txt"): Merges {
  const merges: [string, string][] = [];
  const seen = new Set<string>();
  for (const [i, line] of lines(text).entries()) {
    if (i === 0 && line.startsWith("#version")) continue;
    const [, left, right] = /^([^ ]+) ([^ ]+)(?: \d+)?$/.exec(line) ?? [];
    if (left === undefined || right === undefined || left.length + right.length > LONGEST_PIECE) {
      throw broken(name, `has ${quoted(line)} in line ${i + 1}, which is not two parts and perhaps a count`);
    }
    const pair = `${left} ${right}`;
    if (seen.has(pair)) throw broken(name, `lists the pair ${quoted(pair)} twice, the second time in line ${i + 1}`);
    if (merges.length === MOST_MERGES) throw broken(name, `holds more than ${MOST_MERGES} merges`);
    seen.add(pair);
    merges.push([left, right]);
  }
  return merges;
}

/** Measured: with its own merges a vocabulary has up to 0.03 % of pieces out of reach, with another model's 5 to 68 %. */
const MOST_UNREACHABLE = { share: 0.02, pieces: 100 };

/**
 * Whether a vocabulary and merges were made for each other: nearly every piece of several characters is made by a merge. (The
 * other way round there is more play: a vocabulary may leave out what is rare.)
 *
 * @throws BiogptError `tokenizers/mismatch`
 */
export function expectSameOrigin(vocabulary: Vocabulary, merges: Merges): void {
  const made = new Set(merges.map(([left, right]) => left + right));
  const ofText = vocabulary.slice(0, vocabulary.length - learnedIdsOf(vocabulary).length);
  const unreachable = ofText.filter(
    (piece) => !made.has(piece) && [...piece.replace(WORD_END, "")].length > 1 && !isSpecial(piece),
  );
  const { share, pieces } = MOST_UNREACHABLE;
  if (unreachable.length <= pieces || unreachable.length <= share * ofText.length) return;
  throw new BiogptError("tokenizers/mismatch", {
    what: `The vocabulary and the merges do not belong together: no merge makes ${unreachable.length} of the ${ofText.length} pieces.`,
    why: `The first is ${quoted(unreachable[0]!)}. Texts would fall into other tokens than the model was trained on.`,
    fix: "Take both files from one model: vocab.json with its merges.txt, or dict.txt with its bpecodes.",
  });
}

/** With learned1 ... learnedN behind, as fine-tuned BioGPT models have them. */
export function withLearnedTokens(vocabulary: Vocabulary, count: number): Vocabulary {
  return [...vocabulary, ...Array.from({ length: count }, (_, i) => `learned${i + 1}${WORD_END}`)];
}

/** Ids of learned1 ... learnedN at the end of a vocabulary. */
export function learnedIdsOf(vocabulary: Vocabulary): number[] {
  const [, last] = /^learned([1-9]\d{0,5})(?:<\/w>)?$/.exec(vocabulary.at(-1) ?? "") ?? [];
  const count = Number(last ?? 0);
  const first = vocabulary.length - count;
  const ids = Array.from({ length: count }, (_, i) => first + i);
  return ids.every((id, i) => vocabulary[id]?.replace(WORD_END, "") === `learned${i + 1}`) ? ids : [];
}

export function isSpecial(piece: string): boolean {
  return (SPECIAL_TOKENS as readonly string[]).includes(piece);
}

/** `foo@@` to `foo`, `foo` to `foo</w>`. */
export function fromFairseq(symbol: string): string {
  if (isSpecial(symbol)) return symbol;
  return symbol.length > GOES_ON.length && symbol.endsWith(GOES_ON)
    ? symbol.slice(0, -GOES_ON.length)
    : symbol + WORD_END;
}

/** `foo` to `foo@@`, `foo</w>` to `foo`. */
export function toFairseq(piece: string): string {
  if (isSpecial(piece) || /^learned[1-9]\d*$/.test(piece)) return piece;
  return piece.endsWith(WORD_END) ? piece.slice(0, -WORD_END.length) : piece + GOES_ON;
}

/** vocab.json, a piece a line. */
export function formatVocabularyJson(vocabulary: Vocabulary): string {
  return `{\n${vocabulary.map((piece, id) => `  ${JSON.stringify(piece)}: ${id}`).join(",\n")}\n}\n`;
}

/** dict.txt; a vocabulary must begin with the special tokens, which that format implies. `counts` by id, 0 where absent. */
export function formatFairseqDictionary(
  vocabulary: Vocabulary,
  counts: ReadonlyMap<number, number> = new Map(),
): string {
  return vocabulary
    .slice(SPECIAL_TOKENS.length)
    .map((piece, i) => `${toFairseq(piece)} ${counts.get(i + SPECIAL_TOKENS.length) ?? 0}\n`)
    .join("");
}

/** merges.txt and bpecodes alike: "left right count". */
export function formatMerges(merges: readonly (readonly [left: string, right: string, count: number])[]): string {
  return merges.map((merge) => `${merge.join(" ")}\n`).join("");
}

function checkPieces(pieces: readonly string[], name: string): Vocabulary {
  const seen = new Set<string>();
  for (const [id, piece] of pieces.entries()) {
    if (piece === "" || piece === WORD_END || piece.length > LONGEST_PIECE || /[ \n\r]/.test(piece)) {
      throw broken(
        name,
        `has the piece ${quoted(piece)} (id ${id}): a piece is 1 to ${LONGEST_PIECE} characters without white space`,
      );
    }
    if (seen.has(piece)) throw broken(name, `holds ${quoted(piece)} twice`);
    seen.add(piece);
  }
  for (const token of SPECIAL_TOKENS) {
    if (!seen.has(token)) {
      throw broken(
        name,
        `lacks ${token}.${didYouMean(token, pieces.slice(0, 8))} A BioGPT vocabulary has ${SPECIAL_TOKENS.join(" ")}`,
      );
    }
  }
  return pieces;
}

function lines(text: string): string[] {
  const list = text.replace(/^\ufeff/, "").split(/\r?\n/);
  while (list.at(-1) === "") list.pop();
  return list;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function broken(name: string, how: string): BiogptError {
  return new BiogptError("tokenizers/vocabulary", {
    what: `${name} ${how}.`,
    fix: "Fetch the file again, or name the folder that holds the tokenizer's own files.",
  });
}
