/**
 * Embedding rows that stand in prompts in place of ids, each under a negative id of its own: -1, -2, … Equal rows have equal ids, so the prefix
 * cache, which compares ids, finds a molecule that it has seen before.
 *
 * Rows are held from `give` to `release`; their identities are remembered longer, which costs a hash each.
 *
 * Shapes   C width
 */
import { BiogptError } from "../base/errors.ts";
import { sha256 } from "../tokenizers/sha256.ts";

/** Rows in the places of ids; release them when what was asked with them is done. */
export interface GivenRows extends Disposable {
  /** Negative, one a row. */
  readonly ids: readonly number[];
}

/** Identities that are remembered; the oldest go. */
const MOST_IDENTITIES = 1 << 16;

export class EmbeddingRows {
  readonly #width: number;
  readonly #identities = new Map<string, number>();
  readonly #held = new Map<number, { readonly row: Float32Array; uses: number }>();
  #last = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /**
   * @param rows (count, C), as the model's own embedding gives them to its first block, positions not added
   * @throws BiogptError `models/embedding-rows`
   */
  give(rows: Float32Array): GivenRows {
    const C = this.#width;
    if (rows.length === 0 || rows.length % C !== 0 || !rows.every(Number.isFinite)) {
      throw new BiogptError("models/embedding-rows", {
        what: `${rows.length} values were given as embedding rows of a model of width ${C}.`,
        why:
          rows.length % C === 0 && rows.length > 0
            ? "Some of them are not finite."
            : "That is no whole number of rows.",
        fix: "Give one row of finite values for each place in the prompt.",
      });
    }
    const ids = Array.from({ length: rows.length / C }, (_, i) => this.#hold(rows.slice(i * C, (i + 1) * C)));
    let isHeld = true;
    return {
      ids,
      [Symbol.dispose]: () => {
        if (isHeld) for (const id of ids) this.#release(id);
        isHeld = false;
      },
    };
  }

  holds(id: number): boolean {
    return this.#held.has(id);
  }

  /** The row (C) of an id. */
  row(id: number): Float32Array {
    const held = this.#held.get(id);
    if (held !== undefined) return held.row;
    throw new BiogptError("models/embedding-rows", {
      what: `The embedding row ${id} is used after it was released.`,
      fix: "Keep it until everything that was asked with it is done.",
    });
  }

  #hold(row: Float32Array): number {
    const key = sha256(new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
    let id = this.#identities.get(key);
    if (id === undefined) {
      id = --this.#last;
      this.#identities.set(key, id);
      if (this.#identities.size > MOST_IDENTITIES) this.#identities.delete(this.#identities.keys().next().value!);
    }
    const held = this.#held.get(id);
    if (held === undefined) this.#held.set(id, { row, uses: 1 });
    else held.uses++;
    return id;
  }

  #release(id: number): void {
    const held = this.#held.get(id)!;
    if (--held.uses === 0) this.#held.delete(id);
  }
}
