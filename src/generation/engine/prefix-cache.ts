/**
 * The model's slots and what each of them holds, so that nothing is computed or copied that is already there.
 *
 * All calls of the model go through here. The tokens of a slot are known from what was fed and copied; equal tokens from position 0 on mean
 * equal cache contents, which is what prefix sharing, beams with common ancestors and rejected drafts rely on.
 */
import { internalError, present } from "../../base/errors.ts";
import type { CachedModel, SlotTokens } from "./model.ts";

/** Work done since the engine was made; only ever grows. */
export interface EngineStatistics {
  /** Calls of the model. */
  forwards: number;
  /** Tokens fed to it. */
  tokens: number;
  /** Cache positions copied between slots. */
  copiedPositions: number;
  /** Prompt tokens that were not fed, because a slot already held them. */
  reusedPromptTokens: number;
  /** Tokens drafted by prompt lookup, and how many of them turned out right. */
  draftedTokens: number;
  acceptedTokens: number;
}

export class PrefixCache {
  readonly model: CachedModel;
  readonly statistics: EngineStatistics = {
    forwards: 0,
    tokens: 0,
    copiedPositions: 0,
    reusedPromptTokens: 0,
    draftedTokens: 0,
    acceptedTokens: 0,
  };
  readonly #held: number[][];

  constructor(model: CachedModel) {
    this.model = model;
    this.#held = Array.from({ length: model.slotCount }, () => []);
  }

  /** How many of the first `limit` tokens the slot already holds. */
  commonPrefix(slot: number, tokens: readonly number[], limit: number = tokens.length): number {
    return commonLength(this.#tokensOf(slot), tokens, limit);
  }

  /** Makes room for the first `slots` slots of `length` tokens each; what the model then no longer holds is forgotten. */
  reserve(slots: number, length: number): void {
    const kept = this.model.reserve?.(slots, length) ?? this.model.slotCount;
    for (let slot = kept; slot < this.model.slotCount; slot++) this.#held[slot] = [];
  }

  /** Feeds rows to the model. When that fails the rows' slots keep what came before each `start`. */
  async forward(rows: readonly SlotTokens[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    for (const { slot, start } of rows) {
      if (this.#tokensOf(slot).length < start)
        throw internalError(`slot ${slot} is fed at ${start}, past what it holds`);
    }
    let logits: readonly Float32Array[];
    try {
      logits = await this.model.forward(rows, signal);
    } catch (error) {
      for (const { slot, start } of rows) this.#tokensOf(slot).length = start; // keys and values are written behind it
      throw error;
    }
    this.statistics.forwards++;
    for (const { slot, start, tokens } of rows) {
      const held = this.#tokensOf(slot);
      held.length = start;
      for (let i = 0; i < tokens.length; i++) held.push(tokens[i]!);
      this.statistics.tokens += tokens.length;
    }
    return logits;
  }

  /** Makes one slot hold the first `length` tokens of another, by copying from the first position where they differ. */
  async share(from: number, to: number, length: number): Promise<void> {
    const source = this.#tokensOf(from);
    if (source.length < length) throw internalError(`slot ${from} holds fewer than ${length} tokens`);
    const start = this.commonPrefix(to, source, length);
    if (start >= length) return;
    this.#tokensOf(to).length = start; // if the copy fails
    await this.model.copy(from, to, start, length);
    this.#held[to] = source.slice(0, length);
    this.statistics.copiedPositions += length - start;
  }

  #tokensOf(slot: number): number[] {
    return present(this.#held[slot], `slot ${slot}`);
  }
}

/** Length of the longest common beginning, at most `limit`. */
export function commonLength(left: readonly number[], right: readonly number[], limit: number): number {
  const end = Math.min(left.length, right.length, limit);
  let length = 0;
  while (length < end && left[length] === right[length]) length++;
  return length;
}
