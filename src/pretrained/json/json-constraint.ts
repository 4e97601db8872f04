/**
 * Generation held to a JSON schema: of every token it is known what it will write (tokenizers/token-writing.ts), and only those are allowed that keep the
 * text, as its reader will get it, JSON that the schema allows and that can be brought to its end. The end token is allowed where the JSON is whole, and
 * there alone; a sequence that is cut before (`finishReason` "length") is the beginning of such a text.
 *
 * Speed  allowed tokens are remembered by place, so that a step costs what a mask costs; see bench/json-schema.ts
 */
import { BiogptError } from "../../base/errors.ts";
import type { Constraint } from "../../generation/generation.ts";
import type { TokenWriting } from "../../tokenizers/token-writing.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { Finishing } from "./finishing.ts";
import { JsonGrammar, type Position } from "./positions.ts";
import { ReadingSteps, type Readings } from "./readings.ts";
import { compileSchema, type JsonSchema } from "./schema.ts";
import { type TokenNode, tokenIndex } from "./token-index.ts";
import { expectWritable } from "./writable.ts";

/** Where a sequence stands: the tokenizer's state and the grammar's. */
export interface JsonState {
  readonly state: number;
  readonly readings: Readings;
}

/** Ids in remembered lists: some 8 MB. */
const MOST_REMEMBERED = 1_000_000;
const SPACE = 0x20;

/**
 * @param endId ends the sequence
 * @throws BiogptError `pretrained/json-schema` for a schema that is not taken, and for one that the tokenizer cannot write
 */
export function jsonConstraint(tokenizer: Tokenizer, schema: JsonSchema, endId: number): Constraint {
  const values = compileSchema(schema);
  const writing = tokenizer.writing?.();
  if (writing === undefined) {
    throw new BiogptError("pretrained/json-schema", {
      what: "The model's tokenizer cannot write JSON.",
      why: "It lacks tokens for some bytes, or does not say what each token writes.",
      fix: "Ask a model with another tokenizer, or leave the schema out.",
    });
  }
  expectWritable(writing, values);
  return new JsonConstraint(writing, new ReadingSteps(new JsonGrammar(values)), endId, tokenizer.vocabularySize);
}

class JsonConstraint implements Constraint<JsonState | undefined> {
  readonly #writing: TokenWriting;
  readonly #steps: ReadingSteps;
  readonly #finishing: Finishing;
  readonly #endId: number;
  readonly #known = new Map<string, readonly number[]>();
  #remembered = 0;
  /** For each token the last list that it was put into. */
  readonly #listed: Int32Array;
  #lists = 0;

  constructor(writing: TokenWriting, steps: ReadingSteps, endId: number, vocabularySize: number) {
    this.#writing = writing;
    this.#steps = steps;
    this.#finishing = new Finishing(writing, steps);
    this.#endId = endId;
    this.#listed = new Int32Array(vocabularySize);
  }

  start(): JsonState {
    return { state: this.#writing.start, readings: this.#steps.start };
  }

  /** Undefined once the sequence has ended. */
  next(from: JsonState | undefined, token: number): JsonState | undefined {
    if (from === undefined || token === this.#endId) return undefined;
    for (const { tokens, spaced } of this.#writing.groups(from.state)) {
      const written = tokenIndex(tokens).byId.get(token);
      if (written === undefined) continue;
      const readings = this.#after(from.readings, spaced ? ` ${written.bytes}` : written.bytes);
      return readings === null ? undefined : { state: this.#writing.after(from.state, written), readings };
    }
    return undefined;
  }

  allowed(from: JsonState | undefined): readonly number[] {
    if (from === undefined) return [];
    const key = `${from.state} ${from.readings.id}`;
    let ids = this.#known.get(key);
    if (ids === undefined) {
      ids = this.#find(from);
      if (this.#remembered > MOST_REMEMBERED) {
        this.#known.clear();
        this.#remembered = 0;
      }
      this.#remembered += ids.length;
      this.#known.set(key, ids);
    }
    return ids;
  }

  #after(readings: Readings, bytes: string): Readings | null {
    let at: Readings | null = readings;
    for (let i = 0; i < bytes.length && at !== null; i++) at = this.#steps.after(at, bytes.charCodeAt(i));
    return at;
  }

  #find({ state, readings }: JsonState): number[] {
    const ids: number[] = [];
    this.#lists++;
    for (const { tokens, spaced } of this.#writing.groups(state)) {
      if (tokens.length === 0) continue;
      const from = spaced ? this.#steps.after(readings, SPACE) : readings;
      if (from === null) continue;
      const { all, others, plain } = tokenIndex(tokens);
      const strings = from.positions.filter(isPlainString);
      for (const string of strings)
        for (const { characters, effect, ids: some } of plain)
          if (characters <= string.maxLength && this.#mayFollow(state, effect, string, characters))
            for (const id of some) this.#put(id, ids);
      const rest = from.positions.filter((position) => !isPlainString(position));
      if (strings.length > 0) this.#walk(others, from, state, ids);
      if (rest.length > 0) this.#walk(all, strings.length === 0 ? from : this.#steps.of(rest), state, ids);
    }
    const place = this.#writing.placeOf?.(state);
    if (this.#steps.mayEnd(readings) && place?.inWord !== true) ids.push(this.#endId);
    return ids;
  }

  #mayFollow(state: number, effect: number, string: Position & { at: "string" }, characters: number): boolean {
    if (this.#writing.placeOf === undefined) return true;
    const after = this.#steps.grammar.afterCharacters(string, characters);
    return this.#finishing.isPossible(this.#writing.after(state, { effect }), this.#steps.of([after]));
  }

  #walk(node: TokenNode, readings: Readings, state: number, ids: number[]): void {
    for (const token of node.tokens)
      if (this.#finishing.isPossible(this.#writing.after(state, token), readings)) this.#put(token.id, ids);
    for (const [byte, child] of node.children) {
      const next = this.#steps.after(readings, byte);
      if (next !== null) this.#walk(child, next, state, ids);
    }
  }

  #put(id: number, ids: number[]): void {
    if (this.#listed[id] === this.#lists) return;
    this.#listed[id] = this.#lists;
    ids.push(id);
  }
}

function isPlainString(position: Position): position is Position & { at: "string" } {
  return position.at === "string" && position.mode === "plain";
}
