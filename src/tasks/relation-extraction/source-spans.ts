/**
 * Every stretch of a source that may be an argument, as a tree of tokens: what grounded decoding walks along.
 *
 * A suffix trie of bounded depth over the source's ids, begun at each word. A node is one distinct token string; equal
 * stretches of the source share it, so "the same argument" is "the same node". Nodes are numbered in pre-order, so a
 * subtree is a range of numbers, and what a subtree still offers is a count over a range.
 *
 * Left out   stretches that a written sentence could not give back: over the end of a sentence, with a semicolon or a quotation
 *            mark, with a bracket open, beginning or ending in punctuation, with a piece outside the vocabulary.
 */
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

/** Longer arguments do not occur: of 4,500 gold arguments the longest has 29 tokens of BioGPT's vocabulary. */
const MAX_TOKENS = 32;

/** Words that end a sentence or would be read as something else in an answer ("in conclusion," begins one). */
const FORBIDDEN = new Set([";", ".", "?", "!", "&quot;", "&apos;", "`", '"', "'", "we", "conclude", "conclusion"]);
const OPENING = new Map([
  ["(", ")"],
  ["[", "]"],
  ["&#91;", "&#93;"],
  ["{", "}"],
]);
const CLOSING = new Set(OPENING.values());
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

export interface SpanNode {
  /** Pre-order number; the subtree is [number, end). */
  readonly number: number;
  readonly end: number;
  readonly children: ReadonlyMap<number, SpanNode>;
  /** Whether an argument may end here. */
  readonly complete: boolean;
  /** The same for an argument in which the word "and" may not stand. */
  readonly completeWithoutAnd: boolean;
  /** Complete nodes of the subtree, this one included. */
  readonly count: number;
  readonly countWithoutAnd: number;
}

interface Draft {
  readonly children: Map<number, Draft>;
  complete: boolean;
  withoutAnd: boolean;
}

/** @param sourceIds ids of the source as the model reads it, without special tokens */
export function sourceSpans(tokenizer: Tokenizer, sourceIds: ArrayLike<number>): SpanNode {
  const ids = Array.from(sourceIds);
  const pieces = ids.map((id) => tokenizer.piece(id));
  const continues = pieces.map((piece) => piece.endsWith("@@"));
  const root: Draft = { children: new Map(), complete: false, withoutAnd: true };
  for (let start = 0; start < ids.length; start++) {
    if (start > 0 && continues[start - 1]!) continue; // inside a word
    addSpans(root, start);
  }
  return numbered(root);

  /** Adds every span that begins at the word at `start`. */
  function addSpans(from: Draft, start: number): void {
    let node = from;
    let word = "";
    let first = true;
    const open: string[] = [];
    for (let at = start; at < ids.length && at - start < MAX_TOKENS; at++) {
      const id = ids[at]!;
      if (id === tokenizer.unknownId || id === tokenizer.endId || id === tokenizer.padId) return;
      const next = node.children.get(id) ?? { children: new Map(), complete: false, withoutAnd: node.withoutAnd };
      node.children.set(id, next);
      node = next;
      if (continues[at]!) {
        word += pieces[at]!.slice(0, -2);
        continue;
      }
      word += pieces[at]!;
      if (FORBIDDEN.has(word) || (first && !mayBegin(word))) return;
      const closing = OPENING.get(word);
      if (closing !== undefined) open.push(closing);
      else if (CLOSING.has(word) && open.pop() !== word) return;
      if (word === "and") node.withoutAnd = false;
      if (open.length === 0 && mayEnd(word)) node.complete = true;
      [word, first] = ["", false];
    }
  }
}

function mayBegin(word: string): boolean {
  return OPENING.has(word) || (LETTER_OR_DIGIT.test(unescaped(word)) && !word.startsWith("&apos;"));
}

function mayEnd(word: string): boolean {
  return CLOSING.has(word) || word === "%" || word === "+" || LETTER_OR_DIGIT.test(unescaped(word));
}

/** Without the entities, whose names have letters. */
function unescaped(word: string): string {
  return word.replace(/&(?:amp|lt|gt|apos|quot|#\d+);/g, "").replaceAll("@-@", "");
}

/** Numbers the nodes, and cuts branches that no argument ends in. */
function numbered(draft: Draft, number = 0): SpanNode {
  const children = new Map<number, SpanNode>();
  let end = number + 1;
  let count = draft.complete ? 1 : 0;
  let countWithoutAnd = draft.complete && draft.withoutAnd ? 1 : 0;
  for (const [id, child] of draft.children) {
    const node = numbered(child, end);
    if (node.count === 0) continue;
    children.set(id, node);
    end = node.end;
    count += node.count;
    countWithoutAnd += node.countWithoutAnd;
  }
  return {
    number,
    end,
    children,
    complete: draft.complete,
    completeWithoutAnd: draft.complete && draft.withoutAnd,
    count,
    countWithoutAnd,
  };
}
