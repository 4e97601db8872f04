import fc from "fast-check";
import { expect, test } from "vitest";
import { generate, score, scoreContinuations } from "../generation.ts";
import { FakeModel, randomLogits } from "./fake-model.fixture.ts";

/** Of few tokens, so that beginnings are shared, sequences are equal, and one is another's beginning; some long, so that they are fed whole. */
const continuations = fc.array(
  fc.oneof(
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 }),
    fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 18, maxLength: 24 }),
  ),
  { minLength: 1, maxLength: 14 },
);
const prefixes = fc.array(fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 20 }), {
  minLength: 1,
  maxLength: 5,
});

test("each continuation's score is that of the whole sequence by itself, for any sets at once and any number of slots", async () => {
  await fc.assert(
    fc.asyncProperty(prefixes, continuations, fc.integer({ min: 1, max: 9 }), async (batch, candidates, slotCount) => {
      const logits = randomLogits(8);
      const model = new FakeModel(logits, { slotCount });
      // Something else is decoded beside them, so that jobs move to other slots while they run.
      const beside = generate(model, [[7, 7, 7]], { maxNewTokens: 9 });
      const results = await Promise.all(batch.map((prefix) => scoreContinuations(model, prefix, candidates)));
      await beside;
      for (const [at, prefix] of batch.entries()) {
        const whole = candidates.map((ids) => [...prefix, ...ids]);
        const wanted = await score(new FakeModel(logits), whole, { from: prefix.length });
        for (const [index, { logLikelihood, logProbabilities, complete }] of results[at]!.entries()) {
          expect(complete).toBe(true);
          expect(logProbabilities).toHaveLength(candidates[index]!.length);
          expect(logLikelihood).toBeCloseTo(wanted[index]!.logLikelihood, 9);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("with a tolerance: shares are off by no more than it, and what is incomplete has an upper bound", async () => {
  let left = 0;
  await fc.assert(
    fc.asyncProperty(
      continuations.filter((all) => new Set(all.map((ids) => ids.join())).size === all.length),
      fc.constantFrom(1e-6, 0.01, 0.2, 0.6),
      fc.integer({ min: 1, max: 6 }),
      async (candidates, tolerance, slotCount) => {
        const logits = randomLogits(8, { scale: 4 });
        const exact = await scoreContinuations(new FakeModel(logits), [3, 5], candidates);
        const bounded = await scoreContinuations(new FakeModel(logits, { slotCount }), [3, 5], candidates, {
          tolerance,
        });
        const total = exact.reduce((sum, { logLikelihood }) => sum + Math.exp(logLikelihood), 0);
        let uncomputed = 0;
        for (const [at, { logLikelihood, complete }] of bounded.entries()) {
          const truth = exact[at]!.logLikelihood;
          if (complete) expect(logLikelihood).toBeCloseTo(truth, 9);
          else {
            left++;
            uncomputed += Math.exp(truth);
            expect(logLikelihood).toBeGreaterThanOrEqual(truth - 1e-9);
          }
        }
        // What was left out is at most tolerance x (computed + bounds), and computed is at most the total.
        expect(uncomputed).toBeLessThanOrEqual((tolerance / (1 - tolerance)) * total + 1e-9);
      },
    ),
    { numRuns: 150 },
  );
  expect(left).toBeGreaterThan(100); // it was worth testing
});

test("a beginning that several share is fed once, and the branches run together", async () => {
  const model = new FakeModel(randomLogits(12), { slotCount: 8 });
  const prefix = Array.from({ length: 20 }, (_, at) => at % 7);
  const candidates = [
    [1, 2, 3, 4, 5],
    [1, 2, 3, 6, 5],
    [1, 2, 7, 4, 5],
    [1, 2, 8, 9, 5],
  ];
  await scoreContinuations(model, prefix, candidates);
  // The tree without its ends: 1 2 with the prefix; 3 7 8; 4 6 4 9.
  expect(model.tokens).toBe(22 + 3 + 4);
  expect(model.calls.map((call) => call.length)).toEqual([1, 3, 4]);
});

test("a tolerance saves what is hopeless, and nothing else", async () => {
  const logits = (history: readonly number[]): Float32Array =>
    Float32Array.from({ length: 8 }, (_, v) => (v === 7 ? -30 : v === history.length % 2 ? 1 : 0));
  const candidates = [
    [1, 2, 3],
    [2, 3, 4],
    [7, 1, 2, 3, 4, 5, 6],
  ];
  const model = new FakeModel(logits);
  const scores = await scoreContinuations(model, [0, 0], candidates, { tolerance: 1e-9 });
  expect(scores.map(({ complete }) => complete)).toEqual([true, true, false]);
  expect(scores[2]!.logLikelihood).toBeCloseTo(-32, 0);
  expect(model.tokens).toBe(2 + 2 + 2);
  await scoreContinuations(model, [0, 0, 0], candidates);
  // One of the prefix, whose first two a slot held already; then all of the tree but its ends.
  expect(model.tokens).toBe(6 + 1 + 2 + 2 + 6);
});

test("a long stretch without a branch is fed whole", async () => {
  const model = new FakeModel(randomLogits(12));
  const long = Array.from({ length: 30 }, (_, at) => 2 + (at % 5));
  await scoreContinuations(model, [0], [[1, ...long], long]);
  expect(model.calls.length).toBe(2);
});

test("contradictions, aborts and contexts that end", async () => {
  const model = new FakeModel(randomLogits(12), { maxLength: 6 });
  await expect(scoreContinuations(model, [1], [[2]], { tolerance: 1 })).rejects.toMatchObject({
    code: "generation/setting",
  });
  await expect(scoreContinuations(model, [1, 2, 3], [[1, 2, 3, 4, 5]])).rejects.toMatchObject({
    code: "generation/prompt-too-long",
  });
  expect(
    (await scoreContinuations(model, [1, 2, 3], [[1, 2, 3, 4], [5, 6], []])).map(({ complete }) => complete),
  ).toEqual([true, true, true]);
  await expect(
    scoreContinuations(
      model,
      [1],
      [
        [2, 3],
        [4, 5],
      ],
      { signal: AbortSignal.abort() },
    ),
  ).rejects.toMatchObject({ code: "aborted" });
});
