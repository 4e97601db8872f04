import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { BENCHMARK_NAMES, type BenchmarkName, benchmarkName, readBenchmark } from "./benchmarks.ts";

const DATA = fileURLToPath(new URL("../../../../shared/data/tasks", import.meta.url));

function folderOf(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

test("each form of question is read; the same question is never an example", () => {
  const medqa = {
    question: "Which drug?",
    answer: "B text",
    options: { A: "A text", B: "B text", C: "C text", D: "D text" },
    answer_idx: "B",
  };
  const instruction = (question: string, output: string): string =>
    JSON.stringify({ instances: { input: `Question: ${question}\nOption A: one\nOption B: two\n`, output } });
  const examples = [
    instruction("Other?", "two"),
    instruction("Third?", "Answer: (A)"),
    instruction("which DRUG ?", "two"),
    instruction("Fourth?", "three"),
  ].join("\n");
  const root = folderOf({
    "MedQA/US/phrases_no_exclude_test.jsonl": JSON.stringify(medqa),
    "med_qa_train.json": examples,
    "MMLU/anatomy_test.csv": '"What, here?",a,b,c,d,D\n',
    "BioASQ/7B1_golden.json": JSON.stringify({
      questions: [
        { id: "1", type: "yesno", body: "Is it?", exact_answer: "Yes", snippets: [{ text: "It\n is." }] },
        { id: "2", type: "factoid", body: "What?" },
      ],
    }),
    "BioASQ/10B1_golden.json": JSON.stringify({
      questions: [{ id: "3", type: "yesno", body: "Was it?", exact_answer: "no", snippets: [] }],
    }),
  });
  const read = readBenchmark("medqa", root);
  expect(read.questions).toEqual([
    {
      id: "medqa-1",
      subject: "medqa",
      question: "Which drug?",
      options: ["A text", "B text", "C text", "D text"],
      answer: 1,
    },
  ]);
  expect(read.examples.map(({ question, options, answer }) => [question, options[answer]])).toEqual([
    ["Other?", "two"],
    ["Third?", "one"],
  ]);
  expect(read.surprises[0]!.text).toMatch(/^1 examples .* 1 are among the questions/);
  expect(read.files.map(({ sha256 }) => sha256.length)).toEqual([64, 64]);
  expect(readBenchmark("mmlu", root).questions).toMatchObject([
    { id: "anatomy-1", subject: "anatomy", question: "What, here?", options: ["a", "b", "c", "d"], answer: 3 },
  ]);
  const bioasq = readBenchmark("bioasq", root);
  expect(bioasq.questions.map(({ subject, context, answer }) => [subject, context, answer])).toEqual([
    ["7B", "It is.", 0],
    ["10B", "", 1],
  ]);
  expect(bioasq.examples.map(({ id }) => id)).toEqual(["1"]);
});

test("a file without a right answer is refused, with its place", () => {
  const refuse = (name: BenchmarkName, files: Record<string, string>, message: string): void => {
    expect(() => readBenchmark(name, folderOf(files))).toThrow(message);
  };
  refuse("mmlu", { "anatomy_test.csv": "q,a,b,c,d,E\n" }, "row 1 names no option as right");
  refuse("mmlu", { "anatomy_test.csv": "q,a,b,c,d,\n" }, "row 1 names no option as right");
  refuse("mmlu", { "anatomy_test.csv": "q,a,b,c\n" }, "row 1 has 4 columns");
  refuse(
    "medmcqa",
    { "dev.json": '{"id":"1","subject_name":"s","question":"q","opa":"a","opb":"b","opc":"c","opd":"d","cop":0}' },
    "names no option",
  );
  refuse("medmcqa", { "dev.json": "{" }, "line 1 is not JSON");
  refuse("medqa", { "x/MedQA/test.jsonl": '{"options": []}' }, 'has no object "options"');
  refuse("bioasq", {}, "holds no files of BioASQ");
  refuse("medconceptsqa", { "other.txt": "A00 Cholera\n" }, "holds no files of MedConceptsQA");
  expect(() => benchmarkName("medqaa")).toThrow('Did you mean "medqa"?');
});

test("MedConceptsQA's questions are made of the vocabularies in the folder", () => {
  const lines = Array.from({ length: 12 }, (_, i) => `A${10 + i}    Disease number ${i}`).join("\n");
  const { questions, examples, surprises } = readBenchmark(
    "medconceptsqa",
    folderOf({ "icd10cm-codes-2024.txt": lines }),
  );
  expect(questions.map(({ subject }) => subject)).toEqual(Array.from({ length: 8 }, () => "ICD10CM medium"));
  expect(examples).toEqual([]); // easy ones need another chapter
  expect(surprises[0]!.text).toContain("not the published ones");
});

test.skipIf(!existsSync(DATA))("the real files: counts of questions and right answers", () => {
  const counts: Record<
    Exclude<BenchmarkName, "medconceptsqa">,
    [questions: number, subjects: number, hasExamples: boolean]
  > = {
    medqa: [1273, 1, true],
    medmcqa: [4183, 21, true],
    mmlu: [1089, 6, true],
    bioasq: [618, 5, true],
    pubmedqa: [500, 1, true],
  };
  for (const name of BENCHMARK_NAMES) {
    if (name === "medconceptsqa") continue; // made from vocabularies, which are not there
    const { questions, examples } = readBenchmark(name, DATA);
    const subjects = new Set(questions.map(({ subject }) => subject));
    expect([questions.length, subjects.size, examples.length > 10]).toEqual(counts[name]);
    expect(new Set(questions.map(({ id }) => id)).size, name).toBe(questions.length);
    const firsts = questions.filter(({ answer }) => answer === 0).length / questions.length;
    expect(firsts, name).toBeGreaterThan(0.15); // no reader is off by one
  }
});
