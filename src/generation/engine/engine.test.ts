import fc from "fast-check";
import { expect, test } from "vitest";
import { BiogptError } from "../../base/errors.ts";
import { onlyTokens } from "../constraints/constraints.ts";
import { noRepeatNGram, repetitionPenalty } from "../constraints/rules.ts";
import { engineOf, type GeneratedSequence, type GenerationSettings, generate, score, stream } from "../generation.ts";
import { FakeModel, type Logits, randomLogits } from "./fake-model.fixture.ts";

const END = 1;

/** Greedy decoding without a cache, in the words of its definition. */
function greedyTwin(
  logits: Logits,
  prompt: readonly number[],
  { maxNewTokens = 20, endId = END, ngram = 0, penalty = 1 } = {},
): { ids: number[]; logProbabilities: number[] } {
  const sequence = [...prompt];
  const logProbabilities: number[] = [];
  while (sequence.length < prompt.length + maxNewTokens) {
    const row = logits(sequence);
    const values = row.slice();
    const context = { sequence, promptLength: prompt.length };
    if (penalty !== 1) repetitionPenalty(penalty)(context, values);
    if (ngram > 0) noRepeatNGram(ngram)(context, values);
    const token = values.indexOf(Math.max(...values));
    const normalizer = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    logProbabilities.push(row[token]! - normalizer);
    sequence.push(token);
    if (token === endId) break;
  }
  return { ids: sequence.slice(prompt.length), logProbabilities };
}

function only(results: readonly (readonly GeneratedSequence[])[]): GeneratedSequence {
  expect(results.map((sequences) => sequences.length)).toEqual([1]);
  return results[0]![0]!;
}

function closeTo(got: readonly number[], want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  for (const [i, value] of got.entries()) expect(value).toBeCloseTo(want[i]!, 9);
}

const prompts = fc.array(fc.array(fc.integer({ min: 0, max: 11 }), { minLength: 1, maxLength: 30 }), {
  minLength: 1,
  maxLength: 12,
});

test("cached = uncached, token for token: batches of any prompts, more than there are slots, with and without drafts", async () => {
  await fc.assert(
    fc.asyncProperty(
      prompts,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(0, 1, 3, 8),
      fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
      async (batch, slotCount, draftTokens, order) => {
        const logits = randomLogits(12, { order });
        const model = new FakeModel(logits, { slotCount });
        engineOf(model, { mostDraftingRows: slotCount });
        const results = await generate(model, batch, { endId: END, maxNewTokens: 20, draftTokens });
        for (const [i, [sequence]] of results.entries()) {
          const want = greedyTwin(logits, batch[i]!);
          expect(sequence!.ids).toEqual(want.ids);
          closeTo(sequence!.logProbabilities, want.logProbabilities);
          expect(sequence!.finishReason).toBe(want.ids.at(-1) === END ? "stop" : "length");
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("drafts change nothing under rules, constraints and sampling either", async () => {
  const constraint = onlyTokens([1, 2, 3, 4, 5, 6, 7], { andPrompt: true });
  const variants: GenerationSettings[] = [
    { repetitionPenalty: 1.3, noRepeatNGram: 3 },
    { constraint },
    { temperature: 0.6, topP: 0.9, seed: 5 },
    { temperature: 0.5, topK: 3, constraint, returnCount: 3, seed: 6 },
  ];
  for (const order of [1, 2]) {
    for (const variant of variants) {
      const batch = [
        [0, 3, 4, 5, 3, 4],
        [0, 9],
        [0, 3, 3, 3, 3, 3, 8],
      ];
      const model = new FakeModel(randomLogits(12, { order, scale: 3 }));
      const { statistics } = engineOf(model, { mostDraftingRows: 8 });
      const plain = await generate(model, batch, { endId: END, maxNewTokens: 40, ...variant });
      expect(await generate(model, batch, { endId: END, maxNewTokens: 40, draftTokens: 6, ...variant })).toEqual(plain);
      expect(statistics.draftedTokens).toBeGreaterThan(0);
    }
  }
});

test("drafts save calls where text repeats itself", async () => {
  const logits = randomLogits(50, { order: 2, scale: 3 });
  const calls = async (draftTokens: number): Promise<number> => {
    const model = new FakeModel(logits, { maxLength: 400 });
    const sequence = only(await generate(model, [[0, 3]], { maxNewTokens: 300, draftTokens }));
    expect(sequence.ids).toEqual(greedyTwin(logits, [0, 3], { maxNewTokens: 300, endId: -1 }).ids);
    return model.calls.length;
  };
  expect(await calls(0)).toBe(300);
  expect(await calls(16)).toBeLessThan(100);
});

test("drafts rest while many rows decode, and go on when few are left", async () => {
  const logits = randomLogits(12, { order: 1 });
  const model = new FakeModel(logits, { maxLength: 200 });
  const lengths = [20, 20, 20, 120];
  const runs = lengths.map((maxNewTokens, i) => generate(model, [[i + 2]], { maxNewTokens, draftTokens: 8 }));
  for (const [i, result] of (await Promise.all(runs)).entries()) {
    expect(only(result).ids).toEqual(greedyTwin(logits, [i + 2], { maxNewTokens: lengths[i]!, endId: -1 }).ids);
  }
  const longest = model.calls.map((call) => Math.max(...call.map(({ tokens }) => tokens.length)));
  expect(longest.slice(0, 20)).toEqual(new Array(20).fill(1));
  expect(Math.max(...longest)).toBe(9);
});

test("drafts stay inside the context", async () => {
  const logits = randomLogits(12, { order: 1 });
  for (let maxLength = 8; maxLength < 30; maxLength++) {
    const model = new FakeModel(logits, { maxLength });
    const sequence = only(await generate(model, [[2, 3, 2, 3]], { draftTokens: 8 }));
    expect(sequence.ids).toEqual(greedyTwin(logits, [2, 3, 2, 3], { maxNewTokens: maxLength - 4 + 1, endId: -1 }).ids);
  }
});

test("a shared beginning is fed once, in a batch and from one request to the next", async () => {
  const shared = Array.from({ length: 30 }, (_, i) => (i * 7) % 12);
  const batch = Array.from({ length: 6 }, (_, i) => [...shared, i, 2]);
  const model = new FakeModel(randomLogits(12), { slotCount: 8 });
  const settings = { maxNewTokens: 1 };
  await generate(model, batch, settings);
  expect(model.tokens).toBe(30 + 6 * 2);
  expect(engineOf(model).statistics.reusedPromptTokens).toBe(5 * 30);
  await generate(model, [batch[3]!], settings);
  expect(model.tokens).toBe(30 + 6 * 2 + 2); // slot 0 still holds the 30; one more token is not worth a copy
  await generate(model, [[...shared.slice(0, 20), 1, 1, 1]], settings);
  await generate(model, [[...batch[5]!, 6]], settings); // from slot 5, which had been left alone
  expect(model.tokens).toBe(30 + 6 * 2 + 2 + 3 + 1);
});

test("rows start and end on their own: a late request joins, the slots in use stay the lowest ones", async () => {
  const logits = randomLogits(12);
  const model = new FakeModel(logits, { slotCount: 4 });
  const late: Promise<unknown>[] = [];
  const lengths = [3, 20, 9];
  model.beforeForward = () => {
    if (model.calls.length === 6 && late.length === 0) late.push(generate(model, [[7, 7]], { maxNewTokens: 5 }));
  };
  const results = await Promise.all(lengths.map((maxNewTokens, i) => generate(model, [[i + 2]], { maxNewTokens })));
  for (const [i, result] of results.entries()) {
    expect(only(result).ids).toEqual(greedyTwin(logits, [i + 2], { maxNewTokens: lengths[i]!, endId: -1 }).ids);
  }
  expect(await late[0]).toMatchObject([[{ ids: greedyTwin(logits, [7, 7], { maxNewTokens: 5, endId: -1 }).ids }]]);
  for (const call of model.calls) {
    const prompts = call.some(({ start }) => start === 0);
    if (!prompts) expect(call.map(({ slot }) => slot).sort()).toEqual(call.map((_, i) => i));
  }
});

test("a sample depends on its prompt, settings and seed alone", async () => {
  const settings = { temperature: 1, seed: 3, maxNewTokens: 12, returnCount: 2 };
  const logits = randomLogits(30);
  const alone = await generate(new FakeModel(logits), [[4, 5]], settings);
  const among = await generate(new FakeModel(logits, { slotCount: 3 }), [[9], [4, 5], [8, 8, 8]], settings);
  expect(among[1]).toEqual(alone[0]);
  expect(alone[0]![0]!.ids).not.toEqual(alone[0]![1]!.ids);
  expect(await generate(new FakeModel(logits), [[4, 5]], { ...settings, seed: 4 })).not.toEqual(alone);
});

test("long prompts are fed in chunks while others decode", async () => {
  const logits = randomLogits(12);
  const model = new FakeModel(logits, { slotCount: 3, maxLength: 2000 });
  const long = Array.from({ length: 1500 }, (_, i) => (i * i) % 12);
  const [short, other] = await Promise.all([
    generate(model, [[2, 3]], { maxNewTokens: 10 }),
    generate(model, [long], { maxNewTokens: 4 }),
  ]);
  const sequence = only(other);
  expect(short).toMatchObject([[{ ids: greedyTwin(logits, [2, 3], { maxNewTokens: 10, endId: -1 }).ids }]]);
  expect(sequence.ids).toEqual(greedyTwin(logits, long, { maxNewTokens: 4, endId: -1 }).ids);
  expect(Math.max(...model.calls.flat().map(({ tokens }) => tokens.length))).toBeLessThanOrEqual(512);
});

test("what is left of a step is not filled with the first few tokens of a prompt", async () => {
  const model = new FakeModel(randomLogits(12), { slotCount: 4, maxLength: 1000 });
  const prompts = [255, 255, 300, 20].map((length, seed) => Array.from({ length }, (_, i) => (i * i + seed) % 11));
  await generate(model, prompts, { maxNewTokens: 1 });
  const fed = model.calls.map((rows) => rows.map(({ tokens }) => tokens.length)).filter((lengths) => lengths[0]! > 1);
  expect(fed).toEqual([
    [255, 255],
    [300, 20],
  ]);
});

test("the last token of the context can be used, and no more", async () => {
  const model = new FakeModel(randomLogits(12), { maxLength: 10 });
  const sequence = only(await generate(model, [[1, 2, 3, 4, 5, 6, 7]]));
  expect(sequence.ids.length).toBe(4); // 7 + 4 = 11 tokens, of which 10 were fed
  expect(sequence.finishReason).toBe("length");
});

test("a stop check ends a sequence and may cut off its last tokens", async () => {
  const logits = randomLogits(12);
  const want = greedyTwin(logits, [2], { endId: -1 }).ids;
  const stop = (generated: readonly number[]): number | boolean => generated.length === 7 && 5;
  const sequence = only(await generate(new FakeModel(logits), [[2]], { stop }));
  expect(sequence).toMatchObject({ ids: want.slice(0, 5), finishReason: "stop" });
  expect(sequence.logProbabilities.length).toBe(5);
});

test("stream gives the tokens of generate one by one, and stops the work when it is left", async () => {
  const logits = randomLogits(12);
  const model = new FakeModel(logits);
  const want = greedyTwin(logits, [2, 3], { maxNewTokens: 15, endId: -1 }).ids;
  const ids: number[] = [];
  for await (const event of stream(model, [2, 3], { maxNewTokens: 15 })) ids.push(...event.ids);
  expect(ids).toEqual(want);
  const calls = model.calls.length;
  for await (const event of stream(model, [2, 3, 4], { maxNewTokens: 15 })) if (event.ids.length > 0) break;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(model.calls.length - calls).toBeLessThan(4);
  expect(engineOf(model).load).toEqual({ active: 0, waiting: 0 });
});

test("an aborted request ends with what it has; its neighbours do not notice", async () => {
  const logits = randomLogits(12);
  const model = new FakeModel(logits, { slotCount: 2 });
  const stop = new AbortController();
  model.beforeForward = () => {
    if (model.calls.length === 6) stop.abort();
  };
  const [other, aborted] = await Promise.all([
    generate(model, [[2]], { maxNewTokens: 20 }),
    generate(model, [[3], [4]], { maxNewTokens: 20 }, { signal: stop.signal }),
  ]);
  expect(other).toMatchObject([[{ ids: greedyTwin(logits, [2], { endId: -1 }).ids, finishReason: "length" }]]);
  const [begun, waiting] = aborted.map(([sequence]) => sequence);
  expect(begun!.ids).toEqual(greedyTwin(logits, [3], { endId: -1 }).ids.slice(0, begun!.ids.length));
  expect(begun!.ids.length).toBeGreaterThan(2);
  expect([begun!.finishReason, waiting!.finishReason, waiting!.ids]).toEqual(["aborted", "aborted", []]);
});

test("an abort in the middle of a forward pass leaves a usable engine", async () => {
  const logits = randomLogits(12);
  const model = new FakeModel(logits);
  const stop = new AbortController();
  model.beforeForward = () => {
    if (model.calls.length === 4) stop.abort();
  };
  await generate(model, [[2, 3, 4]], {}, { signal: stop.signal });
  expect(model.calls.length).toBe(4); // the fifth was not run to its end
  model.beforeForward = undefined;
  const again = await generate(model, [[2, 3, 4]], { maxNewTokens: 9 });
  expect(again).toMatchObject([[{ ids: greedyTwin(logits, [2, 3, 4], { maxNewTokens: 9, endId: -1 }).ids }]]);
});

test("a failing model fails its requests with its own error, and the engine goes on", async () => {
  const logits = randomLogits(12);
  const model = new FakeModel(logits);
  model.beforeForward = () => {
    if (model.calls.length === 3) throw new BiogptError("runtime/device-lost", { what: "The device is gone." });
  };
  await expect(generate(model, [[2], [3]], {})).rejects.toMatchObject({ code: "runtime/device-lost" });
  model.beforeForward = undefined;
  const again = await generate(model, [[2]], { maxNewTokens: 9 });
  expect(again).toMatchObject([[{ ids: greedyTwin(logits, [2], { maxNewTokens: 9, endId: -1 }).ids }]]);
});

test("weights with NaN, and constraints that allow nothing, end their own request only", async () => {
  const logits = randomLogits(12);
  const poisoned: Logits = (history) =>
    history.includes(11) ? logits(history).fill(Number.NaN, 3, 4) : logits(history);
  const model = new FakeModel(poisoned);
  const [bad, drawn, dead, good] = await Promise.allSettled([
    generate(model, [[11]], {}),
    generate(model, [[11]], { temperature: 1 }),
    generate(model, [[2]], { constraint: onlyTokens([]) }),
    generate(model, [[2]], { maxNewTokens: 3, bannedIds: [11] }),
  ]);
  for (const one of [bad, drawn])
    expect(one).toMatchObject({ status: "rejected", reason: { code: "generation/not-a-number" } });
  expect(dead).toMatchObject({ status: "rejected", reason: { code: "generation/dead-end" } });
  expect(good.status).toBe("fulfilled");
});

test("a rule that changes nothing changes no draw: not the tokens, not their probabilities", async () => {
  const model = new FakeModel(randomLogits(12));
  for (const topP of [0.3, 0.8, 1]) {
    const settings = { temperature: 1, topP, maxNewTokens: 40, seed: 5 };
    const plain = only(await generate(model, [[2]], settings));
    const ruled = only(await generate(model, [[2]], { ...settings, rules: [() => {}] }));
    expect(ruled.ids).toEqual(plain.ids);
    closeTo(ruled.logProbabilities, plain.logProbabilities);
    expect(new Set(plain.ids).size).toBeGreaterThan(1);
  }
});

test("score gives each token's log-probability, in chunks, and computes a shared beginning once", async () => {
  const logits = randomLogits(12);
  const model = new FakeModel(logits, { slotCount: 4, maxLength: 300 });
  const ids = Array.from({ length: 200 }, (_, i) => (i * i * 5 + 3) % 12);
  const want = ids.slice(1).map((token, i) => {
    const row = logits(ids.slice(0, i + 1));
    return row[token]! - Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  });
  const [scored] = await score(model, [ids]);
  closeTo(scored!.logProbabilities, want);
  expect(scored!.logLikelihood).toBeCloseTo(
    want.reduce((sum, value) => sum + value, 0),
    8,
  );

  const before = model.tokens;
  const prompt = ids.slice(50, 150);
  const labels = [[3], [4, 5], [6, 7, 8]];
  const answers = await score(
    model,
    labels.map((label) => [...prompt, ...label]),
    { from: prompt.length },
  );
  expect(answers.map(({ logProbabilities }) => logProbabilities.length)).toEqual([1, 2, 3]);
  const row = logits(prompt);
  const normalizer = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  for (const [i, [first]] of labels.entries())
    expect(answers[i]!.logProbabilities[0]).toBeCloseTo(row[first!]! - normalizer, 9);
  expect(model.tokens - before).toBe(100 + 2 * 1 + (1 + 2)); // the prompt, its last token twice again, and the answers but for their last
});

/** A model whose cache holds so many positions in all, and which forgets slots as it grows. */
class SmallModel extends FakeModel {
  readonly reserved: (readonly [number, number])[] = [];
  #room = 0;

  readonly positions: number;

  constructor(positions: number) {
    super(randomLogits(12, { seed: 3 }), { slotCount: 8, maxLength: 64 });
    this.positions = positions;
  }

  fits(slots: number, length: number): boolean {
    return slots * length <= this.positions;
  }

  reserve(slots: number, length: number): number {
    if (!this.fits(slots, length)) throw new Error("small model: reserved more than fits");
    this.reserved.push([slots, length]);
    if (length <= this.#room) return this.slotCount;
    this.#room = length;
    return Math.floor(this.positions / length);
  }
}

test("requests that do not fit the cache together wait for each other, and give what they give alone", async () => {
  const prompts = [[1, 2, 3], [4, 5], [6, 7, 8, 9, 1], [2], [3, 3, 1, 5], [8, 8]];
  const settings = { maxNewTokens: 12, beams: 2 };
  const wide = new FakeModel(randomLogits(12, { seed: 3 }), { slotCount: 8, maxLength: 64 });
  const model = new SmallModel(70);
  expect(await generate(model, prompts, settings)).toEqual(await generate(wide, prompts, settings));
  expect(Math.max(...model.reserved.map(([slots]) => slots))).toBe(4); // two searches of 17 tokens at most
  expect(Math.max(...model.calls.map((rows) => rows.length))).toBeLessThanOrEqual(5);
});

test("what does not fit the cache even alone is told before anything runs", async () => {
  const model = new SmallModel(70);
  const wanted = { code: "generation/cache-memory", why: "It holds 14 tokens of each." };
  await expect(generate(model, [[1], [1, 2, 3]], { maxNewTokens: 20, beams: 5 })).rejects.toMatchObject(wanted);
  await expect(score(new SmallModel(20), [Array.from({ length: 30 }, () => 1)])).rejects.toMatchObject({
    what: expect.stringContaining("One sequence of up to 29 tokens"),
  });
  expect(model.calls).toEqual([]);
});

test("where the model fails for one row the requests of the others go on", async () => {
  const model = new FakeModel(randomLogits(12, { seed: 5 }), { slotCount: 8, maxLength: 64 });
  const forward = model.forward.bind(model);
  model.forward = async (rows, signal) => {
    if (rows.some(({ tokens }) => Array.from(tokens).includes(11))) throw new Error("no memory for token 11");
    return forward(rows, signal);
  };
  const results = await Promise.allSettled(
    [
      [1, 2],
      [3, 11],
      [4, 5],
    ].map((prompt) => generate(model, [prompt], { maxNewTokens: 3, bannedIds: [11] })),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("a request that cannot be placed ends alone", async () => {
  const model = new SmallModel(70);
  const reserve = model.reserve.bind(model);
  model.reserve = (slots, length) => {
    if (length > 20) throw new Error("no memory");
    return reserve(slots, length);
  };
  const results = await Promise.allSettled(
    [5, 30, 6].map((maxNewTokens) => generate(model, [[1, 2]], { maxNewTokens })),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});
