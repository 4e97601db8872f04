/** `biogpt data distant` from a raw task and a prepared corpus to a file that fine-tuning reads. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { run } from "../main.ts";
import { testTerminal } from "./test-terminal.fixture.ts";

const root = temporaryFolder();

async function biogpt(...args: string[]): Promise<{ code: number; out: string; notes: string }> {
  const terminal = testTerminal();
  const code = await run(args, terminal);
  return { code, out: terminal.out.join(""), notes: terminal.notes.join("\n") };
}

const PADDING = "It was read by all of us in the year and we found that there was more of it than had been thought.";

async function prepared(): Promise<{ task: string; corpus: string }> {
  const raw = join(root, "raw");
  mkdirSync(raw);
  const triples = [{ drug: "Aspirin", target: "warfarin", interaction: "effect" }];
  const test = "Cocaine and aspirin with warfarin were the only drugs that any of these patients had been given.";
  writeFileSync(join(raw, "train.json"), JSON.stringify({ a: { abstract: "Aspirin raises warfarin.", triples } }));
  writeFileSync(join(raw, "test.json"), JSON.stringify({ b: { abstract: test, triples } }));
  const lines = [
    { pmid: "1", title: "One.", abstract: `Warfarin after aspirin. ${PADDING}` },
    { pmid: "2", title: "Two.", abstract: `${test} ${PADDING.toUpperCase().slice(0, 60)}` },
    {
      pmid: "3",
      title: "Three.",
      abstract: `Warfarin alone had no effect in any of the patients. ${PADDING.slice(0, 50)}`,
    },
  ];
  writeFileSync(join(root, "in.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const [task, corpus] = [join(root, "task"), join(root, "corpus")];
  expect((await biogpt("data", "import", "ddi", raw, "--out", task)).code).toBe(0);
  expect(
    (await biogpt("corpus", "prepare", join(root, "in.jsonl"), "--out", corpus, "--duplicate-share", "0")).code,
  ).toBe(0);
  return { task, corpus };
}

test("a task and a corpus become examples; what makes no sense is refused and writes nothing", async () => {
  const { task, corpus } = await prepared();
  const out = join(root, "out.jsonl");
  const distant = (...args: string[]) => biogpt("data", "distant", ...args, "--data", task, "--out", out);

  const refused: readonly (readonly [args: string[], words: RegExp])[] = [
    [["ddi"], /No corpus was given/],
    [["ddi", "--corpus", corpus, "--pairs", "sentence"], /which of its 4 labels/],
    [["ddi", "--corpus", corpus, "--targets", "mentions", "--most-pairs", "2"], /--most-pairs has no effect/],
    [["ddi", "--from", "train"], /--from train writes mentions only/],
    [
      ["ddi", "--from", "train", "--targets", "mentions", "--corpus", corpus, "--seed", "2"],
      /--corpus, --seed has no effect/,
    ],
    [["hoc", "--corpus", corpus], /hoc can not be labelled at a distance/],
    [["ddi", "--corpus", corpus, "--setting", "both"], /--setting has no effect with ddi/],
    [["dddi", "--corpus", corpus], /Did you mean "ddi"/],
    [["bc5cdr", "--corpus", corpus], /holds ddi, not bc5cdr/],
  ];
  for (const [args, words] of refused) {
    const { code, notes } = await distant(...args);
    expect(notes).toMatch(words);
    expect(code).toBe(2);
  }
  const none = await distant("ddi", "--corpus", corpus, "--max-words", "5");
  expect([none.code, none.notes]).toEqual([1, expect.stringContaining("Left out: 3 too long")]);
  expect(readdirSync(root)).not.toContain("out.jsonl");

  const { code, out: printed } = await distant("ddi", "--corpus", corpus, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(printed)).toMatchObject({
    task: "ddi",
    documents: 3,
    examples: 1,
    leftOut: { evaluation: 1, nothingNamed: 1 },
  });
  expect(JSON.parse(readFileSync(out, "utf8"))).toEqual({
    id: "1",
    source: `one. warfarin after aspirin. ${PADDING.toLowerCase()}`,
    target: "the interaction between warfarin and aspirin is effect.",
  });
  expect((await distant("ddi", "--corpus", corpus)).out).toContain(
    "left out     0 too long, 1 nothing named, 1 evaluation",
  );

  expect((await distant("ddi", "--targets", "mentions", "--from", "train")).code).toBe(0);
  expect(JSON.parse(readFileSync(out, "utf8"))).toEqual({
    id: "a",
    source: "aspirin raises warfarin.",
    target: "the drugs are aspirin and warfarin.",
  });
});

test("questions of PubMedQA come from a corpus in either form or both; options of relations are refused", async () => {
  const raw = join(root, "raw-questions");
  mkdirSync(raw);
  const answers = Array.from({ length: 1000 }, (_, at) => ["yes", "no", "maybe"][at % 3]);
  const records = answers.map((final_decision, at) => [
    `9${at}`,
    { QUESTION: `Is ${at}?`, CONTEXTS: [`Text ${at}.`], LABELS: ["A"], LONG_ANSWER: "So.", final_decision },
  ]);
  writeFileSync(join(raw, "ori_pqal.json"), JSON.stringify(Object.fromEntries(records)));
  const abstract = `METHODS: We gave aspirin to people with sepsis and looked at mortality. ${PADDING} RESULTS: ${PADDING}`;
  const lines = [
    {
      pmid: "1",
      title: "Aspirin does not reduce mortality in sepsis.",
      abstract: `${abstract} CONCLUSIONS: We advise against it here.`,
    },
    {
      pmid: "91",
      title: "Aspirin does not reduce mortality in people.",
      abstract: `${abstract} CONCLUSIONS: It is not advised at all.`,
    },
  ];
  writeFileSync(join(root, "questions.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const [task, corpus, out] = [
    join(root, "questions"),
    join(root, "questions-corpus"),
    join(root, "questions-out.jsonl"),
  ];
  expect((await biogpt("data", "import", "pubmedqa", raw, "--out", task)).code).toBe(0);
  const prepare = ["corpus", "prepare", join(root, "questions.jsonl"), "--out", corpus, "--duplicate-share", "0"];
  expect((await biogpt(...prepare)).code).toBe(0);
  const distant = (...args: string[]) =>
    biogpt("data", "distant", "pubmedqa", "--data", task, "--out", out, "--corpus", corpus, ...args);

  const refused = await distant("--pairs", "known", "--targets", "mentions");
  expect([refused.code, refused.notes]).toEqual([
    2,
    expect.stringContaining("--targets, --pairs has no effect with pubmedqa"),
  ]);
  const without = await biogpt("data", "distant", "pubmedqa", "--data", task, "--out", out);
  expect([without.code, without.notes]).toEqual([2, expect.stringContaining("No corpus was given")]);

  const { out: printed } = await distant("--setting", "both", "--json");
  const one = { yes: 0, no: 1, maybe: 0 };
  expect(JSON.parse(printed)).toMatchObject({ task: "pubmedqa", examples: 2, questions: 1, kinds: { title: one } });
  const written = readFileSync(out, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(written.map(({ id }) => id)).toEqual(["1 reasoning-required", "1 reasoning-free"]);
  expect(written[1].source).toMatch(
    /^question: does aspirin reduce mortality in sepsis\? context: .* answer: we advise against it here\.$/,
  );

  const { out: described } = await distant();
  expect(described).toContain("1 question of pubmedqa (reasoning-required) from 2 documents");
  expect(described).toContain("title          0 yes, 1 no, 0 maybe");
  expect(JSON.parse(readFileSync(out, "utf8"))).toMatchObject({
    id: "1",
    target: "the answer to the question given the context is no.",
  });
});
