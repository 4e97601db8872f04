/**
 * Grounded decoding: an answer can only be well-formed sentences of the scheme whose arguments stand in the source.
 *
 *     before HEAD between TAIL after [LABEL] ( ; before HEAD between TAIL after [LABEL] )* . </s>
 *
 * HEAD and TAIL are stretches of the source (source-spans.ts), HEAD is not TAIL, labels come from the scheme's closed set,
 * and no pair is written twice. A token is allowed only if the answer can still be brought to its end, so no walk gets stuck.
 *
 * A head may hold the word between the arguments ("and"), so after it there can be two readings; a state is the set of
 * readings that are still possible. A tail may not hold it: the sentence is then read back as it was meant.
 */
import { BiogptError } from "../../base/errors.ts";
import type { Constraint } from "../../generation/constraints/constraints.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { RelationScheme } from "./schemes.ts";
import { type SourcePlaces, type SpanNode, sourceSpans } from "./source-spans.ts";

export interface GroundedOptions {
  /** Lets an answer be empty. Default false: the recipes' models were trained on documents with relations only. */
  readonly allowEmpty?: boolean;
  /** Most statements of an answer, at least 1. Default: as many as the source has pairs. */
  readonly statements?: number;
  /** Where the source's ids stand in its text. Default: unknown, and a few arguments may then not be found again in the document. */
  readonly places?: SourcePlaces | undefined;
}

/** Pairs written so far, newest first; shared by all states that follow. */
interface Written {
  readonly head: number;
  readonly tail: number;
  readonly before: Written | undefined;
}

interface LabelNode {
  readonly children: Map<number, LabelNode>;
  complete: boolean;
}

/** Where in a sentence the next token stands, and what is behind it. */
type Reading =
  | { readonly at: "before"; readonly offset: number; readonly written: Written | undefined }
  | { readonly at: "head"; readonly node: SpanNode; readonly written: Written | undefined }
  | { readonly at: "between"; readonly offset: number; readonly head: SpanNode; readonly written: Written | undefined }
  | { readonly at: "tail"; readonly node: SpanNode; readonly head: SpanNode; readonly written: Written | undefined }
  | { readonly at: "after"; readonly offset: number; readonly written: Written }
  | { readonly at: "label"; readonly node: LabelNode; readonly written: Written }
  | { readonly at: "written"; readonly written: Written }
  | { readonly at: "stopped" }
  | { readonly at: "ended" };

type Step = readonly [token: number, after: Reading];

export type GroundedState = readonly Reading[];

/**
 * @param sourceIds ids of the source as the model reads it, without special tokens and prompt
 * @throws BiogptError `tasks/template` for a target form that it does not know, `tasks/vocabulary` when the form's words are not in it,
 *         `tasks/option` when `statements` is no whole number from 1
 */
export function groundedConstraint(
  tokenizer: Tokenizer,
  scheme: RelationScheme,
  sourceIds: ArrayLike<number>,
  { allowEmpty = false, statements = Number.POSITIVE_INFINITY, places }: GroundedOptions = {},
): Constraint<GroundedState> {
  if (!(statements >= 1) || statements !== Math.floor(statements)) {
    throw new BiogptError("tasks/option", {
      what: `An answer was to have at most ${statements} statements.`,
      fix: "Give a whole number from 1, or leave it out; allowEmpty lets an answer have none.",
    });
  }
  const { words, name } = scheme.template;
  if (words === undefined) {
    throw new BiogptError("tasks/template", {
      what: `Grounded decoding does not know the target form ${name} of ${scheme.name}.`,
      fix: "Use rel-is, or decode freely.",
    });
  }
  const phrase = (text: string): readonly number[] => known(tokenizer, text);
  const phrases = { before: phrase(words.before), between: phrase(words.between), after: phrase(words.after) };
  const [separator, stop, end] = [phrase(";")[0]!, phrase(".")[0]!, tokenizer.endId];
  const labels = words.labelled ? labelTrie(scheme.relations.map(phrase)) : undefined;
  const spans = sourceSpans(tokenizer, sourceIds, places);
  const tails = tailNumbers(spans);

  /** Tokens that a reading allows, and the reading after each. */
  function steps(reading: Reading): Step[] {
    switch (reading.at) {
      case "before":
        return [beforeStep(reading.offset, reading.written)];
      case "head": {
        const { node, written } = reading;
        const longer = [...node.children]
          .filter(([, child]) => hasHead(child, written))
          .map(([token, child]): Step => [token, { at: "head", node: child, written }]);
        const ends = node.complete && tailsLeft(spans, takenBy(node, written)) > 0;
        return ends ? [...longer, betweenStep(0, node, written)] : longer;
      }
      case "between":
        return [betweenStep(reading.offset, reading.head, reading.written)];
      case "tail": {
        const { node, head, written } = reading;
        const taken = takenBy(head, written);
        const longer = [...node.children]
          .filter(([, child]) => tailsLeft(child, taken) > 0)
          .map(([token, child]): Step => [token, { at: "tail", node: child, head, written }]);
        if (!node.completeWithoutAnd || taken.has(node.number)) return longer;
        return [...longer, afterStep(0, { head: head.number, tail: node.number, before: written })];
      }
      case "after":
        return [afterStep(reading.offset, reading.written)];
      case "label": {
        const { node, written } = reading;
        const longer = [...node.children].map(([token, child]): Step => [token, { at: "label", node: child, written }]);
        return node.complete ? [...longer, ...sentenceEnds(written)] : longer;
      }
      case "written":
        return sentenceEnds(reading.written);
      case "stopped":
        return [[end, { at: "ended" }]];
      case "ended":
        return [];
      default:
        return reading satisfies never;
    }
  }

  function beforeStep(offset: number, written: Written | undefined): Step {
    const last = offset === phrases.before.length - 1;
    return [
      phrases.before[offset]!,
      last ? { at: "head", node: spans, written } : { at: "before", offset: offset + 1, written },
    ];
  }

  function betweenStep(offset: number, head: SpanNode, written: Written | undefined): Step {
    const last = offset === phrases.between.length - 1;
    const after: Reading = last
      ? { at: "tail", node: spans, head, written }
      : { at: "between", offset: offset + 1, head, written };
    return [phrases.between[offset]!, after];
  }

  function afterStep(offset: number, written: Written): Step {
    const token = phrases.after[offset]!;
    if (offset < phrases.after.length - 1) return [token, { at: "after", offset: offset + 1, written }];
    return [token, labels === undefined ? { at: "written", written } : { at: "label", node: labels, written }];
  }

  function sentenceEnds(written: Written): Step[] {
    const stopped: Step = [stop, { at: "stopped" }];
    if (lengthOf(written) >= statements) return [stopped];
    return hasHead(spans, written) ? [[separator, { at: "before", offset: 0, written }], stopped] : [stopped];
  }

  /** Numbers of the tails that a head may not get: itself, and those it has. */
  function takenBy(head: SpanNode, written: Written | undefined): ReadonlySet<number> {
    const taken = new Set<number>();
    if (head.completeWithoutAnd) taken.add(head.number);
    for (let pair = written; pair !== undefined; pair = pair.before) {
      if (pair.head === head.number) taken.add(pair.tail);
      else if (scheme.symmetric && pair.tail === head.number && tails.has(pair.head)) taken.add(pair.head);
    }
    return taken;
  }

  function tailsLeft(node: SpanNode, taken: ReadonlySet<number>): number {
    let left = node.countWithoutAnd;
    for (const number of taken) if (number >= node.number && number < node.end) left--;
    return left;
  }

  /** Whether a subtree has a head with a tail left; each is looked at only when tails run short. */
  function hasHead(node: SpanNode, written: Written | undefined): boolean {
    if (spans.countWithoutAnd > 1 + lengthOf(written)) return node.count > 0;
    if (node.complete && tailsLeft(spans, takenBy(node, written)) > 0) return true;
    return [...node.children.values()].some((child) => hasHead(child, written));
  }

  const writable = hasHead(spans, undefined);
  return {
    start: () => [
      ...(writable ? [{ at: "before", offset: 0, written: undefined } as const] : []),
      ...(allowEmpty || !writable ? [{ at: "stopped" } as const] : []),
    ],
    next: (state, token) =>
      state.flatMap((reading) => steps(reading).flatMap(([id, after]) => (id === token ? [after] : []))),
    allowed: (state) => new Set(state.flatMap((reading) => steps(reading).map(([id]) => id))),
  };
}

/** The same for whichever source comes: what `extractRelations` takes as its `constraint`. */
export function groundedDecoding(
  tokenizer: Tokenizer,
  scheme: RelationScheme,
  options?: Omit<GroundedOptions, "places">,
): (sourceIds: readonly number[], places?: SourcePlaces) => Constraint<GroundedState> {
  return function grounded(sourceIds, places) {
    return groundedConstraint(tokenizer, scheme, sourceIds, { ...options, places });
  };
}

function tailNumbers(node: SpanNode, into: Set<number> = new Set()): ReadonlySet<number> {
  if (node.completeWithoutAnd) into.add(node.number);
  for (const child of node.children.values()) tailNumbers(child, into);
  return into;
}

function lengthOf(written: Written | undefined): number {
  let length = 0;
  for (let pair = written; pair !== undefined; pair = pair.before) length++;
  return length;
}

function labelTrie(labels: readonly (readonly number[])[]): LabelNode {
  const root: LabelNode = { children: new Map(), complete: false };
  for (const ids of labels) {
    let node = root;
    for (const id of ids) {
      const child = node.children.get(id) ?? { children: new Map(), complete: false };
      node.children.set(id, child);
      node = child;
    }
    node.complete = true;
  }
  return root;
}

function known(tokenizer: Tokenizer, text: string): readonly number[] {
  const ids = [...tokenizer.encode(text)];
  if (ids.length === 0 || ids.includes(tokenizer.unknownId)) {
    throw new BiogptError("tasks/vocabulary", {
      what: `The vocabulary has no pieces for "${text}", a part of the relations' sentences.`,
      fix: "Use a model whose vocabulary was learnt on English text.",
    });
  }
  return ids;
}
