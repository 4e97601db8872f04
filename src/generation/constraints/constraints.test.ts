import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeModel, randomLogits } from "../engine/fake-model.fixture.ts";
import { generate } from "../generation.ts";
import { allOf, type Constraint, oneOf, onlyTokens } from "./constraints.ts";

const END = 1;

/** The tokens that may follow `generated`, in order. */
function allowedAfter(constraint: Constraint, generated: readonly number[]): readonly number[] | undefined {
  let state = constraint.start([2, 3]);
  for (const token of generated) state = constraint.next(state, token);
  const allowed = constraint.allowed(state);
  return allowed === undefined ? undefined : [...allowed].sort((a, b) => a - b);
}

test("one of several choices: one may be the beginning of another, then comes the end", () => {
  const constraint = oneOf([[3, 4], [3], [5, 6]], END);
  expect(allowedAfter(constraint, [])).toEqual([3, 5]);
  expect(allowedAfter(constraint, [3])).toEqual([1, 4]);
  expect(allowedAfter(constraint, [3, 4])).toEqual([1]);
  expect(allowedAfter(constraint, [3, END])).toEqual([]);
});

test("a set of tokens, with those of the prompt where asked; constraints together allow what all allow", () => {
  expect(allowedAfter(onlyTokens([7, END]), [9])).toEqual([1, 7]);
  expect(allowedAfter(onlyTokens([7, END], { andPrompt: true }), [9])).toEqual([1, 2, 3, 7]);
  const both = allOf(oneOf([[3, 4], [7]], END), onlyTokens([3, 4, END]));
  expect(allowedAfter(both, [])).toEqual([3]);
  expect(allowedAfter(both, [3])).toEqual([4]);
  expect(allowedAfter(allOf(), [])).toBe(undefined);
});

test("wrong choices are refused", () => {
  expect(() => oneOf([], END)).toThrow("no choice");
  expect(() => oneOf([[3], []], END)).toThrow("[] is empty");
  expect(() => oneOf([[3, END]], END)).toThrow("holds the end token");
});

test("generated text keeps to a constraint: greedy, drawn, drafted, searched, in one batch", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 2, max: 7 }), { minLength: 1, maxLength: 5 }), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.integer({ min: 1, max: 500 }),
      async (choices, seed) => {
        const model = new FakeModel(randomLogits(9, { seed }), { slotCount: 6 });
        const shared = { endId: END, constraint: oneOf(choices, END) };
        const all = await Promise.all([
          generate(model, [[2], [3]], shared),
          generate(model, [[4]], { ...shared, draftTokens: 4 }),
          generate(model, [[5]], { ...shared, temperature: 1.5, seed, returnCount: 3 }),
          generate(model, [[6]], { ...shared, beams: 3, returnCount: 3 }),
        ]);
        const texts = new Set(choices.map((choice) => [...choice, END].join()));
        for (const { ids } of all.flat(2)) expect(texts).toContain(ids.join());
      },
    ),
    { numRuns: 60 },
  );
});
