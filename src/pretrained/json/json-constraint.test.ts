/** Random schemas, tokenizers of all kinds, random choices: what comes out is parsed by JSON.parse and checked by ajv. */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { FakeModel, randomLogits } from "../../generation/engine/fake-model.fixture.ts";
import { generate } from "../../generation/generation.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { publishedTokenizers, WRITING_TOKENIZERS } from "../../tokenizers/writing-tokenizers.fixture.ts";
import { jsonConstraint } from "./json-constraint.ts";
import { closersOf, drawnJson, schemas, TREE } from "./json-schemas.fixture.ts";
import type { JsonSchema } from "./schema.ts";

const published = publishedTokenizers();
const TOKENIZERS = new Map<string, Tokenizer>([
  ...[...WRITING_TOKENIZERS].map(([name, open]): [string, Tokenizer] => [name, open()]),
  ...published,
]);

const ajv = new Ajv2020({ strict: false });

function expectValid(text: string, schema: JsonSchema): void {
  const value = JSON.parse(text) as unknown;
  expect(ajv.validate(schema, value), `${text} for ${JSON.stringify(schema)}: ${ajv.errorsText()}`).toBe(true);
}

describe.each([...TOKENIZERS.keys()])("%s", (name) => {
  const tokenizer = TOKENIZERS.get(name)!;
  const writesAll = tokenizer.writing!()!.placeOf === undefined;
  const endId = tokenizer.endId;

  test("whatever is drawn is JSON that the schema allows", () => {
    fc.assert(
      fc.property(schemas(writesAll), fc.integer(), fc.nat(60), (schema, seed, free) => {
        const constraint = jsonConstraint(tokenizer, schema, endId);
        const ids = drawnJson(constraint, tokenizer, endId, new Random(seed), { free });
        expectValid(tokenizer.decode(ids), schema);
      }),
      { numRuns: published.has(name) ? 30 : 80 },
    );
  });

  test("a schema that refers to itself ends", () => {
    const constraint = jsonConstraint(tokenizer, TREE, endId);
    for (let seed = 0; seed < 5; seed++)
      expectValid(tokenizer.decode(drawnJson(constraint, tokenizer, endId, new Random(seed), { free: 200 })), TREE);
  });
});

test("greedy, drawn, drafted and searched, in one batch: each sequence that ends is valid", async () => {
  const tokenizer = TOKENIZERS.get("byte-level BPE")!;
  const endId = tokenizer.endId;
  const closers = closersOf(tokenizer);
  await fc.assert(
    fc.asyncProperty(schemas(true), fc.integer({ min: 1, max: 500 }), async (schema, seed) => {
      const random = randomLogits(tokenizer.vocabularySize, { seed });
      const logits = (sequence: readonly number[]): Float32Array =>
        random(sequence).map((value, id) => value + (closers.has(id) ? 6 : id === endId ? 9 : 0));
      const model = new FakeModel(logits, { slotCount: 6, maxLength: 400 });
      const shared = { endId, constraint: jsonConstraint(tokenizer, schema, endId), maxNewTokens: 150 };
      const all = await Promise.all([
        generate(model, [[2]], shared),
        generate(model, [[4]], { ...shared, draftTokens: 4 }),
        generate(model, [[5]], { ...shared, temperature: 1.5, topP: 0.9, seed, returnCount: 3 }),
        generate(model, [[6]], { ...shared, beams: 3, returnCount: 3 }),
      ]);
      for (const { ids, finishReason } of all.flat(2))
        if (finishReason === "stop") expectValid(tokenizer.decode(ids), schema);
    }),
    { numRuns: 25 },
  );
});

test.each([
  ["pattern", { type: "string", pattern: "a+" }, '"pattern"'],
  ["format within a property", { properties: { when: { type: "string", format: "date" } } }, "#/properties/when"],
  ["minimum", { type: "integer", minimum: 3 }, '"minimum"'],
  ["oneOf", { oneOf: [{ type: "null" }] }, '"oneOf"'],
  [
    "a schema of other properties",
    { type: "object", additionalProperties: { type: "string" } },
    "additionalProperties",
  ],
  ["a name that nothing describes", { type: "object", required: ["b"], properties: { a: {} } }, 'names "b"'],
  ["a reference out of it", { $ref: "https://example.org/schema" }, "points out"],
  ["a reference to nothing", { $ref: "#/$defs/x" }, "where nothing is"],
  ["a reference to itself", { $ref: "#" }, "no value that ends"],
  ["an endless value", { type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }, "no value that ends"],
  ["something beside anyOf", { anyOf: [{ type: "null" }], type: "null" }, "beside anyOf"],
  ["false", false, "allows no value"],
  ["no schema", 3 as unknown as JsonSchema, "is no schema"],
  ["an unknown type", { type: "text" }, '"text"'],
  ["an enum of nothing of its type", { type: "integer", enum: ["a", 1.5] }, "no value of its type"],
  ["an object in an enum", { enum: [{ a: 1 }] }, "an object or an array"],
  ["a limit over the other", { type: "string", minLength: 3, maxLength: 2 }, "is over maxLength"],
  ["a limit of no number", { type: "array", minItems: -1 }, "out of its range"],
])("refused by name: %s", (_, schema, message) => {
  const tokenizer = TOKENIZERS.get("byte-level BPE")!;
  expect(() => jsonConstraint(tokenizer, schema as JsonSchema, 0)).toThrow(message);
});

test("nested, wide and long schemas have limits", () => {
  const tokenizer = TOKENIZERS.get("byte-level BPE")!;
  let deep: JsonSchema = { type: "null" };
  for (let i = 0; i < 80; i++) deep = { type: "array", items: deep };
  expect(() => jsonConstraint(tokenizer, deep, 0)).toThrow("64 schemas deep");
  const wide = { properties: Object.fromEntries(Array.from({ length: 2500 }, (_, i) => [`p${i}`, { type: "null" }])) };
  expect(() => jsonConstraint(tokenizer, wide, 0)).toThrow("2000 schemas");
  expect(() => jsonConstraint(tokenizer, { enum: Array.from({ length: 20_000 }, (_, i) => i) }, 0)).toThrow(
    "10000 values",
  );
  expect(() => jsonConstraint(tokenizer, { const: "a".repeat(20_000) }, 0)).toThrow("10000 characters");
});

test("schemas that are made to be costly are not", () => {
  const tokenizer = TOKENIZERS.get("byte-level BPE")!;
  const chain: Record<string, object> = { d0: { type: "null" } };
  for (let i = 1; i < 100; i++) {
    const before = { $ref: `#/$defs/d${i - 1}` };
    chain[`d${i}`] = { anyOf: [before, { type: "array", items: before, minItems: 1 }] };
  }
  const properties = Object.fromEntries(Object.keys(chain).map((name) => [name, { $ref: `#/$defs/${name}` }]));
  const began = performance.now();
  const schema = { type: "object", properties, $defs: chain };
  const constraint = jsonConstraint(tokenizer, schema, tokenizer.endId);
  expectValid(tokenizer.decode(drawnJson(constraint, tokenizer, tokenizer.endId, new Random(1))), schema);
  expect(performance.now() - began).toBeLessThan(30_000);
});

test("what is remembered has an end, and forgetting changes nothing", () => {
  const tokenizer = TOKENIZERS.get("byte-level BPE")!;
  const schema = { type: "array", items: { type: "string", minLength: 22_000, maxLength: 23_000 }, minItems: 1 };
  const constraint = jsonConstraint(tokenizer, schema, tokenizer.endId);
  const ids = drawnJson(constraint, tokenizer, tokenizer.endId, new Random(1), {
    free: 25_000,
    most: 60_000,
    eager: 0,
  });
  expect(tokenizer.decode(ids).length).toBeGreaterThan(20_000);
  expectValid(tokenizer.decode(ids), schema);
});

test("kinds of values at one place have a limit", () => {
  const anyOf = Array.from({ length: 101 }, (_, i) => ({ const: i }));
  expect(() => jsonConstraint(TOKENIZERS.get("byte-level BPE")!, { anyOf }, 0)).toThrow("over 100 kinds");
});

test("names that a vocabulary of words cannot write are refused, and so is a tokenizer that writes no JSON", () => {
  const tokenizer = TOKENIZERS.get("Moses BPE, perl")!;
  const schema = { type: "object", properties: { 'a"b': { type: "null" } }, required: ['a"b'] };
  expect(() => jsonConstraint(tokenizer, schema, tokenizer.endId)).toThrow("cannot be written");
  const silent = { ...tokenizer, writing: () => undefined, vocabularySize: 9 } as unknown as Tokenizer;
  expect(() => jsonConstraint(silent, true, 2)).toThrow("cannot write JSON");
});
