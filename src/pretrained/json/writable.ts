/**
 * Whether a tokenizer that writes words can write all that a schema asks for, from wherever it may come: a name with an underscore, for instance, which
 * BioGPT's vocabulary has only as a word of its own.
 */
import { byteString, type TokenWriting } from "../../tokenizers/token-writing.ts";
import { refused, type ValueKind, type Values } from "./schema.ts";

/** @throws BiogptError `pretrained/json-schema` that names the first text that it cannot write */
export function expectWritable(writing: TokenWriting, values: Values): void {
  if (writing.placeOf === undefined) return;
  const writer = new Writer(writing);
  for (const text of textsOf(values)) {
    if (!writer.canWrite(text))
      throw refused(
        "A text",
        `cannot be written with the model's vocabulary: ${text.slice(0, 100)}`,
        "Take letters, digits and single spaces, or another model.",
      );
  }
}

/** Everything that must be written whole. */
function textsOf(values: Values): Set<string> {
  const texts = new Set<string>();
  const seen = new Set<Values>();
  const visitKind = (kind: ValueKind): void => {
    if (kind.kind === "literals") for (const text of kind.texts) texts.add(text);
    else if (kind.kind === "string") for (const text of ['""', '"a"', '"a a"', '"aa"']) texts.add(text);
    else if (kind.kind === "number") for (const digit of DIGITS) texts.add(digit);
    else if (kind.kind === "array") {
      for (const mark of ["[", "]", ","]) texts.add(mark);
      visit(kind.items);
    } else {
      for (const mark of ["{", "}", ",", ":"]) texts.add(mark);
      for (const { name } of kind.properties) texts.add(JSON.stringify(name));
      for (const { values: inner } of kind.properties) visit(inner);
      if (kind.others !== undefined) visit(kind.others);
    }
  };
  const visit = (of: Values): void => {
    if (seen.has(of)) return;
    seen.add(of);
    of.kinds.forEach(visitKind);
  };
  visit(values);
  return texts;
}

const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

class Writer {
  readonly #writing: TokenWriting;
  /** Where no word is under way and no quotation mark open: all that a text may come after. */
  readonly #free: readonly number[];
  readonly #byBytes = new Map<object, Map<string, number[]>>();

  constructor(writing: TokenWriting) {
    this.#writing = writing;
    const seen = new Set([writing.start]);
    for (const state of seen)
      for (const { tokens } of writing.groups(state))
        for (const effect of new Set(tokens.map((token) => token.effect))) seen.add(writing.after(state, { effect }));
    this.#free = [...seen].filter((state) => this.#isFree(state));
  }

  /** From every free state to a free state. */
  canWrite(text: string): boolean {
    const bytes = byteString(text);
    return this.#free.every((state) => this.#reaches(bytes, state));
  }

  #isFree(state: number): boolean {
    const { inWord, inQuotes } = this.#writing.placeOf!(state);
    return !inWord && !inQuotes;
  }

  /** Over states by how many bytes are written; a space may stand before the first. */
  #reaches(bytes: string, start: number): boolean {
    const at = Array.from({ length: bytes.length + 1 }, () => new Set<number>());
    at[0]!.add(start);
    for (const [done, states] of at.entries()) {
      for (const state of states) {
        for (const { tokens, spaced } of this.#writing.groups(state)) {
          const isDue = spaced && done > 0;
          if (isDue && bytes[done] !== " ") continue;
          const from = isDue ? done + 1 : done;
          const effects = this.#effects(tokens);
          for (let end = from + 1; end <= bytes.length; end++)
            for (const effect of effects.get(bytes.slice(from, end)) ?? [])
              at[end]!.add(this.#writing.after(state, { effect }));
        }
      }
    }
    return [...at[bytes.length]!].some((state) => this.#isFree(state));
  }

  /** By what is written: the effects of the tokens that write it. */
  #effects(tokens: readonly { readonly bytes: string; readonly effect: number }[]): Map<string, number[]> {
    let effects = this.#byBytes.get(tokens);
    if (effects === undefined) {
      effects = new Map();
      for (const { bytes, effect } of tokens) {
        const known = effects.get(bytes);
        if (known === undefined) effects.set(bytes, [effect]);
        else if (!known.includes(effect)) known.push(effect);
      }
      this.#byBytes.set(tokens, effects);
    }
    return effects;
  }
}
