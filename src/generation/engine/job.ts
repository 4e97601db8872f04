/**
 * A job is one thing that the engine runs on slots: a sequence being decoded, a beam search, or a sequence being scored.
 *
 * The engine feeds the prompt, hands over its last logits, and from then on alternates `rows` and `accept` until the job is finished.
 */
import type { Breath } from "../../base/breath.ts";
import { BiogptError, internalError } from "../../base/errors.ts";
import { keepAllowed } from "../constraints/constraints.ts";
import type { LogitRule, RuleContext } from "../constraints/rules.ts";
import { largestOf } from "../search/log-probabilities.ts";
import { type SamplingScratch, samplingScratch } from "../search/sampling.ts";
import type { CheckedSettings } from "../settings.ts";
import type { CachedModel, SlotTokens } from "./model.ts";
import type { PrefixCache } from "./prefix-cache.ts";

/**
 * - `stop`     the end token or a stop check
 * - `length`   maxNewTokens or the end of the context; in fairseq's search the end token was then forced
 * - `aborted`  its signal fired; the sequence holds what there was
 */
export type FinishReason = "stop" | "length" | "aborted";

/** A token that might have come, with log p in nats of the model's own softmax. */
export interface TokenAlternative {
  readonly id: number;
  readonly logProbability: number;
}

export interface GeneratedSequence {
  /** Generated tokens, the end token included if it came. */
  readonly ids: readonly number[];
  /** For each of them log p in nats, of the model's own softmax: before temperature, rules and constraints. */
  readonly logProbabilities: readonly number[];
  /** For each of them the most probable tokens at its place, best first; absent where none were asked for. */
  readonly alternatives?: readonly (readonly TokenAlternative[])[];
  /** Their sum, in nats. */
  readonly logLikelihood: number;
  /**
   * What sequences are ranked by (see `Scoring`), in nats. A beam search sums log-probabilities as its rules left them, unnormalised as
   * transformers and fairseq do unless `renormalize` is set; elsewhere it is the sum of `logProbabilities`.
   */
  readonly score: number;
  readonly finishReason: FinishReason;
}

export interface Job {
  readonly prompt: readonly number[];
  /** From its admission on. */
  readonly slotsNeeded: number;
  /** Most tokens that one of its slots will hold. */
  readonly longest: number;
  /** Index of the first prompt token whose log-probability is wanted; the prompt's length for none. */
  readonly scoredFrom: number;
  readonly finished: boolean;
  /** Called once, before the prompt is fed, with `slotsNeeded` slots; the first one will hold the prompt. */
  place(slots: readonly number[]): void;
  /** The engine moved what the job keeps in one slot to another. */
  move(from: number, to: number): void;
  /** Tokens that the job still needs of a slot. */
  lengthOf(slot: number): number;
  /** The prompt is cached: `logits` (V) predict the first new token. */
  begin(logits: Float32Array, promptLogProbabilities: readonly number[], run: JobRun): void | Promise<void>;
  /** What to feed next. @param draft whether guesses may be fed along, which saves calls but makes each longer */
  rows(draft: boolean): readonly SlotTokens[];
  /** For each row wanted x V logits. */
  accept(logits: readonly Float32Array[], run: JobRun): void | Promise<void>;
  /** Finish now, with what there is. */
  abort(): void;
}

/** What the engine lends a job while it decides. */
export interface JobRun {
  readonly cache: PrefixCache;
  readonly scratch: Scratch;
  /** Taken between rows by jobs that have many, so that a server's other work is not held up. */
  readonly breath: Breath;
}

/** Rows of the vocabulary's length, shared by all jobs of an engine: what is in them does not outlive a decision. */
export class Scratch {
  readonly values: Float32Array;
  readonly spare: Float32Array;
  readonly sampling: SamplingScratch;

  constructor(vocabularySize: number) {
    this.values = new Float32Array(vocabularySize);
    this.spare = new Float32Array(vocabularySize);
    this.sampling = samplingScratch(vocabularySize);
  }
}

/** Runs the rules, then the constraint, on a row in place. */
export function applyRules(
  values: Float32Array,
  { rules, constraint }: { readonly rules: readonly LogitRule[]; readonly constraint: CheckedSettings["constraint"] },
  context: RuleContext,
  state: unknown,
  scratch: Scratch,
): void {
  for (const rule of rules) rule(context, values);
  if (constraint !== undefined) keepAllowed(constraint.allowed(state), values, scratch.spare);
}

/** @throws BiogptError `generation/dead-end` when every token is forbidden */
export function expectSomeToken(values: Float32Array, generated: number): void {
  if (largestOf(values) > Number.NEGATIVE_INFINITY) return;
  throw deadEnd(generated);
}

export function deadEnd(generated: number): BiogptError {
  return new BiogptError("generation/dead-end", {
    what: `After ${generated} generated ${generated === 1 ? "token" : "tokens"} every next token is forbidden.`,
    why: "The constraint and the rules (banned tokens, n-grams, minimum length) leave nothing together.",
    fix: "Let the constraint allow the end token where text may stop, or relax the rules.",
  });
}

/** Tokens that a prompt and what is generated behind it take of a slot; the last one is never fed. */
export function longestOf(promptLength: number, maxNewTokens: number, model: CachedModel): number {
  return Math.min(model.maxLength, promptLength + maxNewTokens - 1);
}

/**
 * @param job what it needs
 * @throws BiogptError `generation/cache-memory` where the model cannot hold that even alone
 */
export function checkRoom({ slotsNeeded, longest }: Pick<Job, "slotsNeeded" | "longest">, model: CachedModel): void {
  if (slotsNeeded > model.slotCount) throw internalError(`a job needs ${slotsNeeded} slots at once`);
  if (model.fits?.(slotsNeeded, longest) ?? true) return;
  let most = longest;
  while (most > 1 && !model.fits!(slotsNeeded, most)) most--;
  const rows = slotsNeeded === 1 ? "One sequence" : `${slotsNeeded} sequences at once`;
  throw new BiogptError("generation/cache-memory", {
    what: `${rows} of up to ${longest} tokens (prompt and answer) need more memory for keys and values than the model may take.`,
    why: model.fits!(slotsNeeded, most) ? `It holds ${most} tokens of each.` : "It does not hold so many sequences.",
    fix: "Generate fewer tokens, shorten the prompt, take fewer beams, or give the model more cache memory when it is loaded.",
    kind: "usage",
  });
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
