import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BiogptError } from "../../base/errors.ts";
import { type BatchSource, packedBatches } from "../data/batch-source.ts";
import { PackedStream, tokenDocuments } from "../data/packed-stream.ts";
import { parsePretrainingSettings } from "../settings/parse-settings.ts";
import { type FakeStep, fakeStep } from "../step/fake-step.fixture.ts";
import { checkpointFolder, checkpointSteps } from "./checkpointing.ts";
import { evaluateHeldOut } from "./evaluate.ts";
import { type LoopOptions, train } from "./loop.ts";
import { ALONE, type Parallel } from "./parallel.ts";
import { readState, restoreOptimizer } from "./resume.ts";
import type { UpdateRecord } from "./run-log.ts";

const VOCABULARY = 20;
let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), "biogpt-run-"));
});
afterEach(() => rmSync(run, { recursive: true, force: true }));

const documents = tokenDocuments(
  Array.from({ length: 30 }, (_, d) => [2, ...Array.from({ length: 5 + d }, (_, i) => 3 + ((i * i + d) % 9))]),
);
const stream = new PackedStream(documents, { length: 16, seed: 3 });
const source = packedBatches(stream, { batch: 8, microBatch: 2 });
const settings = parsePretrainingSettings(
  { model: {}, length: 16, batch: 8, steps: 20, learningRate: 0.05, evaluateEvery: 5, checkpointEvery: 10 },
  "test",
);

function options(step: FakeStep, change: Partial<LoopOptions> = {}): LoopOptions {
  return {
    run,
    settings,
    step,
    source,
    evaluate: () => evaluateHeldOut(step, { stream, sequences: 4, microBatch: 2 }, ALONE),
    saveModel: async (folder) =>
      writeFileSync(join(folder, "model.bin"), Buffer.from((await step.parameter("")).buffer)),
    exactWeights: true,
    ...change,
  };
}

const logged = (): UpdateRecord[] =>
  readFileSync(join(run, "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((record) => "loss" in record);

test("a run logs, plots, evaluates and leaves checkpoints", async () => {
  const step = fakeStep(VOCABULARY);
  const { state } = await train(options(step));
  expect(state).toMatchObject({ step: 20, microBatches: 80, tokens: 20 * 8 * 16 });
  const records = logged();
  expect(records.map((record) => record.step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(records[0]!.loss).toBeCloseTo(Math.log(VOCABULARY), 6);
  expect(records.at(-1)!.loss).toBeLessThan(records[0]!.loss - 0.2);
  expect(readFileSync(join(run, "loss.svg"), "utf8")).toContain('<polyline class="training"');
  expect(readdirSync(run).some((name) => name.startsWith("events.out.tfevents"))).toBe(true);
  expect(checkpointSteps(run)).toEqual([10, 20]); // 5 and 15 were the best of their time
  expect(readState(checkpointFolder(run, 20))).toEqual(state);
  expect(state.best?.step).toBe(20);
});

test("10 updates, a kill and 10 more give the bits of 20", async () => {
  const whole = fakeStep(VOCABULARY);
  await train(options(whole));
  const wanted = Buffer.from((await whole.parameter("")).slice().buffer);
  const losses = logged().map(({ step, loss }) => [step, loss]);
  rmSync(run, { recursive: true });

  const killed = fakeStep(VOCABULARY);
  const dies: BatchSource = {
    ...source,
    microBatches: (update, rank, size) => {
      if (update === 13) throw new Error("killed");
      return source.microBatches(update, rank, size);
    },
  };
  await expect(train(options(killed, { source: dies, settings: { ...settings, evaluateEvery: 0 } }))).rejects.toThrow(
    "killed",
  );
  expect(checkpointSteps(run)).toEqual([10]);
  const resumed = fakeStep(VOCABULARY);
  await restoreOptimizer(checkpointFolder(run, 10), resumed);
  await train(options(resumed, { from: readState(checkpointFolder(run, 10)) }));
  expect(Buffer.from((await resumed.parameter("")).buffer).equals(wanted)).toBe(true);
  expect(logged().map(({ step, loss }) => [step, loss])).toEqual(losses); // updates 11 to 13 stand there once
});

test("stopping writes a checkpoint and says how to go on", async () => {
  const controller = new AbortController();
  const step = fakeStep(VOCABULARY);
  const stopped = train(
    options(step, { signal: controller.signal, onUpdate: (record) => record.step === 7 && controller.abort() }),
  );
  await expect(stopped).rejects.toMatchObject({ code: "training/stopped", kind: "aborted" });
  expect(checkpointSteps(run).at(-1)).toBe(7);
});

test("a loss that is not a number stops the run, names the batch and keeps the checkpoint", async () => {
  const step = fakeStep(VOCABULARY);
  const { accumulate } = step;
  step.accumulate = async (batch) => {
    const result = await accumulate(batch);
    return step.updates === 12 ? { ...result, lossSum: Number.NaN } : result;
  };
  const error = await train(options(step, { settings: { ...settings, evaluateEvery: 0 } })).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "training/diverged" });
  expect((error as BiogptError).what).toMatch(/update 13: its loss is NaN.*blocks 96 to 103, documents \d+/);
  expect((error as BiogptError).fix).toContain("step 10 is whole");
});

test("a loss that keeps rising stops the run", async () => {
  const step = fakeStep(VOCABULARY);
  const { accumulate } = step;
  step.accumulate = async (batch) => {
    const result = await accumulate(batch);
    return { ...result, lossSum: result.lossSum + step.updates * 2 * result.tokens };
  };
  await expect(train(options(step))).rejects.toThrow(/running loss has risen/);
});

test("a full disk while a checkpoint is written costs no older one", async () => {
  const step = fakeStep(VOCABULARY);
  const full = options(step, {
    settings: { ...settings, keep: 1, evaluateEvery: 0 },
    saveModel: async (folder) => {
      writeFileSync(join(folder, "model.bin"), "part");
      if (folder.includes("20")) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    },
  });
  await expect(train(full)).rejects.toMatchObject({
    code: "training/disk-full",
    fix: expect.stringContaining("from step 10"),
  });
  expect(checkpointSteps(run)).toEqual([10]);
  expect(readdirSync(join(run, "checkpoints"))).toEqual(["step-10"]);
});

test("early stopping ends the run after so many evaluations without gain, and the best stays", async () => {
  const step = fakeStep(VOCABULARY);
  let evaluation = 0;
  const losses = [3, 2.5, 2.7, 2.6, 2.9, 3];
  const { state, stoppedEarly } = await train(
    options(step, {
      settings: { ...settings, evaluateEvery: 2, patience: 3, keep: 1, checkpointEvery: 4 },
      evaluate: async () => ({ loss: losses[evaluation++]!, perplexity: 1 }),
    }),
  );
  expect(stoppedEarly).toBe(true);
  expect(state).toMatchObject({ step: 10, best: { step: 4, loss: 2.5 } });
  expect(checkpointSteps(run)).toEqual([4, 10]);
});

test("two processes with half of each batch do what one does", async () => {
  const alone = fakeStep(VOCABULARY);
  await train(options(alone));
  rmSync(run, { recursive: true });
  const steps = [fakeStep(VOCABULARY), fakeStep(VOCABULARY)];
  const parallel = together(2);
  await Promise.all(
    steps.map((step, rank) =>
      train(options(step, { parallel: parallel[rank]!, evaluate: async () => ({ loss: 1, perplexity: 1 }) })),
    ),
  );
  const [one, two] = [await alone.parameter(""), await steps[0]!.parameter("")];
  for (let i = 0; i < VOCABULARY; i++) expect(two[i]).toBeCloseTo(one[i]!, 5);
  expect(steps.map((step) => step.seen.length)).toEqual([40, 40]);
  expect(existsSync(join(run, "log.jsonl"))).toBe(true);
});

/** Processes as promises: a sum is ready when all have asked for it. */
function together(size: number): Parallel[] {
  let waiting: { values: number[]; resolve: (sums: number[]) => void }[] = [];
  const sum = (values: readonly number[]): Promise<number[]> =>
    new Promise((resolve) => {
      waiting.push({ values: [...values], resolve });
      if (waiting.length < size) return;
      const sums = values.map((_, i) => waiting.reduce((total, { values }) => total + values[i]!, 0));
      const all = waiting;
      waiting = [];
      for (const { resolve } of all) resolve(sums);
    });
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    sum,
    sumInPlace: async (values) => values.set(await sum([...values])),
  }));
}
