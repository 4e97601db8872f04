/** A task that is added as one record goes all the way, from raw files to scores: no other file knows of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { decodeText, readBytes } from "../corpora/tasks/task-files.ts";
import type { EvaluatedTask } from "../evaluation/evaluated-task.ts";
import { registerEvaluatedTask } from "../evaluation/registry.ts";
import { examineLabels } from "../evaluation/report/examine-labels.ts";
import { resampled } from "../evaluation/scorers/bootstrap.ts";
import type { GoldLabels, TaskExample } from "../tasks/example.ts";
import { mapSplits } from "../tasks/map-splits.ts";
import { readManifest } from "../tasks/task-data.ts";
import { parseFineTuningSettings } from "../training/settings/parse-settings.ts";
import { distantData, evaluate, finetune, importData } from "./index.ts";
import { writeTinyModel } from "./reproduction/raw-tasks.fixture.ts";
import { recipesOf } from "./training/recipes.ts";
import { readSettings } from "./training/run-settings.ts";
import { biogptProcess } from "./training/small-data.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-toy-"));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a sentence speaks of pain: "the sentence hurts." */
const PHRASE = /the sentence (\w+)\.?$/;
const read = (text: string): string | undefined => PHRASE.exec(text)?.[1];

const hurting: EvaluatedTask = {
  task: {
    name: "toy",
    title: "Toy",
    items: "labels",
    formats: [],
    listensTo: ["fold"],
    build(root, { fold = 0 }) {
      const file = readBytes(join(root, "lines.txt"));
      const rows = decodeText(file)
        .trim()
        .split("\n")
        .map((line, index) => ({ id: `${index}`, text: line, label: line.includes("pain") ? "hurts" : "heals" }));
      return {
        splits: mapSplits(
          { train: rows, valid: rows.slice(fold), test: rows },
          ({ id, text, label }): TaskExample<GoldLabels> => ({
            ...{ id, source: text, target: `the sentence ${label}.` },
            document: { id, source: root, passages: [{ kind: "text", text }] },
            gold: { kind: "labels", labels: [label] },
          }),
        ),
        files: [{ name: join(root, "lines.txt"), sha256: file.sha256 }],
        ...{ surprises: [], setting: `fold ${fold}` },
      };
    },
    parse: read,
    recipes: {
      paper: {
        ...{ peakLearningRate: 1e-4, warmupUpdates: 1, length: { epochs: 1 }, maxSourceTokens: 100, learnedPrompt: 2 },
        ...{ batchTokens: 300, accumulation: 1, averageLast: 1 },
      },
      small: { peakLearningRate: 1e-3, updates: 12, accumulation: 1, maxSourceTokens: 90, learnedPrompt: 2 },
    },
    decodings: ["greedy"],
    reproduction: { decodings: ["greedy"] },
  },
  score(outputs) {
    const right = outputs.map(({ example, output }) => read(output) === (example.gold as GoldLabels).labels[0]);
    const accuracy = right.filter(Boolean).length / right.length;
    return {
      scores: { precision: null, recall: null, accuracy },
      details: { right: right.filter(Boolean).length },
      drawn: resampled(right, (sample) => sample.filter(Boolean).length / sample.length),
      inventedArguments: null,
      read: outputs.map(({ output }) => read(output)),
    };
  },
  mainScore: { name: "accuracy", label: "accuracy", of: ({ accuracy }) => accuracy },
  furtherScores: [],
  baselines: [{ name: "always-hurts", predictor: () => () => "the sentence hurts." }],
  paper: { biogpt: { system: "nobody" }, large: { system: "nobody" }, others: [] },
  examine: () =>
    examineLabels(
      ({ gold }) => (gold as GoldLabels).labels,
      (text) => [read(text) ?? []].flat(),
    ),
};

let registered: Disposable;
beforeEach(() => {
  registered = registerEvaluatedTask(hurting);
});
afterEach(() => registered[Symbol.dispose]());

test("import, recipe, training, evaluation by gold, baseline and model", async () => {
  writeFileSync(at("lines.txt"), "aspirin causes pain .\nwarfarin reduces pain .\nlithium reduces fever .\n");
  const manifest = await importData("Toy", folder, { out: at("data"), fold: 1 });
  expect(manifest).toMatchObject({ task: "toy", setting: "fold 1", splits: { valid: { examples: 2, items: 2 } } });
  expect(readManifest(at("data")).task).toBe("toy");
  await expect(importData("toy", folder, { out: at("other"), template: "svo" })).rejects.toThrow("It listens to fold.");
  await expect(distantData("toy", { data: at("data"), out: at("x") })).rejects.toThrow("can not be labelled");

  const settings = readSettings(
    { recipe: "toy", overrides: {} },
    { presets: recipesOf("small"), parse: parseFineTuningSettings },
  );
  expect(settings).toMatchObject({ steps: 12, maxSource: 90, prompt: 2, optimizer: "muon" });

  const gold = await evaluate("toy", { data: at("data"), gold: true, draws: 0 });
  expect(gold).toMatchObject({ task: "toy", accuracy: 1, decoding: "gold", errors: { right: 3 } });
  const trivial = await evaluate("toy", { data: at("data"), baseline: "always-hurts", report: at("report.html") });
  expect(trivial.accuracy).toBeCloseTo(2 / 3, 12);
  expect(readFileSync(at("report.html"), "utf8")).toContain("<h1>Toy, test: always-hurts</h1>");

  await writeTinyModel(folder);
  const training = { task: "toy", recipe: "small", model: at("base"), data: at("data"), out: at("run") } as const;
  await finetune({ ...training, threads: 1, settings: { scoreDocuments: 2, evaluateEvery: 6 } });
  const asked = await evaluate("toy", { data: at("data"), model: at("run"), maxNewTokens: 8, threads: 1 });
  expect(asked).toMatchObject({ documents: 3, aboveTrivial: { system: "always-hurts" } });
});

test("once it is taken away nobody knows it", async () => {
  registered[Symbol.dispose]();
  await expect(evaluate("toy", { data: at("data"), gold: true })).rejects.toMatchObject({ code: "tasks/unknown-task" });
  registered = registerEvaluatedTask(hurting);
  expect(await biogptProcess(["data", "import", "toy", folder, "--out", at("y")])).toMatchObject({ code: 2 });
});
