/** `data import` and `evaluate` as a user runs them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { WRITER } from "../../tasks/relation-extraction/writer.fixture.ts";
import { run } from "../main.ts";
import type { Terminal } from "../terminal.ts";

function terminal(): Terminal & { readonly out: string[]; readonly notes: string[] } {
  const out: string[] = [];
  const notes: string[] = [];
  return {
    out,
    notes,
    input: (async function* () {})(),
    writeLine: async (line) => void out.push(`${line}\n`),
    write: async (text) => void out.push(text),
    note: (line) => void notes.push(line),
    progress: () => {},
    signal: new AbortController().signal,
    isTerminal: false,
  };
}

function rawDdi(): string {
  const root = temporaryFolder();
  const triples = [{ drug: "Aspirin", target: "warfarin", interaction: "effect" }];
  const documents = { "10": { abstract: "Aspirin raises warfarin.", triples } };
  for (const split of ["train", "test"]) writeFileSync(join(root, `${split}.json`), JSON.stringify(documents));
  return root;
}

test("data import, then evaluate --gold and a baseline on what it wrote", async () => {
  const root = rawDdi();
  const out = join(root, "imported");
  const first = terminal();
  expect(await run(["data", "import", "DDI", root, "--out", out, "--quiet"], first)).toBe(0);
  expect(first.out.join("")).toBe("ddi (rel-is)\n  train  1 example, 1 relation\n  test   1 example, 1 relation\n");
  expect(JSON.parse(readFileSync(join(out, "test.jsonl"), "utf8"))).toMatchObject({
    id: "10",
    source: "aspirin raises warfarin.",
    target: "the interaction between aspirin and warfarin is effect.",
    gold: { kind: "relations", relations: [{ head: "aspirin", tail: "warfarin", relation: "effect" }] },
  });
  const second = terminal();
  expect(await run(["evaluate", "ddi", "--gold", "--data", out, "--json"], second)).toBe(0);
  expect(JSON.parse(second.out.join(""))).toMatchObject({
    task: "ddi",
    split: "test",
    setting: "rel-is",
    decoding: "gold",
    precision: 1,
    recall: 1,
    f1: 1,
    microF1: 1,
    inventedArguments: 0,
    documents: 1,
    failed: 0,
    seconds: expect.any(Number),
    paper: { precision: 41.7, recall: 44.75, f1: 40.76 },
  });
  const third = terminal();
  expect(await run(["evaluate", "ddi", "--baseline", "copy-all-pairs", "--data", out, "--draws", "0"], third)).toBe(0);
  expect(third.out.join("")).toMatch(
    /^ddi test, rel-is, copy-all-pairs: 1 document, 0 unread, .*\n +ours +paper\n +precision +100\.00 +41\.70\n/,
  );
});

test("--limit: the first documents alone, which the setting says; a limit beyond the split changes nothing", async () => {
  const root = temporaryFolder();
  const one = (drug: string) => ({
    abstract: `${drug} raises warfarin.`,
    triples: [{ drug, target: "warfarin", interaction: "effect" }],
  });
  const documents = { "10": one("Aspirin"), "20": one("Iron"), "30": one("Zinc") };
  for (const split of ["train", "test"]) writeFileSync(join(root, `${split}.json`), JSON.stringify(documents));
  const page = join(root, "report.html");
  const evaluated = async (...args: string[]) => {
    const said = terminal();
    const all = ["evaluate", "ddi", "--gold", "--data", root, "--draws", "0", "--json", ...args];
    expect(await run(all, said), said.notes.join("\n")).toBe(0);
    return JSON.parse(said.out.join(""));
  };
  const two = await evaluated("--limit", "2", "--report", page);
  expect(two).toMatchObject({ setting: "rel-is, the first 2 of 3", documents: 2, f1: 1 });
  expect(readFileSync(page, "utf8")).toContain("the first 2 of 3");
  expect(await evaluated("--limit", "9")).toMatchObject({ setting: "rel-is", documents: 3 });
});

test("contradictions and slips end with code 2", async () => {
  const root = rawDdi();
  const cases: [string[], string][] = [
    [["evaluate", "ddi", "--data", root], "Name one of --model, --gold and --baseline."],
    [
      ["evaluate", "ddi", "--data", root, "--gold", "--baseline", "always-empty"],
      "Name one of --model, --gold and --baseline.",
    ],
    [
      ["evaluate", "ddi", "--data", root, "--baseline", "always-empty", "--tokenizer", "x"],
      "--tokenizer has no effect",
    ],
    [["evaluate", "ddi", "--data", root, "--gold", "--lookup", "lossless"], "--lookup is BC5CDR's alone."],
    [
      ["evaluate", "ddi", "--data", root, "--gold", "--max-new-tokens", "9"],
      "--max-new-tokens has no effect without --model.",
    ],
    [["evaluate", "ddi", "--data", root, "--model", "x", "--beams", "3"], "Greedy decoding has one hypothesis."],
    [["evaluate", "ddi", "--data", root, "--model", WRITER], "was not fine-tuned for drug-drug."],
    [["evaluate", "dddi", "--data", root, "--gold"], 'Did you mean "ddi"?'],
    [["data", "import", "DDI", root, "--out", join(root, "x"), "--fold", "1"], "The option fold means nothing for ddi"],
    [
      ["data", "import", "DDI", root, "--out", join(root, "x"), "--repeats", "2"],
      "repeats has no effect without order",
    ],
  ];
  for (const [args, message] of cases) {
    const said = terminal();
    expect(await run(args, said)).toBe(2);
    expect(said.notes.join("\n")).toContain(message);
  }
  expect(existsSync(join(root, "x"))).toBe(false);
});

test("a fine-tuned model answers: greedy, and grounded without inventing anything", async () => {
  const root = rawDdi();
  const title = "Lithium-induced pain.";
  const abstract = "Lithium carbonate caused severe pain and tremor in two patients.";
  const document = {
    title,
    abstract,
    relations: [{ chemical: "D1", disease: "D2" }],
    chemical2id: { lithium: "D1" },
    disease2id: { pain: "D2" },
  };
  const folder = join(root, "cdr");
  mkdirSync(folder);
  writeFileSync(join(folder, "test.json"), JSON.stringify({ "1": document }));
  const names = { greedy: "greedy", beam: "beam 5", grounded: expect.stringMatching(/^grounded, .*calibrated$/) };
  for (const [decoding, name] of Object.entries(names)) {
    const said = terminal();
    const args = [
      "evaluate",
      "bc5cdr",
      "--model",
      WRITER,
      "--data",
      folder,
      "--decoding",
      decoding,
      "--max-new-tokens",
      "40",
    ];
    expect(await run([...args, "--draws", "0", "--json"], said), said.notes.join("\n")).toBe(0);
    const report = JSON.parse(said.out.join(""));
    expect(report).toMatchObject({ task: "bc5cdr", decoding: name, documents: 1 });
    if (decoding === "grounded") expect([report.inventedArguments, report.failed]).toEqual([0, 0]);
  }
});
