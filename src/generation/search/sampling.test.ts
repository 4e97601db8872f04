import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { drawToken, keepPossible, type SamplingSettings, samplingScratch, weigh, weighChanged } from "./sampling.ts";

/** The logits of the tokens that may be drawn, null for the others. */
function kept(values: readonly number[], settings: SamplingSettings): (number | null)[] {
  const logits = Float32Array.from(values);
  const scratch = samplingScratch(values.length);
  const tokens = [...scratch.tokens.subarray(0, keepPossible(logits, settings, scratch))];
  expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
  const largest = Math.max(...logits);
  for (const [i, token] of tokens.entries())
    expect(scratch.weights[i]).toBeCloseTo(Math.exp(logits[token]! - largest), 11);
  return values.map((_, v) => (tokens.includes(v) ? logits[v]! : null));
}

const NEVER = Number.NEGATIVE_INFINITY;

test("top-k of equal logits: all of them as in transformers, exactly k as in fairseq", () => {
  expect(kept([1, 3, 3, 3, 5], { topK: 2 })).toEqual([null, 3, 3, 3, 5]);
  expect(kept([1, 3, 3, 3, 5], { topK: 2, exactly: true })).toEqual([null, 3, null, null, 5]);
  expect(kept([1, 3], { topK: 5 })).toEqual([1, 3]);
});

test("what is forbidden is never kept, whatever there is beside it", () => {
  const settings: SamplingSettings[] = [{}, { topK: 3 }, { topK: 3, exactly: true }, { topP: 1 }, { topP: 1 - 1e-12 }];
  for (const one of [...settings, { minP: 1e-300 }, { temperature: 2 }, { topK: 3, topP: 0.9999 }])
    expect(
      kept([NEVER, 0, NEVER, NEVER, 0], one).map((value) => value !== null),
      JSON.stringify(one),
    ).toEqual([false, true, false, false, true]);
});

/** Each step by its definition, over the whole row. */
function plain(logits: Float32Array, { topK, topP, minP }: SamplingSettings): number[] {
  const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
  const largest = logits[order[0]!]!;
  let left = order.filter((v) => topK === undefined || logits[v]! >= logits[order[Math.min(topK, order.length) - 1]!]!);
  if (topP !== undefined) {
    const weights = left.map((v) => Math.exp(logits[v]! - largest));
    const total = weights.toSorted((a, b) => a - b).reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    left = left.filter((_, i) => {
      const isWanted = sum < topP * total;
      sum += weights[i]!;
      return isWanted;
    });
  }
  return left.filter((v) => minP === undefined || logits[v]! >= largest + Math.log(minP)).sort((a, b) => a - b);
}

test("top-k, top-p and min-p keep the same tokens as their definitions by a full sort, in flat and in steep distributions", () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ min: -40, max: 40, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.record(
        {
          topK: fc.integer({ min: 1, max: 70 }),
          topP: fc.double({ min: 0.001, max: 1, noNaN: true }),
          minP: fc.double({ min: 0.001, max: 1, noNaN: true }),
        },
        { requiredKeys: [] },
      ),
      fc.constantFrom(1, 1e-4), // all in one bucket
      (values, settings, scale) => {
        const logits = Float32Array.from(values, (value) => value * scale);
        const got = kept([...logits], settings);
        expect(got.flatMap((value, v) => (value === null ? [] : [v]))).toEqual(plain(logits, settings));
      },
    ),
  );
});

test("a temperature near zero leaves the best token, and nothing overflows", () => {
  expect(kept([1, 5, 3], { temperature: 1e-40 })).toEqual([null, 0, null]);
  expect(kept([1, 5, 3], { temperature: 2 })).toEqual([-2, 0, -1]);
});

test("draws follow the softmax, never take a forbidden token, and use one random number", () => {
  const logits = [Math.log(1), NEVER, Math.log(2), Math.log(5)];
  const counts = [0, 0, 0, 0];
  const random = new Random(9);
  const twin = new Random(9);
  const scratch = samplingScratch(4);
  for (let i = 0; i < 20_000; i++) {
    counts[drawToken(Float32Array.from(logits), {}, random, scratch)]!++;
    twin.next();
  }
  expect(counts[1]).toBe(0);
  for (const [i, share] of [1 / 8, 0, 2 / 8, 5 / 8].entries()) expect(counts[i]! / 20_000).toBeCloseTo(share, 1.7);
  expect(random.state).toEqual(twin.state);
});

test("draws of a nucleus follow the softmax of what it keeps, however small a share it is, and never take a forbidden token", () => {
  const logits = [Math.log(3), NEVER, Math.log(1), Math.log(4), Math.log(2)];
  const scratch = samplingScratch(5);
  const random = new Random(4);
  for (const [topP, wanted] of [
    [0.95, [0.3, 0, 0.1, 0.4, 0.2]],
    [0.85, [3 / 9, 0, 0, 4 / 9, 2 / 9]],
    [0.55, [3 / 7, 0, 0, 4 / 7, 0]],
    [0.3, [0, 0, 0, 1, 0]],
  ] as const) {
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) counts[drawToken(Float32Array.from(logits), { topP }, random, scratch)]!++;
    for (const [v, share] of wanted.entries()) {
      if (share === 0) expect(counts[v], `${topP}: ${v}`).toBe(0);
      expect(counts[v]! / 20_000).toBeCloseTo(share, 1.7);
    }
  }
});

test("of equal logits those with the lowest ids are of the nucleus", () => {
  const scratch = samplingScratch(10);
  const random = new Random(5);
  const drawn = new Set(
    Array.from({ length: 500 }, () => drawToken(new Float32Array(10), { topP: 0.6 }, random, scratch)),
  );
  expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5]);
});

test("weights that rules changed are those of the logits as they are then, and draws by them are the same", () => {
  const logit = fc.float({ min: -30, max: 30, noNaN: true });
  const change = fc.tuple(fc.nat(299), fc.oneof(fc.constant(NEVER), logit));
  fc.assert(
    fc.property(
      fc.array(logit, { minLength: 2, maxLength: 300 }),
      fc.array(change, { maxLength: 5 }),
      fc.nat(),
      (values, changes, seed) => {
        const before = Float32Array.from(values);
        const logits = before.slice();
        for (const [v, value] of changes) if (v < logits.length) logits[v] = value;
        fc.pre(Math.max(...logits) > NEVER);
        const [scratch, plain] = [samplingScratch(logits.length), samplingScratch(logits.length)];
        const largest = Math.max(...before);
        const weighed = weigh(before, largest, scratch);
        const changed = weighChanged(logits, before, weighed, scratch);
        const exact = weigh(logits, largest, plain);
        if (changed !== undefined) {
          expect(changed.total / exact.total).toBeCloseTo(1, 10);
          for (const [v, weight] of plain.weights.entries()) expect(scratch.weights[v]! - weight).toBeCloseTo(0, 15);
          for (const which of ["sums", "blocks"] as const)
            for (const [place, sum] of plain[which].entries()) expect(scratch[which][place]! - sum).toBeCloseTo(0, 12);
        } else {
          expect(logits.some((value) => value > largest) || exact.total < 0.0011 * weighed.total).toBe(true);
        }
        const settings = { topP: 0.9 };
        const drawn = drawToken(logits.slice(), settings, new Random(seed), scratch, changed);
        expect(drawn).toBe(drawToken(logits.slice(), settings, new Random(seed), plain));
      },
    ),
  );
});

test("the token drawn is the one in which the drawn share of all weight falls", () => {
  const logit = fc.oneof(fc.constant(NEVER), fc.float({ min: -60, max: 20, noNaN: true }));
  fc.assert(
    fc.property(fc.array(logit, { minLength: 1, maxLength: 400 }), fc.nat(), (values, seed) => {
      fc.pre(Math.max(...values) > NEVER);
      const weights = values.map((value) => Math.exp(value - Math.max(...values)));
      const wanted = new Random(seed).next() * weights.reduce((sum, weight) => sum + weight, 0);
      const token = drawToken(Float32Array.from(values), {}, new Random(seed), samplingScratch(values.length));
      const before = weights.slice(0, token).reduce((sum, weight) => sum + weight, 0);
      expect(before - wanted).toBeLessThan(1e-9);
      expect(wanted - before - weights[token]!).toBeLessThan(1e-9);
    }),
  );
});

test("what is drawn of a nucleus is of it, wherever in a bucket of weights it ends", () => {
  const near = fc.integer({ min: -60, max: 0 }).map((value) => value / 40);
  fc.assert(
    fc.property(
      fc.array(near, { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0.5, max: 0.999, noNaN: true }),
      fc.nat(),
      (values, topP, seed) => {
        const token = drawToken(Float32Array.from(values), { topP }, new Random(seed), samplingScratch(values.length));
        expect(plain(Float32Array.from(values), { topP })).toContain(token);
      },
    ),
    { numRuns: 1000 },
  );
});
