import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { oneOf, onlyTokens } from "../constraints/constraints.ts";
import { noRepeatNGram } from "../constraints/rules.ts";
import { FakeModel, type Logits, randomLogits } from "../engine/fake-model.fixture.ts";
import { engineOf, type GenerationSettings, generate } from "../generation.ts";

const END = 1;
const PAD = 0;

function logSoftmax(row: Float32Array): number[] {
  const largest = Math.max(...row);
  const normalizer = largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  return Array.from(row, (value) => value - normalizer);
}

interface Options {
  beams: number;
  maxLen: number;
  minLen?: number;
  lengthPenalty?: number;
  ngram?: number;
}

/** fairseq 0.12's SequenceGenerator for one sentence, step by step over a B x V list, prompt forced, nothing cached (spec 5.1). */
function fairseqTwin(logits: Logits, prompt: readonly number[], options: Options): { ids: number[]; score: number }[] {
  const { beams: B, maxLen, minLen = 1, lengthPenalty = 1, ngram = 0 } = options;
  const prefix = prompt.slice(1);
  let tokens: number[][] = Array.from({ length: B }, () => [prompt[0]!]);
  let scores = new Array<number>(B).fill(0);
  const finished: { ids: number[]; score: number }[] = [];
  for (let s = 0; s <= maxLen; s++) {
    const lp = tokens.map((t) => logSoftmax(logits(t)));
    for (const [b, row] of lp.entries()) {
      row[PAD] = Number.NEGATIVE_INFINITY;
      const only = (kept: number): void => {
        for (let v = 0; v < row.length; v++) if (v !== kept) row[v] = Number.NEGATIVE_INFINITY;
      };
      if (s >= maxLen) only(END);
      if (s < prefix.length && s < maxLen) {
        only(prefix[s]!);
        continue; // forced steps are exempt from n-gram blocking
      }
      if (s < minLen && s < maxLen) row[END] = Number.NEGATIVE_INFINITY;
      if (ngram > 0 && s < maxLen) {
        const values = Float32Array.from(row, (value) => (value === Number.NEGATIVE_INFINITY ? value : 0));
        noRepeatNGram(ngram)({ sequence: tokens[b]!, promptLength: 0 }, values);
        for (let v = 0; v < row.length; v++)
          if (values[v] === Number.NEGATIVE_INFINITY) row[v] = Number.NEGATIVE_INFINITY;
      }
    }
    const list = (s === 0 ? lp.slice(0, 1) : lp).flatMap((row, b) =>
      row.map((value, token) => ({ score: s === 0 ? value : value + scores[b]!, token, beam: b })),
    );
    const candidates = list.toSorted((x, y) => y.score - x.score).slice(0, Math.min(2 * B, list.length - 1));
    const ends = ({ token, score }: (typeof list)[0]): boolean => token === END && score > Number.NEGATIVE_INFINITY;
    const isPrefix = s < prefix.length && s < maxLen;
    for (const candidate of isPrefix ? [] : candidates.slice(0, B).filter(ends)) {
      if (finished.length < B) {
        finished.push({
          ids: [...tokens[candidate.beam]!.slice(prompt.length), END],
          score: candidate.score / (s + 1) ** lengthPenalty,
        });
      }
    }
    if (finished.length === B || s === maxLen) break;
    const next = candidates.filter((candidate) => isPrefix || !ends(candidate)).slice(0, B);
    while (next.length < B) next.push({ score: Number.NEGATIVE_INFINITY, token: PAD, beam: 0 });
    tokens = next.map(({ beam, token }) => [...tokens[beam]!, token]);
    scores = next.map(({ score }) => score);
  }
  return finished.sort((x, y) => y.score - x.score);
}

test("fairseq's search gives what its slow twin gives: sequences, order and scores, for any prompts in one batch", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 2, max: 8 }), { minLength: 1, maxLength: 6 }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.record({
        beams: fc.integer({ min: 1, max: 5 }),
        maxNewTokens: fc.integer({ min: 3, max: 9 }),
        minNewTokens: fc.integer({ min: 0, max: 2 }),
        lengthPenalty: fc.constantFrom(0, 0.5, 1, 2),
        noRepeatNGram: fc.constantFrom(0, 2),
      }),
      fc.integer({ min: 1, max: 1000 }),
      async (prompts, settings, seed) => {
        const random = randomLogits(9, { seed, scale: 1.5 });
        const ending: Logits = (history) => {
          const row = random(history);
          row[END]! += 1;
          return row;
        };
        const model = new FakeModel(ending, { slotCount: 7 });
        const { beams, maxNewTokens, minNewTokens, lengthPenalty, noRepeatNGram: ngram } = settings;
        const results = await generate(model, prompts, {
          ...settings,
          scoring: "fairseq",
          endId: END,
          bannedIds: [PAD],
          returnCount: beams,
        });
        for (const [i, prompt] of prompts.entries()) {
          const p = prompt.length - 1;
          const options = { beams, maxLen: p + maxNewTokens - 1, minLen: p + minNewTokens, lengthPenalty, ngram };
          const want = fairseqTwin(ending, prompt, options);
          expect(results[i]!.map(({ ids }) => ids)).toEqual(want.map(({ ids }) => ids));
          for (const [j, { score }] of want.entries()) expect(results[i]![j]!.score).toBeCloseTo(score, 5);
        }
      },
    ),
    { numRuns: 200 },
  );
});

interface Golden {
  readonly cases: readonly {
    readonly table: readonly (readonly number[])[];
    readonly prompts: readonly (readonly number[])[];
    readonly runs: readonly (Record<string, never> & {
      readonly results: readonly (readonly [number[], number])[][];
    })[];
  }[];
}

/** Wanted values: test/golden/generation.py, transformers 5.18's generate over the same table. */
const golden = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/generation/beams.json", import.meta.url), "utf8"),
) as Golden;

test("huggingface's search gives transformers' sequences and scores", async () => {
  let compared = 0;
  for (const { table, prompts, runs } of golden.cases) {
    const logits: Logits = (history) => {
      const factor = Math.fround(1 + Math.fround(0.07 * history.length));
      return Float32Array.from(table[history.at(-1)!]!, (value) => Math.fround(value) * factor);
    };
    for (const {
      results,
      min_new_tokens,
      repetition_penalty,
      no_repeat_ngram_size,
      suppress_tokens,
      bad_words_ids,
      ...run
    } of runs) {
      const settings: GenerationSettings = {
        ...run,
        endId: END,
        minNewTokens: min_new_tokens,
        repetitionPenalty: repetition_penalty,
        noRepeatNGram: no_repeat_ngram_size,
        bannedIds: suppress_tokens,
        bannedSequences: bad_words_ids,
        returnCount: run["beams"],
      };
      const got = await generate(new FakeModel(logits, { slotCount: 16 }), prompts, settings);
      for (const [i, want] of results.entries()) {
        const label = JSON.stringify({ ...settings, prompt: prompts[i] });
        expect(
          got[i]!.map(({ ids }) => ids),
          label,
        ).toEqual(want.map(([ids]) => ids));
        for (const [j, [, score]] of want.entries()) expect(got[i]![j]!.score, label).toBeCloseTo(score, 3);
        compared += want.length;
      }
    }
  }
  expect(compared).toBeGreaterThan(250);
});

test('with a negative length penalty an open beam can only lose: "never" is what false is', async () => {
  for (let seed = 1; seed < 60; seed++) {
    const random = randomLogits(8, { seed, scale: 1.2 });
    const ending: Logits = (history) => {
      const row = random(history);
      row[END]! += 1;
      return row;
    };
    const settings = { beams: 3, returnCount: 3, endId: END, maxNewTokens: 20, lengthPenalty: -0.5 };
    const [never] = await generate(new FakeModel(ending), [[2]], { ...settings, earlyStopping: "never" });
    expect([never]).toEqual(await generate(new FakeModel(ending), [[2]], { ...settings, earlyStopping: false }));
  }
});

test("a search is the same whatever runs beside it, in however few slots; prompts are fed once", async () => {
  const logits = randomLogits(20, { scale: 3 });
  const prompts = [Array.from({ length: 20 }, (_, i) => (i * 3) % 20), [2, 3], [5], [9, 9, 9]];
  const settings = { beams: 4, endId: END, maxNewTokens: 15, returnCount: 4 };
  const wide = new FakeModel(logits, { slotCount: 16 });
  const results = await generate(wide, prompts, settings);
  expect(await generate(new FakeModel(logits, { slotCount: 5 }), prompts, settings)).toEqual(results);
  expect(wide.calls[0]!.map(({ tokens }) => tokens.length)).toEqual([20, 2, 1, 3]);
  expect(wide.calls.slice(1).every((call) => call.every(({ tokens }) => tokens.length === 1))).toBe(true);
});

test("beams copy only what differs, at most once for each beam that changes its parent", async () => {
  const model = new FakeModel(randomLogits(20, { scale: 2 }), { slotCount: 4, maxLength: 200 });
  const prompt = Array.from({ length: 100 }, (_, i) => (i * 7) % 20);
  await generate(model, [prompt], { beams: 4, maxNewTokens: 40 });
  const { copiedPositions } = engineOf(model).statistics;
  expect(copiedPositions).toBe(model.copiedPositions);
  // 3 x 100 for the prompt, then only the few tokens since the common ancestor; whole copies would be 100 and more each
  expect(copiedPositions).toBeGreaterThan(300);
  expect(copiedPositions).toBeLessThan(300 + 40 * 3 * 3);
});

test("one beam is greedy", async () => {
  const logits = randomLogits(20);
  const greedy = await generate(new FakeModel(logits), [[2, 3, 4]], { endId: END });
  const fairseq = await generate(new FakeModel(logits), [[2, 3, 4]], { endId: END, scoring: "fairseq" });
  expect(fairseq[0]![0]!.ids).toEqual(greedy[0]![0]!.ids);
  expect(fairseq[0]![0]!.logProbabilities).toEqual(greedy[0]![0]!.logProbabilities);
});

test("constraints hold in every beam: all of a few choices come back, ranked by their likelihood", async () => {
  const logits = randomLogits(20);
  const choices = [[3], [3, 4], [5, 6, 7], [8]];
  const constraint = oneOf(choices, END);
  const [sequences] = await generate(new FakeModel(logits), [[2, 9]], {
    beams: 6,
    endId: END,
    constraint,
    returnCount: 6,
    lengthPenalty: 0,
  });
  const likelihood = (ids: readonly number[]): number =>
    ids.reduce((sum, token, i) => sum + logSoftmax(logits([2, 9, ...ids.slice(0, i)]))[token]!, 0);
  const want = choices.map((choice) => [...choice, END]).sort((a, b) => likelihood(b) - likelihood(a));
  expect(sequences!.map(({ ids }) => ids)).toEqual(want);
  for (const { ids, logLikelihood, score } of sequences!) {
    expect(logLikelihood).toBeCloseTo(likelihood(ids), 9);
    expect(score).toBeCloseTo(likelihood(ids), 5);
  }
  const bag = onlyTokens([4, END], { andPrompt: true });
  const [free] = await generate(new FakeModel(logits), [[2, 9]], {
    beams: 3,
    endId: END,
    constraint: bag,
    returnCount: 3,
  });
  for (const { ids } of free!) expect(ids.every((id) => [2, 9, 4, END].includes(id))).toBe(true);
});

test("renormalized scores are a distribution over a constraint's sequences: forced tokens cost nothing", async () => {
  const logits = randomLogits(12, { seed: 8 });
  const choices = [[3, 4], [3, 5, 6], [7], [7, 8, 8, 9], [10, 3, 11]];
  const settings = { beams: 6, returnCount: 6, endId: END, constraint: oneOf(choices, END), lengthPenalty: 0 };
  const run = async (renormalize: boolean) =>
    (await generate(new FakeModel(logits), [[2, 9]], { ...settings, renormalize }))[0]!;
  const ended = choices.map((choice) => [...choice, END]);
  const among = (ids: readonly number[]): number =>
    ids.reduce((sum, token, i) => {
      const row = logits([2, 9, ...ids.slice(0, i)]);
      const next = new Set(
        ended.filter((other) => ids.slice(0, i).every((id, j) => other[j] === id)).map((o) => o[i]!),
      );
      const mass = [...next].reduce((total, id) => total + Math.exp(row[id]!), 0);
      return sum + row[token]! - Math.log(mass);
    }, 0);
  const sequences = await run(true);
  expect(sequences.map(({ ids }) => ids)).toEqual([...ended].sort((a, b) => among(b) - among(a)));
  for (const { ids, score } of sequences) expect(score).toBeCloseTo(among(ids), 5);
  expect(sequences.reduce((sum, { score }) => sum + Math.exp(score), 0)).toBeCloseTo(1, 5);
  const raw = await run(false); // the model's own probabilities are reported as they are, either way
  for (const { ids, logLikelihood } of sequences)
    expect(raw.find((other) => `${other.ids}` === `${ids}`)!.logLikelihood).toBe(logLikelihood);
});

test("a stop check ends beams, and cuts them", async () => {
  const stop = (generated: readonly number[]): number | boolean => generated.at(-1) === 5 && generated.length - 1;
  const settings = { beams: 3, returnCount: 3, maxNewTokens: 12, stop };
  const [sequences] = await generate(new FakeModel(randomLogits(8)), [[2]], settings);
  expect(sequences!.some(({ finishReason }) => finishReason === "stop")).toBe(true);
  for (const { ids, logProbabilities } of sequences!) {
    expect(ids).not.toContain(5);
    expect(logProbabilities.length).toBe(ids.length);
  }
});

test("an aborted search gives its open beams", async () => {
  const model = new FakeModel(randomLogits(20));
  const stop = new AbortController();
  model.beforeForward = () => {
    if (model.calls.length === 5) stop.abort();
  };
  const [sequences] = await generate(model, [[2]], { beams: 3, returnCount: 2 }, { signal: stop.signal });
  expect(sequences!.map(({ ids, finishReason }) => [ids.length, finishReason])).toEqual([
    [5, "aborted"],
    [5, "aborted"],
  ]);
  const [never] = await generate(model, [[2]], { beams: 3 }, { signal: stop.signal });
  expect(never).toMatchObject([{ ids: [], finishReason: "aborted" }]);
});

test("a least score gives up what cannot reach it, and loses nothing that does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0.001, max: 0.3, noNaN: true }),
      async (seed, least) => {
        const model = new FakeModel(randomLogits(6, { seed, scale: 1.5 }), { slotCount: 65 });
        const settings = {
          ...{ beams: 64, returnCount: 64, maxNewTokens: 3, lengthPenalty: 0, endId: END },
          bannedIds: [PAD],
        };
        const [all = []] = await generate(model, [[END, 3]], settings);
        const fed = model.tokens;
        const [some = []] = await generate(model, [[END, 3]], { ...settings, leastScore: Math.log(least) });
        const reaching = (list: typeof all) =>
          list.filter(({ score }) => score >= Math.log(least)).map(({ ids }) => ids);
        expect(reaching(some)).toEqual(reaching(all));
        expect(some.length).toBeGreaterThan(0);
        expect(model.tokens - fed).toBeLessThanOrEqual(fed);
      },
    ),
    { numRuns: 50 },
  );
  const model = new FakeModel(randomLogits(6));
  await expect(generate(model, [[END, 3]], { leastScore: -1 })).rejects.toThrow("leastScore");
});
