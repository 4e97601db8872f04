/**
 * What holding a text to a JSON schema costs: making the lists of a vocabulary once, and at each step finding the allowed tokens and masking the logits,
 * beside choosing the best token without a schema. The vocabularies are those of BioGPT (42,384) and Llama 2 (32,000), from ../shared/data.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     node tmp/bench/bench/json-schema.js
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Random } from "../src/base/random.ts";
import { keepAllowed } from "../src/generation/constraints/constraints.ts";
import type { Constraint } from "../src/generation/generation.ts";
import { argmax } from "../src/generation/search/log-probabilities.ts";
import { jsonConstraint } from "../src/pretrained/json/json-constraint.ts";
import { publishedTokenizers } from "../src/tokenizers/writing-tokenizers.fixture.ts";

const SCHEMA = {
  type: "object",
  properties: {
    drug: { type: "string", maxLength: 40 },
    effect: { enum: ["helps", "harms", "none"] },
    summary: { type: "string" },
    doses: { type: "array", items: { type: "number" }, minItems: 1, maxItems: 5 },
  },
  required: ["drug", "effect", "summary", "doses"],
  additionalProperties: false,
};
const ROUNDS = 5;
const STEPS = 200;

for (const [name, tokenizer] of publishedTokenizers(pathToFileURL(`${resolve("../shared/data")}/`))) {
  const V = tokenizer.vocabularySize;
  const random = new Random(1);
  const rows = Array.from({ length: 16 }, () => Float32Array.from({ length: V }, () => random.normal() * 3));
  const [values, spare] = [new Float32Array(V), new Float32Array(V)];

  const made = performance.now();
  const first = jsonConstraint(tokenizer, SCHEMA, tokenizer.endId);
  first.allowed(first.start([]));
  const making = performance.now() - made;

  const free: number[] = [];
  const held: number[] = [];
  const longest: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    free.push(median(steps(undefined)));
    const constraint = jsonConstraint(tokenizer, SCHEMA, tokenizer.endId);
    const times = steps(constraint);
    held.push(median(times));
    longest.push(Math.max(...times));
    again.push(median(steps(constraint)));
  }
  const said = [free, held, again].map((each) => median(each).toFixed(3));
  process.stdout.write(
    `${name}, vocabulary ${V}: lists made in ${making.toFixed(0)} ms; a step without a schema ${said[0]} ms, with one ${said[1]} ms ` +
      `(longest ${median(longest).toFixed(1)} ms), with one that was asked before ${said[2]} ms\n`,
  );

  /** Times of steps, milliseconds: the allowed tokens, the mask, the best token. */
  function steps(constraint: Constraint | undefined): number[] {
    const choices = new Random(7);
    let state = constraint?.start([]);
    return Array.from({ length: STEPS }, (_, i) => {
      const began = performance.now();
      values.set(rows[i % rows.length]!);
      const allowed = constraint?.allowed(state);
      if (allowed !== undefined) keepAllowed(allowed, values, spare);
      argmax(values);
      const time = performance.now() - began;
      // Any allowed token, so that most of the text is in strings as in what models write.
      const list = allowed as readonly number[] | undefined;
      if (list !== undefined) state = constraint!.next(state, list[Math.floor(choices.next() * list.length)]!);
      if (list?.length === 1 && list[0] === tokenizer.endId) state = constraint!.start([]);
      return time;
    });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
