import { expect, test } from "vitest";
import type { Benchmark, ChoiceQuestion } from "../../corpora/tasks/benchmarks.ts";
import { fakeLabelModel } from "../../tasks/label-model.fixture.ts";
import { multipleChoice, questionPrompt } from "./multiple-choice.ts";
import { perplexityOf } from "./perplexity.ts";

const question = (id: string, answer: number, options = ["red", "blue blue blue"], subject = "s"): ChoiceQuestion => ({
  ...{ id, subject, question: `What ${id} ?`, options, answer },
});

function benchmark(questions: readonly ChoiceQuestion[], examples: readonly ChoiceQuestion[] = []): Benchmark {
  return { name: "medqa", questions, examples, files: [], surprises: [] };
}

/** Likes "blue" a little; three of them are less likely than one "red", but likelier a character. */
const fond = (): ReturnType<typeof fakeLabelModel> => fakeLabelModel((word) => (word === "blue" ? 1 : 0));

test("raw takes the likeliest option, normalized the likeliest a character", async () => {
  const { report, asked } = await multipleChoice(
    benchmark([question("a", 0, undefined, "x"), question("b", 1, undefined, "y"), question("c", 1, undefined, "y")]),
    fond(),
  );
  expect(asked.map(({ raw, normalized }) => [raw, normalized])).toEqual([
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
  expect(report).toMatchObject({
    questions: 3,
    available: 3,
    shots: 0,
    chance: 0.5,
    mostFrequent: 2 / 3,
    shortened: 0,
  });
  expect(report.raw.accuracy).toBeCloseTo(1 / 3, 10);
  expect(report.normalized.accuracy).toBeCloseTo(2 / 3, 10);
  expect(report.subjects).toEqual([
    { subject: "x", questions: 1, raw: 1, normalized: 0 },
    { subject: "y", questions: 2, raw: 0, normalized: 1 },
  ]);
  expect(report.bySubject).toEqual({ raw: 0.5, normalized: 0.5 });
  expect(report.raw.confidence).toMatchObject({ low: 0, high: 1 });
});

test("examples come before the question, never one that is asked, and are given up first where room is short", async () => {
  const examples = [question("e1", 1), question("e2", 0)];
  const model = fond();
  const { report } = await multipleChoice(benchmark([question("a", 0), ...examples], examples), model, { shots: 2 });
  expect(report).toMatchObject({ questions: 1, shots: 2, shortened: 0 });
  const fed = model.tokenizer.decode(model.decoder.calls.flat().find(({ start }) => start === 0)!.tokens);
  expect(fed).toContain(
    "Question : What e1 ? Answer : blue blue blue. Question : What e2 ? Answer : red. Question : What a ? Answer :",
  );
  const small = fakeLabelModel(() => 0, { maxLength: 24 });
  const cut = await multipleChoice(benchmark([question("a", 0), ...examples], examples), small, { shots: 2 });
  expect(cut.report.shortened).toBe(1);
  const tiny = fakeLabelModel(() => 0, { maxLength: 6 });
  const shortest = await multipleChoice(benchmark([question("a", 0)]), tiny);
  expect(shortest.report.shortened).toBe(1);
  const kept = tiny.decoder.calls.flat().find(({ start }) => start === 0)!.tokens;
  expect(tiny.tokenizer.decode(kept)).toMatch(/^\? Answer :/);
  await expect(multipleChoice(benchmark([question("a", 0)]), fond(), { shots: 1 })).rejects.toMatchObject({
    code: "evaluation/no-examples",
  });
});

test("a limit draws questions by the seed, in their own order", async () => {
  const questions = Array.from({ length: 30 }, (_, at) => question(`q${at}`, at % 2));
  const ids = async (seed: number): Promise<string[]> =>
    (await multipleChoice(benchmark(questions), fond(), { limit: 5, seed })).asked.map((item) => item.question.id);
  const first = await ids(1);
  expect(first).toHaveLength(5);
  expect(await ids(1)).toEqual(first);
  expect(await ids(2)).not.toEqual(first);
  expect([...first].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))).toEqual(first);
});

test("a context stands before its question", () => {
  expect(questionPrompt({ ...question("a", 0), context: " It is. " })).toBe(
    "Context: It is. Question: What a ? Answer:",
  );
});

test("perplexity: every token once, whatever the windows", async () => {
  // A token's likelihood depends on the one before it only, so windows must change nothing.
  const chain = { slotCount: 4 };
  const weights = (word: string, history: readonly string[]): number => (word.length + history.at(-1)!.length) % 3;
  const text = "the cat sat on a mat and the dog sat on the cat while a bird sang of mice and men in the old barn";
  const document = { id: "1", source: "-", passages: [{ kind: "text" as const, text }] };
  const wide = await perplexityOf(fakeLabelModel(weights, { ...chain, maxLength: 64 }), [document]);
  const narrow = await perplexityOf(fakeLabelModel(weights, { ...chain, maxLength: 7 }), [document]);
  expect(wide).toMatchObject({ documents: 1, tokens: 26, characters: text.length, windowed: 0 });
  expect(narrow).toMatchObject({ tokens: 26, windowed: 1 });
  expect(narrow.logLikelihood).toBeCloseTo(wide.logLikelihood, 4);
  expect(wide.perplexity).toBeCloseTo(Math.exp(-wide.logLikelihood / 26), 10);
  expect(wide.bitsPerCharacter).toBeCloseTo(-wide.logLikelihood / Math.LN2 / text.length, 10);
  const flat = await perplexityOf(
    fakeLabelModel(() => 0),
    [document],
    { end: false },
  );
  expect(flat.perplexity).toBeCloseTo(128, 3);
  expect(flat.tokens).toBe(25);
  await expect(
    perplexityOf(
      fakeLabelModel(() => 0),
      [],
    ),
  ).rejects.toMatchObject({ code: "evaluation/no-documents" });
});
