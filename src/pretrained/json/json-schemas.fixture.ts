/** Random schemas of the part that generation is held to, and walks through what a constraint allows. */
import fc from "fast-check";
import type { Random } from "../../base/random.ts";
import type { Constraint } from "../../generation/generation.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { JsonSchema } from "./schema.ts";

type Schema = Exclude<JsonSchema, boolean>;

const WORDS = ["name", "dose", "drug", "effect size", "is", "a", "n", "disease", "mg", "5", "yes", "risk"];
/** Only tokenizers of bytes write these. */
const ODD = ["first_name", 'quo"ted', "µg €", "", "back\\slash", "new\nline", "日本", "\u{1f600}", " x "];

/** @param odd whether names and texts hold any characters */
export function schemas(odd: boolean): fc.Arbitrary<Schema> {
  const word = fc.constantFrom(...WORDS, ...(odd ? ODD : []));
  const scalar = fc.oneof(word, fc.constantFrom(true, false, null), fc.integer({ min: 0, max: 999 }));
  const range = (low: string, high: string, most: number): fc.Arbitrary<Schema> =>
    fc.tuple(fc.option(fc.nat(most)), fc.option(fc.nat(most))).map(([a, b]) => ({
      ...(a === null ? {} : { [low]: b === null ? a : Math.min(a, b) }),
      ...(b === null ? {} : { [high]: a === null ? b : Math.max(a, b) }),
    }));
  const { root } = fc.letrec<{ root: Schema; leaf: Schema; object: Schema; array: Schema; any: Schema }>((tie) => ({
    leaf: fc.oneof(
      fc.constantFrom<Schema>({ type: "number" }, { type: "integer" }, { type: "boolean" }, { type: "null" }),
      range("minLength", "maxLength", 12).map((limits) => ({ type: "string", ...limits })),
      fc.constantFrom<Schema>({ type: ["string", "null"], maxLength: 8 }, { type: ["integer", "boolean"] }),
      fc.uniqueArray(scalar, { minLength: 1, maxLength: 5 }).map((values) => ({ enum: values })),
      scalar.map((value) => ({ const: value })),
    ),
    object: fc
      .tuple(fc.uniqueArray(word, { maxLength: 5 }), fc.array(tie("root"), { minLength: 5, maxLength: 5 }), fc.nat(31))
      .map(([names, inner, mask]) => ({
        type: "object",
        properties: Object.fromEntries(names.map((name, i) => [name, inner[i]])),
        required: names.filter((_, i) => (mask >> i) % 2 === 1),
        additionalProperties: false,
      })),
    array: fc.tuple(tie("root"), range("minItems", "maxItems", 4)).map(([items, limits]) => ({
      type: "array",
      items,
      ...limits,
    })),
    any: fc.constantFrom<Schema>({}, { type: "object" }, { type: "array", maxItems: 3 }),
    root: fc.oneof(
      { maxDepth: 3 },
      tie("leaf"),
      tie("object"),
      tie("array"),
      fc.array(tie("root"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
      tie("any"),
    ),
  }));
  return root;
}

/** One drawn tree of drugs, which refers to itself. */
export const TREE: Schema = {
  $defs: {
    drug: {
      type: "object",
      properties: {
        name: { enum: ["aspirin", "ibuprofen"] },
        parts: { type: "array", items: { $ref: "#/$defs/drug" } },
      },
      required: ["name", "parts"],
      additionalProperties: false,
    },
  },
  $ref: "#/$defs/drug",
};

/** Tokens with a mark that closes something. */
const closers = new WeakMap<Tokenizer, ReadonlySet<number>>();

export function closersOf(tokenizer: Tokenizer): ReadonlySet<number> {
  let found = closers.get(tokenizer);
  if (found === undefined) {
    const { start, groups, after } = tokenizer.writing!()!;
    const states = new Set([start]);
    const ids = new Set<number>();
    for (const state of states)
      for (const { tokens } of groups(state))
        for (const token of tokens) {
          states.add(after(state, token));
          if (/["}\]]/.test(token.bytes)) ids.add(token.id);
        }
    found = ids;
    closers.set(tokenizer, found);
  }
  return found;
}

/**
 * Draws allowed tokens: freely for a while, then such as bring the text to its end.
 *
 * @param options.free how many freely, of which the share `eager` is not
 * @returns its ids without the end token
 * @throws where nothing is allowed, or the text does not end
 */
export function drawnJson(
  constraint: Constraint,
  tokenizer: Tokenizer,
  endId: number,
  random: Random,
  {
    free = 40,
    most = 4000,
    eager = 0.3,
  }: { readonly free?: number; readonly most?: number; readonly eager?: number } = {},
): number[] {
  const closing = closersOf(tokenizer);
  const ids: number[] = [];
  let state = constraint.start([]);
  while (ids.length < most) {
    const allowed = constraint.allowed(state) as readonly number[];
    if (allowed.length === 0) throw new Error(`nothing may follow ${JSON.stringify(tokenizer.decode(ids))}`);
    const hurries = ids.length > free || random.next() < eager;
    if (hurries && allowed.includes(endId)) return ids;
    const closes = hurries ? allowed.filter((id) => closing.has(id)) : [];
    const choices = closes.length > 0 ? closes : allowed;
    const id = choices[Math.floor(random.next() * choices.length)]!;
    if (id === endId) return ids;
    ids.push(id);
    state = constraint.next(state, id);
  }
  throw new Error(`no end after ${JSON.stringify(tokenizer.decode(ids).slice(0, 300))}`);
}
