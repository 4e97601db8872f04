import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { buildExamples, type TaskData } from "../../tasks/build-examples.ts";
import type { TaskName } from "../../tasks/example.ts";
import { evaluateTask, type Predict } from "../evaluate-task.ts";
import { aboveTrivial } from "../scorers/above-trivial.ts";
import { baseline } from "../scorers/baselines.ts";
import { mosesChain } from "../scorers/tokenizer-ceiling.ts";
import { renderTaskReport, summarize } from "./report.ts";
import { examine } from "./report-examples.ts";
import { escapeHtml, html, renderPage } from "./report-page.ts";

const DATA = fileURLToPath(new URL("../../../../shared/data/tasks", import.meta.url));
const options = { decoding: "test", bootstrap: { draws: 20 } };

/** DDI in little: gold "a-b effect" and "a-c int" in document 1. */
function drugData(abstract = "Aspirin raises warfarin and lithium."): TaskData {
  const passages = [{ kind: "abstract" as const, text: abstract }];
  return {
    task: "ddi",
    setting: "rel-is",
    files: [{ name: "/x/DDI/test.json", sha256: "ab" }],
    surprises: [],
    withoutRelations: {},
    splits: {
      test: [
        {
          id: "1",
          source: abstract.toLowerCase(),
          target: "x",
          document: { id: "1", source: "-", passages },
          gold: {
            kind: "relations",
            named: true,
            relations: [
              { head: "aspirin", tail: "warfarin", relation: "effect" },
              { head: "aspirin", tail: "lithium", relation: "int" },
            ],
          },
        },
      ],
    },
  };
}

const sentence = (head: string, tail: string, relation: string): string =>
  `the interaction between ${head} and ${tail} is ${relation}`;

test("each statement gets its kind, its probability and its places", async () => {
  const said: [string, number][] = [
    [sentence("aspirin", "warfarin", "effect"), 0.9],
    [sentence("aspirin", "lithium", "mechanism"), 0.8],
    [sentence("lithium", "aspirin", "int"), 0.7],
    [sentence("aspirin", "ibuprofen", "effect"), 0.6],
    [sentence("warfarin", "lithium", "effect"), 0.5],
  ];
  const predict: Predict = () => ({
    text: `${said.map(([text]) => text).join("; ")}.`,
    statements: said.map(([text, probability]) => ({ text, probability })),
  });
  const data = drugData();
  const evaluation = await evaluateTask(data, predict, options);
  const examination = examine(data, evaluation);
  expect(examination.examples[0]!.statements.map(({ kind, probability }) => [kind, probability])).toEqual([
    ["right", 0.9],
    ["relation", 0.8],
    ["swapped", 0.7],
    ["invented", 0.6],
    ["spurious", 0.5],
    ["missed", undefined],
  ]);
  expect(examination.examples[0]!.statements[0]!.heads).toEqual([{ passage: 0, start: 0, end: 7 }]);
  expect(examination).toMatchObject({ gold: 2, counts: { right: 1, missed: 1 } });
  expect(summarize(examination)).toMatchObject({
    calibration: { statements: 5 },
    bestThreshold: { threshold: 0.9, precision: 1, recall: 0.5 },
  });
});

test("the page shows scores, errors, settings, and the source with its arguments marked", async () => {
  const data = drugData();
  const predict: Predict = () => ({
    text: sentence("aspirin", "warfarin", "effect"),
    statements: [{ text: sentence("aspirin", "warfarin", "effect"), probability: 0.25 }],
  });
  const evaluation = await evaluateTask(data, predict, options);
  const trivial = await evaluateTask(data, baseline("always-empty", data), { ...options, decoding: "always-empty" });
  const page = renderTaskReport(data, evaluation, {
    baselines: [trivial.report],
    aboveTrivial: aboveTrivial(evaluation, [trivial], { draws: 20 }),
    run: [["command", "biogpt evaluate"]],
  });
  expect(page).toContain("40.76"); //                    the paper's F1
  expect(page).toContain("always-empty (trivial, here)");
  expect(page).toMatch(/<span>[\d.]+ points above always-empty \([\d.]+\), with 95 % confidence/);
  expect(page).toContain('<mark class="head">Aspirin</mark> raises <mark class="tail">warfarin</mark>');
  expect(page).toContain("1 missed");
  expect(page).toContain("<dt>command</dt><dd>biogpt evaluate</dd>");
  expect(page).toContain("DDI/test.json");
  expect(page.match(/<svg/g)).toHaveLength(3);
  expect(page).not.toMatch(/https?:\/\/|<script|<link|url\(|@import/);
  const silent = renderTaskReport(data, trivial, { run: [] });
  expect(silent).toContain("carry no probabilities");
});

test("arguments that overlap are marked without saying a word twice", async () => {
  const data = drugData();
  const predict: Predict = () =>
    `${sentence("aspirin raises warfarin", "lithium", "int")}; ${sentence("warfarin and", "lithium", "int")}`;
  const page = renderTaskReport(data, await evaluateTask(data, predict, options), { run: [] });
  const source = /<div class="source"><p>(.*?)<\/p>/.exec(page)![1]!;
  expect(source.replace(/<[^>]*>/g, "")).toBe("Aspirin raises warfarin and lithium.");
  expect(source).toContain('<mark class="head">Aspirin raises warfarin</mark> and');
});

test("BC5CDR: a mention means what the last document of the split says, as published", async () => {
  const document = { id: "1", source: "-", passages: [{ kind: "abstract" as const, text: "Iron caused pain." }] };
  const example = (id: string, chemical: string) => ({
    ...{ id, source: "iron caused pain.", target: "x", document: { ...document, id } },
    gold: {
      kind: "relations" as const,
      named: true,
      relations: [{ head: "iron", tail: "pain", relation: "chemical-induced disease", headId: chemical, tailId: "D9" }],
      mentions: { chemicals: [["iron", chemical]] as const, diseases: [["pain", "D9"]] as const },
    },
  });
  const test = [example("1", "D1"), example("2", "D2")];
  const data: TaskData = { ...drugData(), task: "bc5cdr", splits: { test } };
  const predict: Predict = () => "the relation between iron and pain exists.";
  const kinds = async (lookup: "published" | "lossless"): Promise<string[]> =>
    examine(data, await evaluateTask(data, predict, { ...options, lookup })).examples.map(
      ({ statements }) => statements[0]!.kind,
    );
  expect(await kinds("published")).toEqual(["spurious", "right"]);
  expect(await kinds("lossless")).toEqual(["right", "right"]);
  // "tin" is in the table with the id -1, "zinc" is not in it: to the official scorer both are (null, D9), one false positive.
  const tin = example("1", "D1");
  const chemicals = [["iron", "D1"] as const, ["tin", "-1"] as const];
  const nameless: TaskData = {
    ...data,
    splits: { test: [{ ...tin, gold: { ...tin.gold, mentions: { ...tin.gold.mentions, chemicals } } }] },
  };
  const twice: Predict = () => "the relation between tin and pain exists; the relation between zinc and pain exists.";
  const evaluation = await evaluateTask(nameless, twice, options);
  const { counts } = examine(nameless, evaluation);
  expect(evaluation.report.details).toMatchObject({ falsePositives: 1, falseNegatives: 1 });
  expect([counts.invented + counts.spurious, counts.missed]).toEqual([1, 1]);
});

test("nothing in a document, an answer, a file name or a setting becomes markup", async () => {
  const evil = `<img src=x onerror="alert(1)"></script>'&`;
  const base = drugData(`Aspirin ${evil} warfarin.`);
  const example = base.splits.test![0]!;
  const data: TaskData = {
    ...base,
    files: [{ name: evil, sha256: evil }],
    surprises: [{ code: "x", text: evil }],
    splits: { test: [{ ...example, id: evil }] },
  };
  const predict: Predict = () => ({
    text: sentence(evil, "warfarin", evil),
    statements: [{ text: evil, probability: 1 }],
  });
  const evaluation = await evaluateTask(data, predict, { ...options, decoding: evil });
  const page = renderTaskReport(data, evaluation, { run: [[evil, evil]] });
  expect(page).not.toContain("<img");
  expect(page).not.toContain("</script");
  expect(page).not.toContain('onerror="');
  expect(page.split("&#60;img").length).toBeGreaterThan(7);
  const attribute = html`<p class="${evil}">${[evil, 1, null, undefined, html`<b>${"<"}</b>`]}</p>`;
  expect(attribute.text).not.toContain("<img");
  expect(attribute.text).toMatch(/1<b>&#60;<\/b><\/p>$/);
  expect(escapeHtml(`&<>"'`)).toBe("&#38;&#60;&#62;&#34;&#39;");
  expect(renderPage("<t>", html``)).toContain("<title>&#60;t&#62;</title>");
});

test.skipIf(!existsSync(DATA))("the errors add up to what the official scorers count", async () => {
  const check = async (task: TaskName, predict: Predict): Promise<ReturnType<typeof examine>> => {
    const data = buildExamples(task, DATA);
    return examine(data, await evaluateTask(data, predict, { decoding: "gold", bootstrap: { draws: 0 } }));
  };
  const cdr = (await check("bc5cdr", ({ target }) => mosesChain(target))).counts;
  expect([cdr.right, cdr.invented + cdr.spurious, cdr.missed]).toEqual([1034, 31, 32]); // the spec's TP, FP, FN
  const yes = (await check("pubmedqa", () => "the answer to the question given the context is yes.")).counts;
  expect([yes.right, yes.spurious, yes.missed]).toEqual([276, 224, 224]);
  const unread = (await check("pubmedqa", () => "perhaps")).counts;
  expect([unread.right, unread.unread]).toEqual([0, 500]);
});
