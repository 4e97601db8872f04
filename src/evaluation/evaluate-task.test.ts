/**
 * Ceilings: gold targets through tokenizer, detokenizer, post-processing and scorer. Wanted values: the spec, sections 4 and 8,
 * computed there from the real files with the original scripts.
 */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { openTokenizerFolder } from "../pretrained/load/tokenizer-folder.ts";
import { buildExamples, type TaskData } from "../tasks/build-examples.ts";
import type { TaskName } from "../tasks/example.ts";
import { type EvaluateOptions, evaluateTask, type Predict } from "./evaluate-task.ts";
import { baseline } from "./scorers/baselines.ts";
import { mosesChain, tokenizerChain } from "./scorers/tokenizer-ceiling.ts";

const DATA = "../shared/data/tasks";
const VOCABULARY = "../shared/data/tokenizer/biogpt";
const withData = test.skipIf(!existsSync(DATA));
const withVocabulary = test.skipIf(!existsSync(DATA) || !existsSync(VOCABULARY));
const FOLDERS: Record<TaskName, string> = {
  bc5cdr: "BC5CDR",
  ddi: "DDI",
  "kd-dti": "KD-DTI",
  hoc: "HoC",
  pubmedqa: "PubMedQA",
};
const built = new Map<TaskName, TaskData>();
function data(task: TaskName): TaskData {
  if (!built.has(task)) built.set(task, buildExamples(task, `${DATA}/${FOLDERS[task]}`));
  return built.get(task)!;
}
const gold: Predict = ({ target }) => mosesChain(target);
const quick = { decoding: "gold", bootstrap: { draws: 0 } } as const;
const report = async (task: TaskName, predict: Predict = gold, options: Partial<EvaluateOptions> = {}) =>
  (await evaluateTask(data(task), predict, { ...quick, ...options })).report;

withData("BC5CDR: the published chain loses 32 gold relations, the lossless lookup hardly any", async () => {
  const published = await report("bc5cdr");
  expect(published.details).toMatchObject({ truePositives: 1034, falsePositives: 31, falseNegatives: 32 });
  expect(published.f1!.toFixed(5)).toBe("0.97044");
  expect(published).toMatchObject({ task: "bc5cdr", split: "test", setting: "rel-is", documents: 500, failed: 0 });
  expect(published.paper).toMatchObject({ precision: 49.44, recall: 41.28, f1: 44.98, large: { f1: 50.12 } });
  const undamaged = await report("bc5cdr", ({ target }) => target);
  expect(undamaged.f1!.toFixed(3)).toBe("0.981");
  const lossless = await report("bc5cdr", gold, { lookup: "lossless" });
  expect(lossless.setting).toBe("rel-is, lossless lookup");
  expect(lossless.f1).toBeGreaterThanOrEqual(0.993);
});

withData("DDI 1.0, KD-DTI .9983 over all documents, HoC 1.0, PubMedQA 500 of 500", async () => {
  const ddi = await report("ddi");
  expect([ddi.precision, ddi.recall, ddi.f1, ddi.microF1]).toEqual([1, 1, 1, 1]);
  const dti = await report("kd-dti", gold, { subset: "all" });
  expect(dti.f1!.toFixed(4)).toBe("0.9983");
  expect((dti.details["ontology"] as { f1: number }).f1.toFixed(4)).toBe("0.9985");
  expect(dti.setting).toBe("rel-is, placeholders as names");
  const named = await report("kd-dti");
  expect(named.setting).toBe("rel-is, named subset (587 of 1159 documents)");
  expect(named.documents).toBe(587);
  const hoc = await report("hoc");
  expect([hoc.microF1, (hoc.details["withoutEmpty"] as { f1: number }).f1]).toEqual([1, 1]);
  const questions = await report("pubmedqa");
  expect([questions.accuracy, questions.details["correct"], questions.documents]).toEqual([1, 500, 500]);
});

withVocabulary("the chain over ids gives the chain over words: no piece of a gold target is unknown", async () => {
  const unknown: string[] = [];
  const chain = tokenizerChain(await openTokenizerFolder(VOCABULARY), (text) => unknown.push(text));
  for (const task of ["bc5cdr", "ddi", "kd-dti", "hoc", "pubmedqa"] as const) {
    const targets = new Set(
      Object.values(data(task).splits).flatMap((examples) => examples.map(({ target }) => target)),
    );
    for (const target of targets) expect(chain(target)).toBe(mosesChain(target));
  }
  expect(unknown).toEqual([]);
});

withData("trivial baselines", async () => {
  const empty = await report("hoc", baseline("always-empty", data("hoc")));
  expect(empty.microF1!.toFixed(5)).toBe("0.67899");
  expect((empty.details["withoutEmpty"] as { f1: number }).f1).toBe(0);
  const yes = await report("pubmedqa", baseline("always-yes", data("pubmedqa")));
  expect(yes.accuracy).toBe(0.552);
  expect(yes.macroF1!.toFixed(4)).toBe("0.2371"); // (2 · .552 / 1.552) / 3
  const none = await report("ddi", baseline("always-empty", data("ddi")));
  expect([none.f1, none.failed]).toEqual([0, 191]);
  const copied = await report("bc5cdr", baseline("copy-all-pairs", data("bc5cdr")));
  expect(copied.inventedArguments).toBeLessThan(0.001); // names are cut from the text; one holds an " and "
  expect(copied.recall).toBeGreaterThan(copied.precision!);
  expect(() => baseline("always-yes", data("hoc"))).toThrow("means nothing for hoc");
  expect(() => baseline("always-emty", data("hoc"))).toThrow('Did you mean "always-empty"?');
});

withData("confidence intervals hold the score, and repeat with the seed", async () => {
  const predict = baseline("always-yes", data("pubmedqa"));
  const run = (seed: number) => report("pubmedqa", predict, { bootstrap: { draws: 500, seed } });
  const { confidence } = await run(1);
  expect(confidence!.low).toBeLessThan(0.552);
  expect(confidence!.high).toBeGreaterThan(0.552);
  expect(confidence!.high - confidence!.low).toBeCloseTo(2 * 1.96 * Math.sqrt((0.552 * 0.448) / 500), 1);
  expect((await run(1)).confidence).toEqual(confidence);
  expect((await run(2)).confidence).not.toEqual(confidence);
});

withData("invented arguments are counted, unread answers are failures, an absent split is said", async () => {
  const invented = await report("bc5cdr", () => "the relation between unobtainium and hypotension exists.");
  expect(invented.inventedArguments).toBeGreaterThanOrEqual(0.5);
  expect((await report("pubmedqa", () => "perhaps")).failed).toBe(500);
  await expect(report("kd-dti", gold, { split: "train" })).rejects.toThrow('no examples in "train"');
});

withData("stops when asked to", async () => {
  const controller = new AbortController();
  const predict: Predict = ({ target }) => {
    controller.abort();
    return target;
  };
  await expect(report("ddi", predict, { signal: controller.signal })).rejects.toMatchObject({ code: "aborted" });
});
