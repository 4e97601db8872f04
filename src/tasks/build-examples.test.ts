/** First targets, examples and lengths of the spec, sections 4.2 to 4.6 and 8. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { buildExamples } from "./build-examples.ts";
import type { GoldRelations, TaskName } from "./example.ts";

const DATA = "../shared/data/tasks";
const FOLDERS: Record<TaskName, string> = {
  bc5cdr: "BC5CDR",
  ddi: "DDI",
  "kd-dti": "KD-DTI",
  hoc: "HoC",
  pubmedqa: "PubMedQA",
};
const withData = test.skipIf(!existsSync(DATA));
const build = (task: TaskName, options = {}) => buildExamples(task, `${DATA}/${FOLDERS[task]}`, options);

withData("BC5CDR: content by the title rule, each id as its longest mention, file order", () => {
  const { splits, setting } = build("bc5cdr");
  expect(setting).toBe("rel-is");
  expect(splits.train![0]).toMatchObject({
    id: "227508",
    source: expect.stringMatching(/^naloxone reverses the antihypertensive effect of clonidine. in unanesthetized, /),
    target: "the relation between alpha-methyldopa and hypotensive exists.",
  });
  const example = splits.train!.find(({ id }) => id === "26094")!; // the spec's first target: the lowest PMID
  expect(example.target).toBe("the relation between methyl dopa and depressions exists.");
  expect(build("bc5cdr", { template: "svo" }).splits.train![0]!.target).toBe(
    "alpha-methyldopa correlates with hypotensive.",
  );
});

test("BC5CDR: of equally long mentions of an id the first is written", () => {
  const root = temporaryFolder();
  const document = {
    title: "T",
    abstract: "A",
    relations: [{ chemical: "D1", disease: "D2" }],
    chemical2id: { ab: "D1", abc: "D1", xyz: "D1" },
    disease2id: { pain: "D2" },
  };
  writeFileSync(join(root, "test.json"), JSON.stringify({ "1": document }));
  expect(buildExamples("bc5cdr", root).splits.test![0]!.target).toBe("the relation between abc and pain exists.");
});

withData("BC5CDR from PubTator: the three relations without a mention are in the gold, not in the target", () => {
  const { splits, surprises } = build("bc5cdr", { format: "pubtator" });
  const gold = splits.valid!.flatMap(({ gold }) => (gold as GoldRelations).relations);
  expect(gold.length).toBe(1012);
  expect(gold.filter(({ head, tail }) => head === "" || tail === "").length).toBe(3);
  expect(surprises).toContainEqual({
    code: "bc5cdr/unnamed-argument",
    text: expect.stringContaining("3 relations of valid have an argument without a mention of its own"),
  });
});

withData("DDI: documents without relations stand apart; sorting repeats the case bug unless asked not to", () => {
  const { splits, withoutRelations } = build("ddi");
  const counts = (["train", "valid", "test"] as const).map((split) => [
    splits[split]!.length,
    withoutRelations[split]!.length,
  ]);
  expect(counts).toEqual([
    [469, 195],
    [41, 9],
    [191, 0],
  ]);
  const first = splits.train![0]!;
  expect(first.id).toBe("DDI-DrugBank.d73");
  // "Calcium channel blockers" has a capital, is not found in the lower-cased text, and so comes before "reserpine".
  expect(first.target).toMatch(/^the interaction between calcium channel blockers and tenormin is effect; /);
  const appearance = build("ddi", { order: "appearance" }).splits.train![0]!;
  expect(appearance.target).toMatch(/^the interaction between reserpine and beta-blocking agent is effect; /);
  expect(build("ddi", { template: "2type" }).splits.train![0]!.target).toMatch(
    /^calcium channel blockers and tenormin are effect; /,
  );
});

withData("KD-DTI: forms of one document, named documents told apart", () => {
  const { splits } = build("kd-dti");
  expect(splits.train).toBeUndefined();
  const named = splits.test!.filter(({ gold }) => (gold as GoldRelations).named);
  expect(named.length).toBe(587);
  const { drug, target, label } =
    /^the interaction between (?<drug>[^;]*) and (?<target>[^;]*) is (?<label>inhibitor)\.$/.exec(
      named.find(({ target }) => /^the interaction between [^;]* is inhibitor\.$/.test(target))!.target,
    )!.groups!;
  const at = splits.test!.findIndex(
    (example) => example.target === `the interaction between ${drug} and ${target} is ${label}.`,
  );
  const form = (template: string): string => build("kd-dti", { template }).splits.test![at]!.target;
  expect(form("svo")).toBe(`${drug} inhibits ${target}.`);
  expect(form("is-of")).toBe(`${drug} is the inhibitor of ${target}.`);
  expect(form("htr")).toBe(`<h> ${drug} <t> ${target} <r> inhibitor.`);
});

withData("HoC: first target; a validation part by whole articles, or none", () => {
  const { splits } = build("hoc", { validationShare: 0 });
  expect(splits.train![0]!.target).toBe("the type of this document is empty.");
  expect([splits.train!.length, splits.valid?.length, splits.test!.length]).toEqual([9972, undefined, 4947]);
  const carved = build("hoc").splits;
  expect(carved.train!.length + carved.valid!.length).toBe(9972);
  expect(carved.valid!.length / 9972).toBeGreaterThan(0.095);
  expect(carved.valid!.length / 9972).toBeLessThan(0.11);
  const article = (example: { gold: object }): string => (example.gold as { article: string }).article;
  const trained = new Set(carved.train!.map(article));
  expect(carved.valid!.filter((example) => trained.has(article(example)))).toEqual([]);
  expect(build("hoc").splits.valid![0]!.id).toBe(carved.valid![0]!.id);
  expect(build("hoc", { seed: 2 }).splits.valid!.map(({ id }) => id)).not.toEqual(carved.valid!.map(({ id }) => id));
});

withData("PubMedQA: both settings by name", () => {
  const required = build("pubmedqa").splits;
  expect([required.train!.length, required.valid!.length, required.test!.length]).toEqual([450, 50, 500]);
  const example = required.test![0]!;
  expect(example.source).toMatch(
    /^question: Is anorectal endosonography valuable in dyschesia\? context: Dyschesia .* $/,
  );
  expect(example.target).toBe("the answer to the question given the context is yes.");
  const free = build("pubmedqa", { setting: "reasoning-free" }).splits.test![0]!;
  expect(free.source).toMatch(/^question: is anorectal .* answer: .*\.$/);
});

withData("an option that a task does not listen to is an error", () => {
  expect(() => build("pubmedqa", { template: "svo" })).toThrow("The option template means nothing for pubmedqa");
  expect(() => build("bc5cdr", { template: "is-of" })).toThrow('no target form "is-of"');
  expect(() => build("ddi", { format: "bioc" })).toThrow('ddi has no format "bioc"');
});

test("order random: train over and over, each relation first equally often; the other splits stay", () => {
  const root = temporaryFolder();
  const triples = ["a", "b", "c"].map((drug) => ({ drug, target: "d", interaction: "effect" }));
  const documents = {
    "1": { abstract: "a b c d", triples },
    "2": { abstract: "a b c d", triples: triples.slice(0, 1) },
    "3": { abstract: "nothing", triples: [] },
  };
  for (const split of ["train", "valid"]) writeFileSync(join(root, `${split}.json`), JSON.stringify(documents));
  const options = { order: "random", repeats: 6, seed: 5 } as const;
  const { splits, withoutRelations, setting } = buildExamples("ddi", root, options);
  expect(setting).toBe("rel-is, order random, 6 times, seed 5");
  expect(splits.train!.map(({ id }) => id)).toEqual(Array.from({ length: 6 }, () => ["1", "2"]).flat());
  expect([withoutRelations.train!.length, splits.valid!.length]).toEqual([1, 2]);
  expect(splits.valid).toEqual(buildExamples("ddi", root).splits.valid);
  const targets = splits.train!.filter(({ id }) => id === "1").map(({ target }) => target);
  const firsts = targets.map((target) => /between (.) and d/.exec(target)![1]!);
  expect(firsts.slice(0, 3).toSorted()).toEqual(["a", "b", "c"]);
  expect(firsts.slice(3).toSorted()).toEqual(["a", "b", "c"]);
  for (const target of targets) expect(new Set(target.match(/between (.)/g)).size).toBe(3);
  expect(new Set(targets).size).toBeGreaterThan(2);
  expect(buildExamples("ddi", root, options)).toEqual(buildExamples("ddi", root, options));
  expect(buildExamples("ddi", root, { ...options, seed: 6 }).splits.train).not.toEqual(splits.train);
  expect(buildExamples("ddi", root, { order: "random" }).splits.train!.length).toBe(2);
  expect(() => buildExamples("ddi", root, { repeats: 2 })).toThrow("repeats has no effect without order random");
  expect(() => buildExamples("ddi", root, { seed: 2 })).toThrow("seed has no effect without order random");
  expect(() => buildExamples("ddi", root, { order: "random", repeats: 0 })).toThrow("0 times");
});

withData("BC5CDR in random order: the same relations, an unnamed one left out as before", () => {
  const [usual, random] = [{}, { order: "random", repeats: 2 } as const].map(
    (options) => build("bc5cdr", { format: "pubtator", ...options }).splits.train!,
  );
  expect(random!.length).toBe(2 * usual!.length);
  const sentences = (target: string): string[] => target.slice(0, -1).split("; ").toSorted();
  for (const [at, { target }] of random!.entries())
    expect(sentences(target)).toEqual(sentences(usual![at % usual!.length]!.target));
});

test("a label that the scheme does not list and a question without a context are counted", () => {
  const root = temporaryFolder();
  const triple = (interaction: string) => ({ drug: "a", target: "b", interaction });
  const documents = { "1": { abstract: "a b", triples: [triple("effect"), triple("efect"), triple("efect")] } };
  writeFileSync(join(root, "train.json"), JSON.stringify(documents));
  expect(buildExamples("ddi", root).surprises).toEqual([
    { code: "ddi/foreign-labels", text: '2 relations of train have a label that drug-drug does not list: "efect" 2.' },
  ]);
  const questions = temporaryFolder();
  const record = (CONTEXTS: string[]) => ({
    QUESTION: "Q?",
    CONTEXTS,
    LABELS: [],
    LONG_ANSWER: "L",
    final_decision: "yes",
  });
  const all = Array.from({ length: 40 }, (_, at) => [`${at}`, record(at % 2 === 0 ? ["Text."] : [" "])]);
  writeFileSync(join(questions, "ori_pqal.json"), JSON.stringify(Object.fromEntries(all)));
  const told = buildExamples("pubmedqa", questions).surprises.filter(({ code }) => code === "pubmedqa/empty-context");
  const counts = told.map(({ text }) => Number.parseInt(text, 10));
  expect(counts.reduce((sum, count) => sum + count)).toBe(20);
  expect(told[0]!.text).toMatch(/^\d+ examples of train have no context to answer from; they count all the same\.$/);
});
