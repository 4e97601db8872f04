/**
 * A Llama's folder as users have it: weights and SentencePiece tokenizer, through every call that takes a BioGPT.
 *
 * Wanted values of the first part: a float64 reference that shares no code with ours (stories260k-golden.json in ../shared/data/llama), on
 * llama2.c's model of 260,000 parameters. The second part needs nothing beside the repository.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { writeAdapter, writeSafetensors } from "../checkpoints/index.ts";
import { testTerminal } from "../cli/commands/test-terminal.fixture.ts";
import { run } from "../cli/main.ts";
import { pickleBytes, temporaryFolder, tensorPickle, torchBytes, unicode } from "../files/scratch.fixture.ts";
import { elementCount } from "../graph/data-type.ts";
import { LLAMA, QWEN2 } from "../models/llama/family.ts";
import { inspectModel } from "./load/inspection.ts";
import { loadModelFolder } from "./load/load-folder.ts";
import { TINY_LLAMA as TINY, tinyLlama, tinyTensors, writeTokenizer } from "./tiny-llama.fixture.ts";

const SHARED = fileURLToPath(new URL("../../../shared/data/llama/", import.meta.url));

interface Goldens {
  readonly greedy: readonly {
    readonly prompt: string;
    readonly promptIds: readonly number[];
    readonly ids: readonly number[];
    readonly text: string;
  }[];
  readonly logLikelihood: readonly { readonly text: string; readonly ids: readonly number[]; readonly sum: number }[];
}

describe.skipIf(!existsSync(SHARED))("stories260K of ../shared/data/llama", () => {
  const folder = join(SHARED, "stories260k");
  const read = (): Goldens => JSON.parse(readFileSync(join(SHARED, "stories260k-golden.json"), "utf8"));

  test("greedy continuations are the reference's, ids and text", async () => {
    using model = await loadModelFolder(folder, "stories", { threads: 1 });
    for (const { prompt, promptIds, ids, text } of read().greedy) {
      if (prompt !== "") expect(model.encodePrompt(prompt)).toEqual(promptIds);
      const [sequences] = await model.generate(prompt === "" ? promptIds : prompt, { maxNewTokens: ids.length });
      const { ids: written, separator, text: continued } = sequences![0]!;
      expect(written).toEqual(ids);
      expect(prompt === "" ? continued : prompt + separator + continued).toBe(text);
    }
  });

  test("log-likelihoods are the reference's", async () => {
    using model = await loadModelFolder(folder, "stories", { threads: 1 });
    const { logLikelihood } = read();
    for (const { ids, sum } of logLikelihood)
      expect((await model.score([ids]))[0]!.logLikelihood).toBeCloseTo(sum, 2 - Math.floor(Math.log10(-sum)));
    const [plain] = logLikelihood;
    expect((await model.score([plain!.text]))[0]!.logLikelihood).toBeCloseTo(plain!.sum, 3);
  });
});

const plain = await tinyLlama();
const TEXT = "Aspirin inhibits the protein";

async function biogpt(args: readonly string[], input = ""): Promise<{ code: number; out: string; notes: string }> {
  const terminal = testTerminal(input);
  const code = await run([...args], terminal);
  return { code, out: terminal.out.join(""), notes: terminal.notes.join("\n") };
}

test("tokenize shows no <s> unless asked, prompts begin with it", async () => {
  using model = await loadModelFolder(plain, "tiny", { threads: 1 });
  const ids = [...model.tokenizer.encode(TEXT)];
  expect(model.encodePrompt(TEXT)).toEqual([1, ...ids]);
  const bare = await biogpt(["tokenize", "--tokenizer", plain], `${TEXT}\n`);
  const special = await biogpt(["tokenize", "--tokenizer", plain, "--special", "--offsets"], `${TEXT}\n`);
  expect([bare.code, JSON.parse(bare.out)]).toEqual([0, ids]);
  expect(JSON.parse(special.out)[0]).toEqual([1, 0, 0]);
  expect(JSON.parse(special.out).length).toBe(ids.length + 1);
});

test("a folder whose tokenizer adds no begin token gets none", async () => {
  const folder = await tinyLlama({ add_bos_token: false });
  using model = await loadModelFolder(folder, "tiny", { threads: 1 });
  expect(model.encodePrompt(TEXT)).toEqual([...model.tokenizer.encode(TEXT)]);
  expect(model.encodePrompt(TEXT)[0]).not.toBe(1);
});

test("generate, stream and score as commands", async () => {
  const common = ["--model", plain, "--threads", "1"];
  const settings = ["--prompt", TEXT, "--max-new-tokens", "8"];
  const whole = await biogpt(["generate", ...common, ...settings]);
  const streamed = await biogpt(["generate", ...common, ...settings, "--stream"]);
  const json = JSON.parse((await biogpt(["generate", ...common, ...settings, "--json"])).out);
  expect(json.promptIds[0]).toBe(1);
  expect(json.ids.length).toBe(8);
  expect(whole.out.startsWith(TEXT)).toBe(true);
  expect(streamed.out).toBe(whole.out);
  // Joined so that it reads as the ids do together.
  using model = await loadModelFolder(plain, "tiny", { threads: 1 });
  expect(whole.out.trimEnd()).toBe(model.tokenizer.decode([...json.promptIds, ...json.ids]).trimEnd());
  const scored = JSON.parse((await biogpt(["score", ...common, "--json"], `${TEXT}\n`)).out);
  expect(scored.tokens).toBe(json.promptIds.length - 1);
});

test("inspect, and quantised", async () => {
  const { model, vocabulary, problems } = await inspectModel(plain);
  expect([model, vocabulary, problems]).toEqual([TINY, 480, []]);
  expect((await biogpt(["inspect", plain])).out).toContain(LLAMA.describe(TINY));
  using exact = await loadModelFolder(plain, "tiny", { threads: 1 });
  const [wanted] = await exact.score([TEXT]);
  for (const precision of ["q8", "q4"] as const) {
    using model = await loadModelFolder(plain, "tiny", { threads: 1, precision, cacheFolder: join(plain, "cache") });
    const [scored] = await model.score([TEXT]);
    expect(Math.abs(scored!.logLikelihood - wanted!.logLikelihood)).toBeLessThan(precision === "q8" ? 0.5 : 5);
  }
});

test("two pickled shards with the frequencies that old files hold", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "config.json"), JSON.stringify(LLAMA.toConfigJson(TINY)));
  writeTokenizer(folder);
  const tensors = [
    ...tinyTensors(TINY),
    { name: "model.layers.0.self_attn.rotary_emb.inv_freq", shape: [3], data: Float32Array.of(1, 0.1, 0.01) },
  ];
  const map: Record<string, string> = {};
  for (const shard of [0, 1]) {
    const file = `pytorch_model-0000${shard + 1}-of-00002.bin`;
    const storages: Record<string, Uint8Array> = {};
    const entries = tensors
      .filter((_, i) => i % 2 === shard)
      .map(({ name, shape, data }, index) => {
        map[name] = file;
        storages[index] = new Uint8Array(data.buffer);
        const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
        return `${unicode(name)}${tensorPickle({ key: String(index), length: data.length, shape: [...shape], strides })}s`;
      });
    writeFileSync(join(folder, file), torchBytes(pickleBytes("}", ...entries), storages));
  }
  const index = join(folder, "pytorch_model.bin.index.json");
  writeFileSync(index, JSON.stringify({ weight_map: map }));
  using model = await loadModelFolder(folder, "shards", { threads: 1 });
  using whole = await loadModelFolder(plain, "tiny", { threads: 1 });
  expect((await model.score([TEXT]))[0]!.logLikelihood).toBe((await whole.score([TEXT]))[0]!.logLikelihood);
});

test("rows in place of ids are read like the tokens they stand for, alone and between them", async () => {
  using model = await loadModelFolder(plain, "tiny", { threads: 1 });
  const table = tinyTensors(TINY)[0]!.data;
  const rowsOf = (some: readonly number[]): Float32Array =>
    Float32Array.from(some.flatMap((id) => [...table.subarray(id * TINY.width, (id + 1) * TINY.width)]));
  const ids = model.encodePrompt(TEXT);
  const settings = { maxNewTokens: 6 };
  const wanted = (await model.generate(ids, settings))[0]![0]!;
  const spliced = { inputsEmbeds: [ids.slice(0, 2), rowsOf(ids.slice(2, 4)), ids.slice(4)] };
  const results = await model.generate([spliced, { inputsEmbeds: rowsOf(ids) }], settings);
  const [between, alone] = results.map(([best]) => best!);
  expect([between!.ids, alone!.ids]).toEqual([wanted.ids, wanted.ids]);
  expect(between!.promptIds).toEqual([...ids.slice(0, 2), -1, -1, ...ids.slice(4)]);
  expect(between!.prompt).toBe(model.tokenizer.decode([...ids.slice(0, 2), ...ids.slice(4)]));
  let streamed = "";
  for await (const { text } of model.stream(spliced, settings)) streamed += text;
  expect(streamed).toBe(wanted.text);
  await expect(model.generate({ inputsEmbeds: new Float32Array(5) })).rejects.toMatchObject({
    code: "models/embedding-rows",
  });
  await expect(model.generate([-1])).rejects.toThrow(); // nothing is held any more
});

async function tinyQwen(tokenizer: object): Promise<string> {
  const folder = temporaryFolder();
  const config = { ...TINY, modelType: "qwen2" as const, attentionBias: true };
  const tensors = QWEN2.tensors(config).map(({ name, huggingFace, shape }) => ({
    ...{ name: huggingFace, dtype: "float32" as const, shape },
    data: QWEN2.initialValues!(config, name, shape, { seed: 1 }),
  }));
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  writeFileSync(join(folder, "config.json"), JSON.stringify(QWEN2.toConfigJson(config)));
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  return folder;
}

test("a tokenizer of a kind that is not read leaves a model of ids, and says so", async () => {
  const unigram = { model: { type: "Unigram", vocab: [["<unk>", 0]], unk_id: 0 } };
  using model = await loadModelFolder(await tinyQwen(unigram), "qwen", { threads: 1 });
  expect(model.warnings).toEqual([expect.stringMatching(/Unigram.*takes ids alone/s)]);
  expect((await model.generate([5, 6], { maxNewTokens: 2 }))[0]![0]!.promptIds).toEqual([5, 6]);
  await expect(model.generate("a")).rejects.toMatchObject({ code: "tokenizers/not-found" });
});

test("a Qwen's byte-level tokenizer reads and writes text; nothing stands before its prompts", async () => {
  const goldens = new URL("../../test/fixtures/tokenizers/byte-level.json", import.meta.url);
  const { kinds } = JSON.parse(readFileSync(goldens, "utf8")) as { kinds: { qwen2: { file: object } } };
  using model = await loadModelFolder(await tinyQwen(kinds.qwen2.file), "qwen", { threads: 1 });
  expect(model.warnings).toEqual([expect.stringContaining("45 rows more")]);
  const [answer] = (await model.generate(["TNF-α in mice"], { maxNewTokens: 4 }))[0]!;
  expect(answer!.promptIds).toEqual([...model.tokenizer.encode("TNF-α in mice")]);
  expect(answer!.text).toBe(model.tokenizer.decode(answer!.ids));
});

test("a PEFT adapter over a Llama is its base with the products added", async () => {
  const module = "model.layers.1.mlp.gate_proj";
  const [rank, alpha] = [2, 6];
  const { width: C, mlpWidth: F } = TINY;
  const a = Float32Array.from({ length: rank * C }, (_, i) => Math.sin(i + 1));
  const b = Float32Array.from({ length: F * rank }, (_, i) => Math.cos(3 * i));
  const adapter = join(temporaryFolder(), "adapter");
  await writeAdapter(adapter, {
    ...{ rank, alpha, targetModules: ["gate_proj"], baseModel: plain },
    layers: new Map([
      [
        module,
        {
          a: { dtype: "float32" as const, shape: [rank, C], data: a },
          b: { dtype: "float32" as const, shape: [F, rank], data: b },
        },
      ],
    ]),
  });
  const merged = await tinyLlama();
  const tensors = tinyTensors(TINY).map((tensor) => {
    if (tensor.name !== `${module}.weight`) return tensor;
    const data = tensor.data.map((value, at) => {
      const [row, column] = [Math.floor(at / C), at % C];
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += b[row * rank + r]! * a[r * C + column]!;
      return value + (alpha / rank) * sum;
    });
    return { ...tensor, data };
  });
  await writeSafetensors(join(merged, "model.safetensors"), tensors);
  using adapted = await loadModelFolder(adapter, "adapted", { threads: 1, cacheFolder: join(plain, "cache") });
  using whole = await loadModelFolder(merged, "merged", { threads: 1 });
  using base = await loadModelFolder(plain, "base", { threads: 1 });
  const score = async (model: typeof base): Promise<number> => (await model.score([TEXT]))[0]!.logLikelihood;
  expect(await score(adapted)).toBeCloseTo(await score(whole), 3);
  expect(Math.abs((await score(adapted)) - (await score(base)))).toBeGreaterThan(0.1);
});
