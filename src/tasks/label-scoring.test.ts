import { expect, test } from "vitest";
import { fakeLabelModel } from "./label-model.fixture.ts";
import { labelScorer, scoreCandidates, softmax } from "./label-scoring.ts";

/** log-softmax by the formula, over the fake model's own logits. */
function logProbability(logits: Float32Array, id: number): number {
  return Math.log(Math.exp(logits[id]!) / logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
}

test("candidates get the sum of their tokens' log-probabilities, as the formula says", async () => {
  const { decoder, tokenizer } = fakeLabelModel((word, history) => (word.length * history.length) / 7);
  const prefix = [2, ...tokenizer.encode("is it so ?")];
  const candidates = ["it is so .", "it is not so .", "it"].map((text) => [...tokenizer.encode(text)]);
  const scores = await scoreCandidates(decoder, prefix, candidates);
  for (const [at, ids] of candidates.entries()) {
    let wanted = 0;
    for (const [place, id] of ids.entries()) {
      const history = [...prefix, ...ids.slice(0, place)];
      const words = history.map((token) => tokenizer.piece(token));
      const logits = Float32Array.from({ length: 128 }, (_, v) => (tokenizer.piece(v).length * words.length) / 7);
      wanted += logProbability(logits, id);
    }
    expect(scores[at]!.logLikelihood).toBeCloseTo(wanted, 4);
    expect(scores[at]!.tokens).toBe(ids.length);
  }
});

test("source, prompt and what the candidates begin with are computed once", async () => {
  const { decoder, tokenizer } = fakeLabelModel(() => 0);
  const prefix = [2, ...tokenizer.encode("a b c d e f g h i j k l m n o p q r s t")];
  const candidates = ["the answer is yes", "the answer is no", "the answer is maybe"].map((text) => [
    ...tokenizer.encode(text),
  ]);
  const scores = await scoreCandidates(decoder, prefix, candidates);
  expect(scores[0]!.logLikelihood).toBeCloseTo(-4 * Math.log(128), 5);
  // 21 of the prefix and 3 of the phrase; a few more where a row must be fed its last token again to get logits.
  expect(decoder.tokens).toBeLessThan(24 + 2 * candidates.length + 1);
});

test("a fine-tuned model: learned tokens between source and target, </s> after it, and no prior", async () => {
  const model = fakeLabelModel(
    (word, history) => (word === "no" && history.includes("bad") ? 3 : word === "yes" ? 1 : 0),
    { learned: 2 },
  );
  const targets = ["yes", "no"].map((label) => ({ label, target: `it is ${label}.` }));
  const scorer = labelScorer(model, targets, { maxSourceTokens: 40 });
  const good = await scorer("a good day");
  expect(good.mode).toBe("fine-tuned");
  expect(good.scores.map(({ label }) => label)).toEqual(["yes", "no"]);
  expect(good.scores[0]!.probability).toBeCloseTo(Math.E / (Math.E + 1), 5);
  expect(good.scores[0]).not.toHaveProperty("prior");
  expect((await scorer("a bad day")).scores[0]!.label).toBe("no");
  const { tokenizer, decoder } = model;
  const fed = decoder.calls.flat().find((row) => row.start === 0)!;
  expect(tokenizer.decode(fed.tokens)).toMatch(/^a good day/);
  expect([...Array.from(fed.tokens)].slice(0, 6)).toEqual([2, ...tokenizer.encode("a good day"), 4, 5]);
});

test("zero-shot: the words' own frequency is taken off, unless it is not to be", async () => {
  // "no" is always likelier; the source raises "yes" a little.
  const model = fakeLabelModel((word, history) =>
    word === "no" ? 4 : word === "yes" && history.includes("good") ? 1 : 0,
  );
  const targets = ["yes", "no"].map((label) => ({ label, target: `it is ${label}.` }));
  const corrected = await labelScorer(model, targets, { maxSourceTokens: 40 })("a good day");
  expect(corrected.mode).toBe("zero-shot");
  expect(corrected.scores[0]!.label).toBe("yes");
  expect(corrected.scores[0]!.prior).toBeLessThan(0);
  expect(corrected.scores[0]!.probability).toBeCloseTo(Math.E / (Math.E + 1), 1);
  const raw = await labelScorer(model, targets, { maxSourceTokens: 40, correctPrior: false })("a good day");
  expect(raw.scores[0]!.label).toBe("no");
  expect(raw.scores.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 10);
});

test("a source that does not fit loses its end and says so; the longest sequence fits the context to the last position", async () => {
  const model = fakeLabelModel(() => 0, { learned: 1, maxLength: 12 });
  const scorer = labelScorer(model, [{ label: 1, target: "p q r" }], { maxSourceTokens: 640 });
  expect((await scorer("a b c d e f g")).sourceCut).toBe(false); // </s> 7 learned 4 = 13, the last only predicted
  expect((await scorer("a b c d e f g h")).sourceCut).toBe(true);
  expect(() => labelScorer(model, [{ label: 1, target: "p q r s t u v w x y z" }], { maxSourceTokens: 9 })).toThrow(
    "The longest answer has 12 tokens",
  );
});

test("contradictions are refused", async () => {
  const base = fakeLabelModel(() => 0);
  const tuned = fakeLabelModel(() => 0, { learned: 1 });
  const targets = [{ label: "x", target: "x" }];
  const code = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(code(() => labelScorer(base, targets, { maxSourceTokens: 9, mode: "fine-tuned" }))).toBe(
    "tasks/not-fine-tuned",
  );
  expect(code(() => labelScorer(tuned, targets, { maxSourceTokens: 9, correctPrior: true }))).toBe("tasks/no-effect");
  expect(code(() => labelScorer(tuned, targets, { maxSourceTokens: 9, correctPrior: false }))).toBe("tasks/no-effect");
  await expect(scoreCandidates(base.decoder, [2], [])).rejects.toMatchObject({ code: "tasks/no-candidates" });
  await expect(scoreCandidates(base.decoder, [2], [[5], []])).rejects.toMatchObject({ code: "tasks/no-candidates" });
});

test("softmax does not overflow", () => {
  expect(softmax([1000, 1000])).toEqual([0.5, 0.5]);
  expect(softmax([-1e6, 0])).toEqual([0, 1]);
});
