/**
 * BERT's word pieces over a vocabulary such as SciBERT's: the tokens of published BLEU and METEOR figures of molecule captions.
 *
 * Follows   transformers' BertTokenizer, uncased: control characters go, CJK characters and punctuation are words of their own, accents go; a word is
 *           split into its longest known beginnings, `##` before what continues, and is `[UNK]` as a whole where that fails.
 */
import { BiogptError } from "../../../base/errors.ts";

/** Longer words are `[UNK]` to BERT. */
const LONGEST_WORD = 100;

export interface WordPieces {
  /** @param limit most pieces; those of a model's input, its two special tokens counted, are 512 */
  split(text: string, limit?: number): string[];
}

/** @param text of vocab.txt: a piece a line, special ones among them */
export function openWordPieces(text: string): WordPieces {
  const vocabulary = new Set(text.split(/\r?\n/).filter((piece) => piece !== ""));
  if (!vocabulary.has("[UNK]")) {
    throw new BiogptError("evaluation/vocabulary", {
      what: "The vocabulary of word pieces has no [UNK].",
      fix: "Name the vocab.txt of an uncased BERT, as SciBERT's.",
    });
  }
  return {
    split: (line, limit = 510) =>
      words(line)
        .flatMap((word) => pieces(word, vocabulary))
        .slice(0, limit),
  };
}

function words(text: string): string[] {
  const clean = text
    .replace(/[\t\n\r]|\p{Zs}/gu, " ")
    .replace(/\ufffd|\p{Cc}|\p{Cf}|\p{Co}|\p{Cn}/gu, "")
    .replace(/[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu, " $& ");
  const plain = clean
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "");
  return plain
    .replace(/[!-/:-@[-`{-~]|\p{P}/gu, " $& ")
    .split(/\s+/)
    .filter((word) => word !== "");
}

function pieces(word: string, vocabulary: ReadonlySet<string>): string[] {
  const characters = [...word];
  if (characters.length > LONGEST_WORD) return ["[UNK]"];
  const found: string[] = [];
  let at = 0;
  while (at < characters.length) {
    let end = characters.length;
    const candidate = (): string => (at > 0 ? "##" : "") + characters.slice(at, end).join("");
    while (end > at && !vocabulary.has(candidate())) end--;
    if (end === at) return ["[UNK]"];
    found.push(candidate());
    at = end;
  }
  return found;
}
