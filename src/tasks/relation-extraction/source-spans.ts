/**
 * Every stretch of a source that may be an argument, as a tree of tokens: what grounded decoding walks along.
 *
 * A suffix trie of bounded depth over the source's ids, begun at each word. A node is one distinct token string; equal
 * stretches of the source share it, so "the same argument" is "the same node". Nodes are numbered in pre-order, so a
 * subtree is a range of numbers, and what a subtree still offers is a count over a range.
 *
 * Moses leaves a full stop on its word when the next one begins in lower case, and so at nearly every sentence end of a
 * lower-cased source. There the argument ends in the word without it, in the pieces that this word has by itself.
 *
 * Left out   stretches that a written sentence could not give back: over the end of a sentence, with a semicolon or a quotation
 *            mark, with a bracket open, beginning or ending in punctuation, with a piece outside the vocabulary; and, where it is
 *            known where the ids stand, those that `anchorArgument` would not find: over the end of a passage, from or to the
 *            middle of a run of letters and digits (behind an unknown piece, where a window cuts a word, between the signs of m²).
 */
import type { EncodedText, Tokenizer } from "../../tokenizers/tokenizer.ts";
import { cutsWord } from "./anchor.ts";
import type { Content } from "./content.ts";

/** The longest gold argument of BC5CDR's and DDI's test sets has 33 tokens of BioGPT's vocabulary. */
const MAX_TOKENS = 40;
/** Lower-cased text keeps a sentence's full stop on its last word; after a longer word than this it ends a sentence. */
const LONGEST_ABBREVIATION = 3;

/** Words that end a sentence or would be read as something else in an answer ("in conclusion," begins one). */
const FORBIDDEN = new Set([";", ".", "?", "!", "&quot;", "&apos;", "`", '"', "'", "we", "conclude", "conclusion"]);
const OPENING = new Map([
  ["(", ")"],
  ["[", "]"],
  ["&#91;", "&#93;"],
  ["{", "}"],
]);
const CLOSING = new Set(OPENING.values());
/** What `answerOf` looks for in an answer, dropping all that stands before it; those with a forbidden word cannot arise. */
const PROMPT_END = /(?:we have that|learned[0-9]+)$/;
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

/** Where each id of a source stands in its text. A source that was cut may be shorter than its places. */
export interface SourcePlaces extends Pick<EncodedText, "starts" | "ends"> {
  readonly content: Content;
}

interface Draft {
  readonly children: Map<number, Draft>;
  complete: boolean;
  withoutAnd: boolean;
}

/**
 * @param sourceIds ids of the source as the model reads it, without special tokens
 * @param places    with them every argument is found again by `anchorArgument`; without, nearly every
 */
export function sourceSpans(tokenizer: Tokenizer, sourceIds: ArrayLike<number>, places?: SourcePlaces): SpanNode {
  const ids = Array.from(sourceIds);
  const pieces = ids.map((id) => tokenizer.piece(id));
  const continues = pieces.map((piece) => piece.endsWith("@@"));
  const stems = new Map<string, readonly number[]>();
  const { mayStart, mayStop, passages } = boundaries(ids.length, places);
  const root: Draft = { children: new Map(), complete: false, withoutAnd: true };
  for (let start = 0; start < ids.length; start++) {
    if (start > 0 && continues[start - 1]!) continue; // inside a word
    if (!mayStart[start]!) continue;
    addSpans(root, start);
  }
  return numbered(root);

  /** Adds every span that begins at the word at `start`. */
  function addSpans(from: Draft, start: number): void {
    let node = from;
    let beforeWord = from;
    let word = "";
    let first = true;
    let text = "";
    const open: string[] = [];
    for (let at = start; at < ids.length && at - start < MAX_TOKENS; at++) {
      const id = ids[at]!;
      if (id === tokenizer.unknownId || id === tokenizer.endId || id === tokenizer.padId) return;
      if (passages[at] !== passages[start]) return;
      node = childOf(node, id);
      if (continues[at]!) {
        word += pieces[at]!.slice(0, -2);
        continue;
      }
      word += pieces[at]!;
      if (FORBIDDEN.has(word) || (first && !mayBegin(word)) || isCut(word)) return;
      const closing = OPENING.get(word);
      if (closing !== undefined) open.push(closing);
      else if (CLOSING.has(word) && open.pop() !== word) return;
      if (word === "and") node.withoutAnd = false;
      const stem = /^(.+)\.$/.exec(word)?.[1];
      text += `${first ? "" : " "}${stem ?? word}`;
      if (PROMPT_END.test(text)) return;
      if (open.length === 0 && stem !== undefined) completeStem(beforeWord, stem);
      else if (open.length === 0 && mayEnd(word) && mayStop[at]!) node.complete = true;
      if (stem !== undefined && stem.length > LONGEST_ABBREVIATION) return;
      [word, first, beforeWord] = ["", false, node];
    }
  }

  /** Lets a span end in a word without its full stop. */
  function completeStem(before: Draft, stem: string): void {
    if (!mayEnd(stem)) return;
    let node = before;
    for (const id of stemIds(stem)) node = childOf(node, id);
    if (stem === "and") node.withoutAnd = false;
    node.complete = node !== before;
  }

  function stemIds(stem: string): readonly number[] {
    let found = stems.get(stem);
    if (found === undefined) {
      found = [...tokenizer.encode(plainText(stem))];
      if (found.includes(tokenizer.unknownId)) found = [];
      stems.set(stem, found);
    }
    return found;
  }
}

/** For each id whether an argument may begin or end with it, and its passage. */
function boundaries(
  count: number,
  places: SourcePlaces | undefined,
): { mayStart: readonly boolean[]; mayStop: readonly boolean[]; passages: readonly (number | undefined)[] } {
  const all = new Array<true>(count).fill(true);
  if (places === undefined) return { mayStart: all, mayStop: all, passages: new Array<undefined>(count) };
  const { content, starts, ends } = places;
  return {
    mayStart: all.map((_, at) => starts[at]! < ends[at]! && !cutsWord(content.text, starts[at]!)), // not within an escaped character
    mayStop: all.map((_, at) => !cutsWord(content.text, ends[at]!)),
    passages: all.map((_, at) => content.toOriginal(starts[at]!)?.passage),
  };
}

/** Whether a word was cut in two by the "..." that marks a source's cut: Moses sets a text's own apart. */
function isCut(word: string): boolean {
  return word.endsWith("..") && /[^.]/.test(word);
}

function childOf(node: Draft, id: number): Draft {
  const known = node.children.get(id);
  if (known !== undefined) return known;
  const child = { children: new Map(), complete: false, withoutAnd: node.withoutAnd };
  node.children.set(id, child);
  return child;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&apos;": "'",
  "&quot;": '"',
  "&#124;": "|",
  "&#91;": "[",
  "&#93;": "]",
  "&amp;": "&",
};

/** A Moses word as the text has it. */
function plainText(word: string): string {
  return word.replace(/&(?:lt|gt|apos|quot|#124|#91|#93|amp);/g, (entity) => ENTITIES[entity]!);
}

function mayBegin(word: string): boolean {
  return OPENING.has(word) || (LETTER_OR_DIGIT.test(plainText(word)) && !word.startsWith("&apos;"));
}

function mayEnd(word: string): boolean {
  return CLOSING.has(word) || word === "%" || word === "+" || LETTER_OR_DIGIT.test(plainText(word));
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
