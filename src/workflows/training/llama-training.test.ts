/** Fine-tuning and pretraining of a tiny Llama, with each of the tokenizers that its families have: what comes out is a model. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { writeSafetensors } from "../../checkpoints/index.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { LLAMA } from "../../models/llama/family.ts";
import { loadModelFolder } from "../../pretrained/load/load-folder.ts";
import { openModelTokenizer } from "../../pretrained/load/tokenizer-folder.ts";
import { TINY_LLAMA, tinyTensors, writeTokenizer } from "../../pretrained/tiny-llama.fixture.ts";
import { extractRelations } from "../../tasks/relation-extraction/extract.ts";
import { relationScheme } from "../../tasks/relation-extraction/schemes.ts";
import { promptBegin } from "../../tokenizers/tokenizer.ts";
import { readTokenManifest } from "../../training/data/token-shards.ts";
import { finetune } from "./finetune.ts";
import { pretrain } from "./pretrain.ts";
import type { TrainingEvent } from "./training-events.ts";

const GOLDENS = new URL("../../../test/fixtures/tokenizers/byte-level.json", import.meta.url);

const TOKENIZERS: Readonly<Record<string, (folder: string) => void>> = {
  SentencePiece: (folder) => writeTokenizer(folder),
  "byte-level": (folder) => {
    const { kinds } = JSON.parse(readFileSync(GOLDENS, "utf8")) as { kinds: { llama3: { file: object } } };
    writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(kinds.llama3.file));
    writeFileSync(join(folder, "tokenizer_config.json"), '{"eos_token": "<|end|>", "pad_token": "<pad>"}');
  },
};

const TEXTS = ["The drug lowers the response to insulin.", "Aspirin inhibits cyclooxygenase in platelets."];
const examples = (count: number): string =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ source: TEXTS[i % 2], target: ["insulin", "aspirin"][i % 2] }),
  ).join("\n");

describe.each(Object.keys(TOKENIZERS))("%s", (kind) => {
  const write = TOKENIZERS[kind]!;
  const losses: number[] = [];
  const onEvent = (event: TrainingEvent): void => {
    if (event.type === "update") losses.push(event.record.loss);
  };

  test("a base is fine-tuned with learned tokens, which the run's tokenizer has", async () => {
    const base = temporaryFolder();
    write(base);
    const plain = await openModelTokenizer(base);
    const config = { ...TINY_LLAMA, maxPositions: 160, vocabularySize: plain.vocabularySize, endId: plain.endId };
    await writeSafetensors(join(base, "model.safetensors"), tinyTensors(config));
    writeFileSync(join(base, "config.json"), JSON.stringify(LLAMA.toConfigJson(config)));
    const data = join(temporaryFolder(), "examples.jsonl");
    writeFileSync(data, examples(8));
    const out = join(temporaryFolder(), "run");
    losses.length = 0;
    const settings = {
      ...{ steps: 40, learningRate: 0.02, schedule: "constant" as const, warmup: 1, dropout: 0, attentionDropout: 0 },
      ...{ maxSource: 48, prompt: 3, tokenBudget: 500, accumulate: 1, loss: "target" as const },
    };
    await finetune({ model: base, data, out, settings, threads: 1 }, { onEvent });
    expect(losses.at(-1)!).toBeLessThan(0.2 * losses[0]!);
    using model = await loadModelFolder(out, "run", { threads: 1 });
    const { tokenizer } = model;
    const first = plain.vocabularySize;
    expect(tokenizer.learnedIds).toEqual([first, first + 1, first + 2]);
    expect(model.config.vocabularySize).toBe(first + 3);
    expect([...tokenizer.encode(`${TEXTS[0]} learned1 </s>`)]).toEqual([...plain.encode(`${TEXTS[0]} learned1 </s>`)]);
    const prompts = TEXTS.map((text) => [...promptBegin(plain), ...plain.encode(text), ...tokenizer.learnedIds]);
    const answers = await model.generate(prompts, { maxNewTokens: 12 });
    expect(answers.map(([answer]) => answer!.text)).toEqual(["insulin", "aspirin"]);

    const asked = vi.spyOn(model, "generate");
    const document = { id: "1", source: "test", passages: [{ kind: "abstract", text: TEXTS[0]! }] } as const;
    const scheme = relationScheme("drug-drug");
    for await (const found of extractRelations(model, [document], { scheme, maxNewTokens: 2 })) {
      expect(found.windows).toBe(1);
    }
    const source = plain.encode(scheme.content(document).text);
    expect(asked.mock.calls[0]![0]).toEqual([[...promptBegin(plain), ...source, ...tokenizer.learnedIds]]);
  });

  test("a Llama of given sizes is trained from nothing; documents begin as its prompts do", async () => {
    const [folder, tokenizerFolder] = [temporaryFolder(), temporaryFolder()];
    write(tokenizerFolder);
    const data = join(folder, "documents.jsonl");
    const documents = Array.from({ length: 200 }, (_, i) => JSON.stringify({ id: `d${i}`, text: TEXTS[i % 2] }));
    writeFileSync(data, documents.join("\n"));
    const config = join(folder, "settings.json");
    const model = { modelType: "llama", layers: 1, width: 16, heads: 2, keyValueHeads: 1, maxPositions: 32 };
    const settings = { model, length: 24, batch: 4, steps: 30, learningRate: 0.02, warmup: 2, evaluateEvery: 0 };
    writeFileSync(config, JSON.stringify(settings));
    losses.length = 0;
    const out = join(folder, "run");
    await pretrain({ config, data, tokenizer: tokenizerFolder, out, threads: 1 }, { onEvent });
    expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
    using trained = await loadModelFolder(out, "run", { threads: 1 });
    const { tokenizer } = trained;
    expect(trained.config).toMatchObject({ modelType: "llama", mlpWidth: 32, endId: tokenizer.endId });
    const [answer] = (await trained.generate([TEXTS[0]!.slice(0, 8)], { maxNewTokens: 4 }))[0]!;
    expect(answer!.promptIds).toEqual([tokenizer.beginId, ...tokenizer.encode(TEXTS[0]!.slice(0, 8))]);
    const manifest = readTokenManifest(join(`${data}.tokens-${tokenizer.hash.slice(0, 12)}`, "train"))!;
    const lengths = TEXTS.map((text) => tokenizer.encode(text).length + 2);
    expect(manifest.tokenCount / manifest.documentCount).toBeCloseTo((lengths[0]! + lengths[1]!) / 2, 0);

    const more = join(folder, "more");
    const shapeless = join(folder, "shapeless.json"); // a model that is there has its shape
    writeFileSync(shapeless, JSON.stringify({ ...settings, model: undefined }));
    await pretrain({ config: shapeless, data, from: out, out: more, threads: 1, settings: { steps: 3, warmup: 0 } });
    await pretrain({ out: more, resume: true, threads: 1 });
    const without = pretrain({ config: shapeless, data, tokenizer: tokenizerFolder, out: join(folder, "new") });
    await expect(without).rejects.toMatchObject({ code: "training/settings" });
    expect((await openModelTokenizer(more)).hash).toBe(tokenizer.hash);
  });
});

test("settings that a Llama has not, and a vocabulary without an end, are refused", async () => {
  const folder = temporaryFolder();
  writeTokenizer(folder);
  const config = join(folder, "settings.json");
  const start = (model: object): Promise<unknown> => {
    writeFileSync(config, JSON.stringify({ model, length: 8, batch: 2, steps: 1, learningRate: 0.1 }));
    return pretrain({ config, data: config, tokenizer: folder, out: join(folder, "run"), threads: 1 });
  };
  const shape = { modelType: "llama", layers: 1, width: 16, heads: 2 };
  await expect(start({ ...shape, keyValueHead: 1 })).rejects.toThrow('Did you mean "keyValueHeads"?');
  await expect(start({ ...shape, heads: 5 })).rejects.toThrow("cannot be cut into 5 heads");
  await expect(start({ ...shape, heads: 4, keyValueHeads: 3 })).rejects.toThrow("cannot share 3");
  await expect(start({ ...shape, modelType: "lama" })).rejects.toMatchObject({ code: "models/unknown-family" });
  const ends = temporaryFolder();
  TOKENIZERS["byte-level"]!(ends);
  writeFileSync(join(ends, "tokenizer_config.json"), "{}");
  writeFileSync(config, JSON.stringify({ model: shape, length: 8, batch: 2, steps: 1, learningRate: 0.1 }));
  const withoutEnd = pretrain({ config, data: config, tokenizer: ends, out: join(ends, "run"), threads: 1 });
  await expect(withoutEnd).rejects.toThrow("names no token that ends a text");
});
