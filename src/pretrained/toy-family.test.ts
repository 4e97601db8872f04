/**
 * A model family is one record: registered, a folder of it is loaded, continued, scored, trained, encoded and inspected, and nothing else in
 * the package knows it. Wanted values come from a forward pass in float64 that is written out below.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCheckpoint, writeSafetensors } from "../checkpoints/index.ts";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { parameterCount } from "../models/family.ts";
import { registerModelFamily } from "../models/registry.ts";
import { SequenceEncoder } from "../models/sequence-encoder.ts";
import { EPSILON, TOY, TOY_CONFIG } from "../models/toy-family.fixture.ts";
import { openDevice } from "../runtime/device.ts";
import { createTrainingStep } from "../training/step/training-step.ts";
import { compileModel } from "./load/compile-model.ts";
import { inspectModel } from "./load/inspection.ts";
import { loadModelFolder } from "./load/load-folder.ts";
import { readModelCheckpoint } from "./load/model-checkpoint.ts";

registerModelFamily(TOY);
const LETTERS = "^$_abcdefghijklmnopqrstuvwxyz ";
const initial = (name: string): Float32Array => TOY.initialValues!(TOY_CONFIG, name, shapeOf(name), { seed: 3 });
const shapeOf = (name: string): readonly number[] => TOY.tensors(TOY_CONFIG).find((spec) => spec.name === name)!.shape;

async function toyFolder(): Promise<string> {
  const folder = temporaryFolder();
  const tensors = TOY.tensors(TOY_CONFIG).map(({ name, huggingFace, shape }) => ({
    ...{ name: huggingFace, dtype: "float32" as const, shape },
    data: initial(name),
  }));
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  writeFileSync(join(folder, "config.json"), JSON.stringify(TOY.toConfigJson(TOY_CONFIG)));
  writeFileSync(join(folder, "letters.txt"), LETTERS);
  return folder;
}
const folder = await toyFolder();

/** Hidden states after the last norm, float64, one row a token. */
function twin(ids: readonly number[], causal: boolean): number[][] {
  const { width: C, heads: H, keyValueHeads: G, layers } = TOY_CONFIG;
  const D = C / H;
  const weight = (name: string): number[][] => {
    const [rows, columns] = shapeOf(name) as [number, number];
    const values = initial(name);
    return Array.from({ length: rows }, (_, r) => Array.from(values.subarray(r * columns, (r + 1) * columns)));
  };
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const times = (x: number[], name: string): number[] => weight(name).map((row) => dot(row, x));
  const norm = (x: number[]): number[] => x.map((value) => value / Math.sqrt(dot(x, x) / C + EPSILON)); // gains are 1
  const turn = (x: number[], position: number): number[] =>
    x.map((value, at) => {
      const [d, half] = [at % D, D / 2];
      const angle = position / 10_000 ** ((2 * (d % half)) / D);
      const other = d < half ? -x[at + half]! : x[at - half]!;
      return value * Math.cos(angle) + other * Math.sin(angle);
    });
  let x = ids.map((id) => weight("tokenEmbedding")[id]!);
  for (let n = 0; n < layers; n++) {
    const at = `blocks.${n}`;
    const inner = x.map(norm);
    const query = inner.map((row, t) => turn(times(row, `${at}.query.weight`), t));
    const key = inner.map((row, t) => turn(times(row, `${at}.key.weight`), t));
    const value = inner.map((row) => times(row, `${at}.value.weight`));
    const part = (row: number[], head: number): number[] => row.slice(head * D, (head + 1) * D);
    x = x.map((row, t) => {
      const attended = Array.from({ length: H }, (_, h) => {
        const g = Math.floor((h * G) / H);
        const seen = causal ? t + 1 : ids.length;
        const scores = key.slice(0, seen).map((k) => Math.exp(dot(part(query[t]!, h), part(k, g)) / Math.sqrt(D)));
        const total = scores.reduce((sum, score) => sum + score, 0);
        return Array.from({ length: D }, (_, d) =>
          scores.reduce((sum, score, s) => sum + (score / total) * value[s]![g * D + d]!, 0),
        );
      }).flat();
      const middle = times(attended, `${at}.output.weight`).map((v, c) => v + row[c]!);
      const gate = times(norm(middle), `${at}.gate.weight`).map((v) => v / (1 + Math.exp(-v)));
      const gated = times(norm(middle), `${at}.up.weight`).map((v, f) => v * gate[f]!);
      return times(gated, `${at}.down.weight`).map((v, c) => v + middle[c]!);
    });
  }
  return x.map(norm);
}

/** Log-probability of each token but the first. */
function twinScore(ids: readonly number[]): number[] {
  const head = initial("head.weight");
  const { width: C, vocabularySize: V } = TOY_CONFIG;
  return twin(ids, true)
    .slice(0, -1)
    .map((row, t) => {
      const logits = Array.from({ length: V }, (_, v) =>
        row.reduce((sum, value, c) => sum + value * head[v * C + c]!, 0),
      );
      return logits[ids[t + 1]!]! - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    });
}

const IDS = [0, 5, 9, 11, 3, 7, 28, 4];

test("a folder of the family is loaded, scored and continued by its record alone", async () => {
  using model = await loadModelFolder(folder, "toy", { threads: 1 });
  expect([model.config, model.family.title, model.warnings]).toEqual([TOY_CONFIG, "Toy", []]);
  const [scored] = await model.score(["bgiae d"]);
  expect(scored!.tokens).toBe(7);
  const ids = model.encodePrompt("bgiae d");
  expect(ids[0]).toBe(0);
  expect(scored!.logLikelihood).toBeCloseTo(
    twinScore(ids).reduce((sum, value) => sum + value),
    4,
  );
  const [[generation]] = (await model.generate("abc", { maxNewTokens: 6, beams: 1 })) as never as [[{ ids: number[] }]];
  const wanted = model.encodePrompt("abc");
  for (const id of generation.ids) {
    const best = LETTERS.split("").map((_, next) => ({ next, score: twinScore([...wanted, next]).at(-1)! }));
    expect(id).toBe(best.filter(({ next }) => next !== 2).sort((a, b) => b.score - a.score)[0]!.next); // padding is never written
    wanted.push(id);
  }
});

test("cached, in pieces and quantised", async () => {
  using model = await loadModelFolder(folder, "toy", { threads: 1 });
  const { decoder } = model;
  await decoder.forward([{ slot: 3, start: 0, tokens: IDS.slice(0, 5), wanted: 0 }]);
  const [last] = await decoder.forward([{ slot: 3, start: 5, tokens: IDS.slice(5), wanted: 1 }]);
  const whole = (await decoder.forward([{ slot: 0, start: 0, tokens: IDS, wanted: 1 }]))[0]!.slice();
  for (const [i, value] of whole.entries()) expect(last![i]).toBeCloseTo(value, 4);
  for (const precision of ["q8", "q4"] as const) {
    using quantised = await loadModelFolder(folder, "toy", {
      threads: 1,
      precision,
      cacheFolder: join(folder, "cache"),
    });
    const [[near], [exact]] = [await quantised.score([IDS]), await model.score([IDS])];
    expect(Math.abs(near!.logLikelihood - exact!.logLikelihood)).toBeLessThan(precision === "q8" ? 0.5 : 3);
  }
});

for (const mode of ["whole", "blocks"] as const) {
  test(`the loss of the training graph is that of the generator, and a step lowers it: ${mode}`, async () => {
    using device = await openDevice("cpu", { threads: 1 });
    const model = TOY.trainable!(TOY_CONFIG);
    const batch = {
      ...{ batch: 2, length: 7 },
      ids: Int32Array.from([...IDS.slice(0, 7), ...IDS.slice(0, 7).reverse()]),
      labels: Int32Array.from([...IDS.slice(1), ...Array<number>(7).fill(-100)]),
    };
    using step = await createTrainingStep({ device, model, initial, shape: batch, mode });
    const before = (await step.evaluate(batch)).lossSum;
    expect(before).toBeCloseTo(-twinScore(IDS).reduce((sum, value) => sum + value), 4);
    for (let i = 0; i < 5; i++) {
      await step.zeroGradients();
      const { tokens } = await step.accumulate(batch);
      await step.update({ learningRate: 0.01, gradientScale: 1 / tokens, weightDecay: 0 });
    }
    expect((await step.evaluate(batch)).lossSum).toBeLessThan(before - 1);
  });
}

test("as an encoder it reads both ways, and padding changes nothing", async () => {
  const checkpoint = await readModelCheckpoint(await openCheckpoint(folder), TOY.toConfigJson(TOY_CONFIG));
  const { device, program } = await compileModel(checkpoint, "fp32", { threads: 1 }, (storage) =>
    TOY.buildEncoder!(TOY_CONFIG, storage, { layers: [2] }),
  );
  using _ = device;
  using encoder = new SequenceEncoder({ device, program, positionOffset: 0, padId: 2 });
  const sequences = [IDS, IDS.slice(2, 5), [7]].map((ids) => ({ ids, rows: ids.map((_, t) => t) }));
  const rows = (await encoder.run(sequences)).get("hidden.2")!;
  const wanted = sequences.flatMap(({ ids }) => twin(ids, false).flat());
  expect(rows.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(rows[i], `at ${i}`).toBeCloseTo(value, 4);
  await expect(encoder.run([{ ids: [], rows: [] }])).rejects.toMatchObject({ code: "models/empty-sequence" });
  await expect(encoder.run(sequences, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
});

test("it is inspected, and its tensors without a config.json are told apart but not guessed at", async () => {
  const { model, parameters, problems, memory, vocabulary } = await inspectModel(folder);
  expect([model, parameters, problems]).toEqual([TOY_CONFIG, parameterCount(TOY.tensors(TOY_CONFIG)), []]);
  expect([memory!.cachePerToken, vocabulary]).toEqual([2 * 2 * 2 * 8 * 4, LETTERS.length]); // heads of 6 are cached as 8
  await expect(readModelCheckpoint(await openCheckpoint(folder), undefined)).rejects.toMatchObject({
    code: "models/config",
    what: expect.stringContaining("There is no config.json beside"),
  });
  await expect(readModelCheckpoint(await openCheckpoint(folder), { model_type: "toi" })).rejects.toMatchObject({
    code: "models/unknown-family",
    fix: expect.stringContaining('"toy"'),
  });
});
