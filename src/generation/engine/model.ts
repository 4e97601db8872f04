/**
 * What generation needs of a model: rows of cached tokens ("slots") that are fed, copied and forgotten.
 *
 * `models/` and `runtime/` fulfil it without knowing this file; a test's fake model is thirty lines.
 *
 * Shapes   V vocabulary · a slot is one sequence with its own length, from 0 up to `maxLength` tokens
 */

/** New tokens of one slot, to be placed at positions `start`, `start + 1`, ... of its sequence. */
export interface SlotTokens {
  /** 0 ≤ slot < slotCount; each slot at most once a call. */
  readonly slot: number;
  /** Tokens the slot's cache already holds and keeps: later ones are overwritten, so going back is free. */
  readonly start: number;
  /** At least one; a negative one stands for an embedding row that the model was given (`holdsRow`). */
  readonly tokens: ArrayLike<number>;
  /** How many of the last new tokens want logits; 0 fills the cache only. */
  readonly wanted: number;
}

export interface CachedModel {
  readonly vocabularySize: number;
  /** Most tokens of a sequence. */
  readonly maxLength: number;
  readonly slotCount: number;

  /** Whether a negative id stands for a row that was given in place of a token. Absent: none does. */
  holdsRow?(id: number): boolean;
  /**
   * Takes rows (count, width) that stand in prompts in place of ids. Absent: there can be none.
   *
   * @returns their negative ids, until they are disposed
   */
  giveRows?(rows: Float32Array): Disposable & { readonly ids: readonly number[] };

  /** Whether the first `slots` slots can hold `length` tokens each at once. Absent: all slots, the whole context. */
  fits?(slots: number, length: number): boolean;

  /**
   * Makes room for that; called before anything is fed that needs it, never while `forward` runs.
   *
   * @returns how many of the first slots keep what they held; the others hold nothing
   */
  reserve?(slots: number, length: number): number;

  /**
   * Runs the model over the rows' new tokens, each attending to its slot's earlier ones.
   *
   * @returns for each row `wanted` x V logits in a new or reused array, valid until the next call
   * @throws BiogptError `aborted` when the signal fires first, or what went wrong; the cache then holds what it held before, up to each `start`
   */
  forward(rows: readonly SlotTokens[], signal?: AbortSignal): Promise<readonly Float32Array[]>;

  /**
   * Copies the cached positions [start, end) of one slot into the same positions of another. The caller knows what the
   * other slot's first `start` positions hold (the same tokens, as a rule), so beams with common ancestors copy little.
   */
  copy(from: number, to: number, start: number, end: number): void | Promise<void>;
}
