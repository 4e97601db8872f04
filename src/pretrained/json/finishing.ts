/**
 * Whether a text can still be brought to an end, for tokenizers that write words: after a piece that begins a word the word must end, after a word comes a
 * space, and both must be something that the grammar allows there. With a tokenizer that writes any text there is nothing to look at.
 *
 *     between values   no word may be under way and every quotation mark closed
 *     in a string      there must be room for the rest of the word, or for another one where the string is too short yet
 *     in a text of an enum, a name or a number   some tokens must lead to its end
 */
import type { TokenWriting } from "../../tokenizers/token-writing.ts";
import { isWhole, type Position } from "./positions.ts";
import type { ReadingSteps, Readings } from "./readings.ts";
import { type TokenNode, tokenIndex } from "./token-index.ts";

const SPACE = 0x20;
const MOST_REMEMBERED = 50_000;

export class Finishing {
  readonly #writing: TokenWriting;
  readonly #steps: ReadingSteps;
  /** By state and position, of those that are in a literal or a number. */
  readonly #known = new Map<string, boolean>();

  constructor(writing: TokenWriting, steps: ReadingSteps) {
    this.#writing = writing;
    this.#steps = steps;
  }

  /** Whether some reading has a way to the end. */
  isPossible(state: number, { positions }: Readings): boolean {
    return this.#writing.placeOf === undefined || positions.some((position) => this.#has(state, position));
  }

  #has(state: number, position: Position): boolean {
    const { inWord, spaceNext, inQuotes } = this.#writing.placeOf!(state);
    switch (position.at) {
      case "string": {
        const { mode, minLength, maxLength } = position;
        if (mode !== "plain") return false;
        if (inWord) return maxLength >= Math.max(minLength, 1);
        return minLength === 0 || maxLength >= Math.max(minLength, spaceNext ? 2 : 1);
      }
      case "number":
        if (!inWord) return isWhole(position.part);
        return this.#leads(state, position);
      case "literal":
        return this.#leads(state, position);
      default:
        return !inWord && !inQuotes;
    }
  }

  /** Whether tokens lead from within a literal or number to its end. */
  #leads(state: number, position: Position): boolean {
    const key = `${state} ${position.id}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
    this.#known.set(key, false); // every token adds something, so nothing comes back here
    const found = this.#writing.groups(state).some(({ tokens, spaced }) => {
      const from = this.#steps.of([position]);
      const begun = spaced ? this.#within(from, SPACE, position) : from;
      return begun !== null && this.#search(tokenIndex(tokens).all, begun, position, state);
    });
    this.#known.set(key, found);
    return found;
  }

  #search(node: TokenNode, readings: Readings, from: Position, state: number): boolean {
    for (const token of node.tokens) {
      const after = this.#writing.after(state, token);
      if (readings.positions.some((position) => this.#has(after, position))) return true;
    }
    for (const [byte, child] of node.children) {
      const next = this.#within(readings, byte, from);
      if (next !== null && this.#search(child, next, from, state)) return true;
    }
    return false;
  }

  /** A step that does not leave the literal or number for what comes behind its end. */
  #within(readings: Readings, byte: number, from: Position): Readings | null {
    const inside = readings.positions.filter(({ at }) => at === from.at);
    return inside.length === 0 ? null : this.#steps.after(this.#steps.of(inside), byte);
  }
}
