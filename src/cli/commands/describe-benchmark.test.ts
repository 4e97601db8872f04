/** `describe`, `benchmark` and `evaluate --report` as a user runs them, with the embedded models. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { DEFAULT_MODEL } from "../../pretrained/load/load.ts";
import { WRITER } from "../../tasks/relation-extraction/writer.fixture.ts";
import { run } from "../main.ts";
import { type TestTerminal, testTerminal } from "./test-terminal.fixture.ts";

const folder = temporaryFolder();

async function ok(args: readonly string[]): Promise<TestTerminal> {
  const said = testTerminal();
  expect(await run(args, said), said.notes.join("\n")).toBe(0);
  return said;
}

test("describe: whole sentences that begin with the term, and a warning", async () => {
  const said = await ok(["describe", "Aspirin", "--kind", "drug", "--beams", "2", "--max-new-tokens", "40", "--json"]);
  const description = JSON.parse(said.out.join(""));
  expect(description).toMatchObject({ term: "Aspirin", kind: "drug", model: DEFAULT_MODEL });
  expect(description.candidates).toHaveLength(4);
  expect(description.text).toMatch(/^Aspirin .*[.!?]["')\]]*$/);
  const scores = description.candidates.map(({ score }: { score: number | null }) => score ?? Number.NEGATIVE_INFINITY);
  expect(description.score).toBe(Math.max(...scores));
  expect(description.warning).toContain("check it against a source");
});

test("describe --compare: two models side by side, each judged by the other, on a page that stands alone", async () => {
  const page = join(folder, "descriptions.html");
  const args = ["describe", "<b>Aspirin</b>", "--compare", WRITER, "--report", page];
  const said = await ok([...args, "--beams", "1", "--max-new-tokens", "30", "--json"]);
  const { models } = JSON.parse(said.out.join(""));
  expect(models.map(({ model }: { model: string }) => model)).toEqual([DEFAULT_MODEL, "biogpt-mini-bc5cdr"]);
  for (const { texts, unfinished, distinct } of models) {
    expect(texts + unfinished).toBe(1);
    expect(distinct[1]).toBeLessThanOrEqual(1);
  }
  const html = readFileSync(page, "utf8");
  expect(html).toContain("biogpt-mini-bc5cdr");
  expect(html).not.toMatch(/<b>Aspirin|https?:|<script/);
});

test("benchmark: multiple choice beside chance, and perplexity", async () => {
  writeFileSync(join(folder, "anatomy_test.csv"), "Which bone?,femur,the longest bone of the thigh,x,y,A\n".repeat(3));
  const choice = await ok(["benchmark", "mmlu", "--data", folder, "--limit", "2", "--draws", "10", "--json"]);
  expect(JSON.parse(choice.out.join(""))).toMatchObject({
    ...{ benchmark: "mmlu", shots: 0, questions: 2, available: 3, chance: 0.25, model: DEFAULT_MODEL },
    raw: { accuracy: expect.any(Number), confidence: { draws: 10 } },
    files: [{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  });
  const text = join(folder, "text.txt");
  writeFileSync(text, "Aspirin inhibits cyclooxygenase.");
  const perplexity = await ok(["benchmark", "perplexity", "--data", text]);
  expect(perplexity.out.join("")).toMatch(/1 document, \d+ tokens.*\n {2}perplexity a token +\d+\.\d+\n/);
});

test("evaluate --report writes a page; labels answer PubMedQA with a base model", async () => {
  const record = (answer: string): object => ({
    ...{ QUESTION: "Is it so?", CONTEXTS: ["It is."], LABELS: ["A"], LONG_ANSWER: "Yes.", final_decision: answer },
  });
  const answers = Array.from({ length: 40 }, (_, at) => (at % 4 < 2 ? "yes" : at % 4 === 2 ? "no" : "maybe"));
  const records = Object.fromEntries(answers.map((answer, at) => [`${1000 + at}`, record(answer)]));
  const data = temporaryFolder();
  writeFileSync(join(data, "ori_pqal.json"), JSON.stringify(records));
  const page = join(folder, "report.html");
  const args = ["evaluate", "pubmedqa", "--data", data, "--model", "biogpt-mini", "--decoding", "labels"];
  const said = await ok([...args, "--draws", "10", "--report", page, "--json"]);
  const report = JSON.parse(said.out.join(""));
  expect(report).toMatchObject({ task: "pubmedqa", decoding: "labels, zero-shot", documents: 20, failed: 0 });
  expect(report.errors.right / 20).toBeCloseTo(report.accuracy, 10);
  expect(report.calibration.statements).toBe(20);
  expect(report.aboveTrivial).toMatchObject({ system: "always-yes", confidence: { level: 0.95, draws: 10 } });
  expect(report.aboveTrivial.gain).toBeCloseTo(report.accuracy - report.aboveTrivial.score, 10);
  const html = readFileSync(page, "utf8");
  expect(html).toContain("always-yes (trivial, here)");
  expect(html).toContain(" points above always-yes (");
  expect(html).toContain("78.20");
});

test("slips end with code 2 and write nothing", async () => {
  const page = join(folder, "none.html");
  const data = ["--data", folder];
  const learning = ["--decoding", "labels", "--learn-thresholds", page];
  const cases: [string[], string][] = [
    [["describe", "Aspirin", "--report", page], "--report has no effect without --compare."],
    [["describe", " "], "A term is empty."],
    [["benchmark", "medqua", ...data], 'Did you mean "medqa"?'],
    [["benchmark", "perplexity", ...data, "--shots", "1"], "--shots has no effect"],
    [["benchmark", "mmlu", ...data, "--no-end"], "--no-end belongs to perplexity"],
    [["benchmark", "mmlu", ...data, "--shots", "9"], "hold 0"],
    [["evaluate", "ddi", ...data, "--model", "x", "--decoding", "labels", "--beams", "2"], "generates nothing"],
    [
      ["evaluate", "ddi", ...data, "--model", "x", "--learn-thresholds", page],
      "Thresholds are for --decoding pairs, ranked, grounded or labels",
    ],
    [
      ["evaluate", "pubmedqa", ...data, "--model", "x", "--decoding", "labels", "--threshold", "0.5"],
      "Each answer has an offset of its own",
    ],
    [
      ["evaluate", "pubmedqa", ...data, "--model", "x", "--decoding", "labels", "--learn-on", "both"],
      "--learn-on has no effect without --learn-thresholds",
    ],
    [
      ["evaluate", "hoc", ...data, "--model", "x", ...learning, "--learn-on", "train", "--split", "train"],
      "Thresholds learnt on train cannot be scored there",
    ],
  ];
  for (const [args, message] of cases) {
    const said = testTerminal();
    expect(await run(args, said), message).toBe(2);
    expect(said.notes.join("\n")).toContain(message);
  }
  expect(existsSync(page)).toBe(false);
});
