/** `answer` and `classify` as a user runs them, with the embedded models. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-labels-"));
const text = join(folder, "text.txt");
writeFileSync(text, "Cisplatin induced apoptosis of the tumour cells. VEGF promotes angiogenesis.");

test("answer: three probabilities that sum to one, and how they came about", async () => {
  for (const [model, mode] of [
    ["biogpt-mini", "zero-shot"],
    ["biogpt-mini-pubmedqa", "fine-tuned"],
  ] as const) {
    const said = testTerminal();
    const args = ["answer", "--question", "Does it?", "--context", text, "--model", model, "--json"];
    expect(await run(args, said), said.notes.join("\n")).toBe(0);
    const result = JSON.parse(said.out.join(""));
    expect(result).toMatchObject({ question: "Does it?", mode, contextCut: false, model });
    const shares = Object.values(result.probabilities as Record<string, number>);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(result.probabilities[result.answer]).toBe(Math.max(...shares));
  }
});

test("evaluate learns what the likelihoods of answers mean; evaluate and answer follow the model's folder", async () => {
  const model = join(folder, "model");
  cpSync("models/biogpt-mini-pubmedqa", model, { recursive: true });
  rmSync(join(model, "task.json"));
  const answers = Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? "yes" : "no"));
  const record = { QUESTION: "Is it so?", CONTEXTS: ["It is."], LABELS: ["A"], LONG_ANSWER: "Yes." };
  const data = join(folder, "pubmedqa");
  mkdirSync(data);
  const context = join(folder, "context.txt");
  writeFileSync(context, record.CONTEXTS.join(" "));
  writeFileSync(
    join(data, "ori_pqal.json"),
    JSON.stringify(Object.fromEntries(answers.map((answer, at) => [at + 1000, { ...record, final_decision: answer }]))),
  );
  const evaluate = async (...args: string[]) => {
    const said = testTerminal();
    const all = ["evaluate", "pubmedqa", "--data", data, "--model", model, "--decoding", "labels", "--draws", "0"];
    expect(await run([...all, "--json", ...args], said), said.notes.join("\n")).toBe(0);
    return JSON.parse(said.out.join(""));
  };
  const ask = async () => {
    const said = testTerminal();
    const asked = ["answer", "--question", record.QUESTION, "--context", context, "--model", model, "--json"];
    expect(await run(asked, said)).toBe(0);
    return JSON.parse(said.out.join(""));
  };
  const plain = await evaluate("--limit", "2");
  expect(plain.decoding).toBe("labels");
  expect((await ask()).calibrated).toBe(false);

  const thresholds = join(model, "thresholds.json");
  const learnt = await evaluate("--learn-thresholds", thresholds, "--learn-on", "both");
  expect(learnt).toMatchObject({ decoding: "labels, calibrated", accuracy: 2 / 3, documents: 30 }); // "no", as in most of training
  const { "reasoning-required": here, ...others } = JSON.parse(readFileSync(thresholds, "utf8"));
  expect(Object.keys(here.offsets)).toEqual(["yes", "no", "maybe"]);
  expect(others).toEqual({});
  expect(await evaluate()).toMatchObject({ decoding: "labels, calibrated", accuracy: 2 / 3 });
  expect(await ask()).toMatchObject({ calibrated: true, answer: "no" });
  const few = await evaluate("--learn-thresholds", join(folder, "few.json"), "--learn-on", "valid");
  expect(few.calibration.expectedError).not.toBe(learnt.calibration.expectedError);
});

test("classify: one line a sentence, with its place; sentences without a hallmark only with --all", async () => {
  const said = testTerminal();
  expect(await run(["classify", text, "--all"], said), said.notes.join("\n")).toBe(0);
  const lines = said.out.map((line) => JSON.parse(line));
  expect(lines.map((line) => line.text)).toEqual([
    "Cisplatin induced apoptosis of the tumour cells.",
    "VEGF promotes angiogenesis.",
  ]);
  expect(lines[1]).toMatchObject({
    scheme: "hallmarks",
    passage: 0,
    start: 49,
    end: 76,
    mode: "fine-tuned",
    model: "biogpt-mini-hoc",
  });
  expect(said.notes.join("\n")).toContain("2 sentences");
  const none = testTerminal();
  expect(await run(["classify", text, "--threshold", "1", "--mode", "zero-shot"], none)).toBe(0);
  expect(none.out).toEqual([]);
});

test("slips end with code 2 or 1 and say what to do", async () => {
  const thresholds = join(folder, "thresholds.json");
  writeFileSync(thresholds, '{"resisting cell deth": 0.3}');
  const cases: [string[], number, string][] = [
    [["classify", text, "--threshold", "0.5", "--thresholds", thresholds], 2, "contradict"],
    [["classify", text, "--thresholds", thresholds], 1, 'Did you mean "resisting cell death"?'],
    [
      ["answer", "--question", "Q", "--context", text, "--mode", "fine-tuned", "--model", "biogpt-mini"],
      2,
      "no learned prompt tokens",
    ],
    [["answer", "--question", "Q", "--context", text, "--model", "biogpt-mini-pubmedqa", "--no-prior"], 2, "no prior"],
  ];
  for (const [args, code, message] of cases) {
    const said = testTerminal();
    expect(await run(args, said), message).toBe(code);
    expect(said.notes.join("\n")).toContain(message);
  }
});
