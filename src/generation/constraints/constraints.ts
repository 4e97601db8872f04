/**
 * Constraints: which tokens may come next, given those so far.
 *
 * A constraint is an automaton whose states are never changed in place, so beams, samples and rejected drafts share and drop them freely.
 * It speaks of the end token like of any other: text may end only where the end token is allowed.
 *
 * Left out: text. A grammar over text is turned into tokens by the task that owns the grammar.
 */
import { BiogptError } from "../../base/errors.ts";

/** `undefined` allows every token. */
export type AllowedTokens = readonly number[] | ReadonlySet<number> | undefined;

export interface Constraint<State = unknown> {
  /** The state in which the first token after `prompt` is chosen. */
  start(prompt: readonly number[]): State;
  /** The state after an allowed token. Must not change `state`. */
  next(state: State, token: number): State;
  /** Tokens that may come next; none at all ends a beam, and is an error where no other beam is left. */
  allowed(state: State): AllowedTokens;
}

/** Of a vocabulary's tokens at most this share is looked at one by one; above it a pass over all of them is as fast. */
const FEW = 1 / 16;

/** The allowed tokens of a vocabulary of V, rising, where they are few; undefined where they are many, or all. */
export function fewAllowed(allowed: AllowedTokens, V: number): readonly number[] | undefined {
  if (allowed === undefined) return undefined;
  if (Array.isArray(allowed) && allowed.length > FEW * V) return undefined; // without looking whether one is there twice
  const tokens = allowed instanceof Set ? allowed : new Set(allowed as readonly number[]);
  if (tokens.size > FEW * V) return undefined;
  return [...tokens].filter((id) => id >= 0 && id < V).sort((a, b) => a - b);
}

/** Forbids everything else, in place. */
export function keepAllowed(allowed: AllowedTokens, logits: Float32Array, spare: Float32Array): void {
  if (allowed === undefined) return;
  spare.set(logits);
  logits.fill(Number.NEGATIVE_INFINITY);
  for (const id of allowed) if (id >= 0 && id < logits.length) logits[id] = spare[id]!;
}

/**
 * Only tokens of a fixed set, at every step.
 *
 * With `andPrompt` this is the ConstrainedGenerator of the original BioGPT: the tokens of the prompt and of an allowed text, in any order and
 * number. (There the mask assumed one row a sentence, so beams failed; here they work. It also allowed `</s>`: put the end id into `ids`.)
 */
export function onlyTokens(
  ids: Iterable<number>,
  { andPrompt = false }: { readonly andPrompt?: boolean } = {},
): Constraint<ReadonlySet<number>> {
  const fixed = new Set(ids);
  return {
    start: (prompt) => (andPrompt ? new Set([...fixed, ...prompt]) : fixed),
    next: (state) => state,
    allowed: (state) => state,
  };
}

interface TrieNode {
  readonly children: Map<number, TrieNode>;
  /** The children's tokens, and the end token where a choice is complete. */
  tokens: number[];
}

/**
 * One of several token sequences, then the end token.
 *
 * @param choices at least one, none empty or with the end token; one may be the beginning of another
 * @throws BiogptError `generation/setting` when there is no choice, or a wrong one
 */
export function oneOf(choices: readonly (readonly number[])[], endId: number): Constraint<TrieNode> {
  const wrong = choices.find((choice) => choice.length === 0 || choice.includes(endId));
  if (choices.length === 0 || wrong !== undefined) {
    throw new BiogptError("generation/setting", {
      what:
        wrong === undefined
          ? "There is no choice to generate."
          : `The choice [${wrong}] is empty or holds the end token ${endId}.`,
      fix: "Give at least one choice, each of at least one token; the end token is added to each.",
    });
  }
  const root: TrieNode = { children: new Map(), tokens: [] };
  const finished: TrieNode = { children: new Map(), tokens: [] };
  for (const choice of choices) {
    let node = root;
    for (const token of [...choice, endId]) {
      let child = node.children.get(token);
      if (child === undefined) {
        child = token === endId ? finished : { children: new Map(), tokens: [] };
        node.children.set(token, child);
        node.tokens.push(token);
      }
      node = child;
    }
  }
  return {
    start: () => root,
    next: (state, token) => state.children.get(token) ?? finished,
    allowed: (state) => state.tokens,
  };
}

/** Every one of several constraints at once. */
export function allOf(...constraints: readonly Constraint[]): Constraint<readonly unknown[]> {
  return {
    start: (prompt) => constraints.map((constraint) => constraint.start(prompt)),
    next: (states, token) => constraints.map((constraint, i) => constraint.next(states[i], token)),
    allowed: (states) =>
      constraints.map((constraint, i) => constraint.allowed(states[i])).reduce(intersection, undefined),
  };
}

/** Tokens that both allow. */
export function intersection(left: AllowedTokens, right: AllowedTokens): AllowedTokens {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const inRight = right instanceof Set ? (right as ReadonlySet<number>) : new Set(right);
  return [...left].filter((id) => inRight.has(id));
}
