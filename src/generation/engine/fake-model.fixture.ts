/**
 * A model for tests: logits are a seeded function of the token history, and the cache is checked, not trusted.
 *
 * Each cached position remembers the hash of the history it was computed from. A forward pass recomputes the chain over what the slot holds and
 * throws when a position was computed from another history: a wrong start, a copy that left out a difference, a beam in a wrong slot.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import type { CachedModel, SlotTokens } from "./model.ts";

export type Logits = (history: readonly number[]) => Float32Array;

interface Position {
  readonly token: number;
  readonly history: number;
}

export class FakeModel implements CachedModel {
  readonly vocabularySize: number;
  readonly maxLength: number;
  readonly slotCount: number;
  readonly calls: SlotTokens[][] = [];
  copiedPositions = 0;
  /** Called at the start of every forward pass, for tests that abort or fail in the middle. */
  beforeForward: (() => void | Promise<void>) | undefined;
  readonly #logits: Logits;
  readonly #slots: Position[][];

  constructor(logits: Logits, { slotCount = 8, maxLength = 64 }: { slotCount?: number; maxLength?: number } = {}) {
    this.#logits = logits;
    this.vocabularySize = logits([0]).length;
    this.maxLength = maxLength;
    this.slotCount = slotCount;
    this.#slots = Array.from({ length: slotCount }, () => []);
  }

  get tokens(): number {
    return this.calls.flat().reduce((sum, row) => sum + row.tokens.length, 0);
  }

  async forward(rows: readonly SlotTokens[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    await this.beforeForward?.();
    await Promise.resolve();
    throwIfAborted(signal);
    this.calls.push(rows.map((row) => ({ ...row, tokens: [...Array.from(row.tokens)] })));
    if (rows.length === 0) throw new Error("fake model: no rows");
    if (new Set(rows.map(({ slot }) => slot)).size < rows.length) throw new Error("fake model: a slot twice in a call");
    return rows.map(({ slot, start, tokens, wanted }) => {
      const held = this.#slots[slot]!;
      if (tokens.length === 0 || wanted > tokens.length) throw new Error("fake model: no tokens, or too many wanted");
      if (start > held.length) throw new Error(`fake model: slot ${slot} holds ${held.length}, was fed at ${start}`);
      if (start + tokens.length > this.maxLength) throw new Error("fake model: the context is overrun");
      held.length = start;
      let history = 0;
      for (const [i, position] of held.entries()) {
        history = extend(history, position.token);
        if (history !== position.history) throw new Error(`fake model: slot ${slot} position ${i} has another history`);
      }
      const out = new Float32Array(wanted * this.vocabularySize);
      for (let i = 0; i < tokens.length; i++) {
        history = extend(history, tokens[i]!);
        held.push({ token: tokens[i]!, history });
        const place = i - (tokens.length - wanted);
        const sequence = held.map(({ token }) => token);
        if (place >= 0) out.set(this.#logits(sequence), place * this.vocabularySize);
      }
      return out;
    });
  }

  copy(from: number, to: number, start: number, end: number): void {
    const source = this.#slots[from]!;
    const target = this.#slots[to]!;
    if (from === to || end > source.length || start > target.length || start >= end) {
      throw new Error(
        `fake model: copy of [${start}, ${end}) from slot ${from} (${source.length}) to ${to} (${target.length})`,
      );
    }
    target.length = start;
    target.push(...source.slice(start, end));
    this.copiedPositions += end - start;
  }
}

function extend(history: number, token: number): number {
  return (Math.imul(history ^ (token + 1), 0x01000193) + 0x9e3779b9) >>> 0;
}

/** Logits about N(0, scale^2), a function of the last `order` tokens (all by default) and the seed. */
export function randomLogits(
  V: number,
  { seed = 1, scale = 2, order = Number.POSITIVE_INFINITY }: { seed?: number; scale?: number; order?: number } = {},
): Logits {
  return (history) => {
    let state = seed >>> 0;
    for (const token of history.slice(-Math.min(order, history.length))) state = extend(state, token);
    return Float32Array.from({ length: V }, () => {
      let sum = 0;
      for (let i = 0; i < 4; i++) {
        state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
        sum += ((state ^ (state >>> 13)) >>> 0) / 2 ** 32 - 0.5;
      }
      return sum * scale * 1.732;
    });
  };
}
