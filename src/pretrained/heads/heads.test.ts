/** Wanted values: test/golden/heads.py, transformers' BioGptForTokenClassification and BioGptForSequenceClassification in torch 2.13. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFloat32, writeSafetensors } from "../../checkpoints/index.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { CLASS_HEAD } from "../../models/family.ts";
import { readClassifierFolder, saveClassifierFolder } from "./classifier-folder.ts";
import { openClassifier, openEncoder } from "./open-encoder.ts";

interface Golden {
  readonly texts: number[][];
  readonly classes: number;
  readonly token: { readonly order: string[]; readonly hidden: number[][][]; readonly logits: number[][] };
  readonly sequence: { readonly order: string[]; readonly logits: number[][] };
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/models/heads.json", import.meta.url), "utf8"),
);
const [C, F, V, P, L] = [12, 20, 23, 16, golden.classes];
const CONFIG = {
  model_type: "biogpt",
  num_hidden_layers: 2,
  hidden_size: C,
  num_attention_heads: 3,
  intermediate_size: F,
  vocab_size: V,
  max_position_embeddings: P,
};

function shapeOf(name: string): number[] {
  if (name.endsWith("embed_tokens.weight")) return [V, C];
  if (name.endsWith("embed_positions.weight")) return [P + 2, C];
  if (name.endsWith("fc1.weight")) return [F, C];
  if (name.endsWith("fc1.bias")) return [F];
  if (name.endsWith("fc2.weight")) return [C, F];
  if (/^(?:classifier|score)\.weight$/.test(name)) return [L, C];
  if (name === "classifier.bias") return [L];
  return /_proj\.weight$/.test(name) ? [C, C] : [C];
}

const scratch = temporaryFolder();

/** A folder as transformers writes it, weights by the golden's formula. */
async function folderOf(name: string, order: readonly string[], config: object = {}): Promise<string> {
  const folder = join(scratch, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...CONFIG, ...config }));
  const tensors = order.map((tensor, k) => {
    const shape = shapeOf(tensor);
    const one = tensor.endsWith("norm.weight") ? 1 : 0;
    const data = Float32Array.from(
      { length: shape.reduce((product, size) => product * size, 1) },
      (_, i) => one + 0.3 * Math.sin(1.7 * i + 0.9 * k + 0.013 * i * k),
    );
    return { name: tensor, dtype: "float32" as const, shape, data };
  });
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
  return folder;
}

function expectClose(got: Float32Array, want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  for (const [i, value] of want.entries()) expect(Math.abs(got[i]! - value), `value ${i}`).toBeLessThan(1e-4);
}

const all = golden.texts.map((ids) => ({ ids, rows: ids.map((_, i) => i) }));

test("a tagger's scores and the hidden states of every layer are what transformers gives, in a padded batch", async () => {
  const model = await readClassifierFolder(await folderOf("tokens", golden.token.order));
  expect([model.kind, model.classes.length, model.classes[0]]).toEqual(["tokens", L, "LABEL_0"]);
  using classifier = await openClassifier(model, { threads: 1 });
  expectClose((await classifier.encoder.run(all)).get("scores")!, golden.token.logits.flat());
  using layers = await openEncoder(model, { layers: [0, 1, 2] }, { threads: 1 });
  const states = await layers.encoder.run(all);
  for (const layer of [0, 1, 2]) expectClose(states.get(`hidden.${layer}`)!, golden.token.hidden[layer]!.flat());
});

test("a classifier reads the last token that is no padding", async () => {
  const config = { id2label: { 0: "a", 1: "b", 2: "c", 3: "d", 4: "e" } };
  const model = await readClassifierFolder(await folderOf("sequence", golden.sequence.order, config));
  expect([model.kind, model.hasBias, model.classes.join("")]).toEqual(["sequence", false, "abcde"]);
  using classifier = await openClassifier(model, { threads: 1 });
  const lasts = golden.texts.map((ids) => ({ ids, rows: [ids.length - 1] }));
  expectClose((await classifier.encoder.run(lasts)).get("scores")!, golden.sequence.logits.flat());
});

test("positions may repeat: a second copy with those of the first", async () => {
  const model = await readClassifierFolder(join(scratch, "tokens"));
  using classifier = await openClassifier(model, { threads: 1 });
  const ids = [2, 5, 9, 2, 5, 9];
  const rows = [3, 4, 5];
  const along = (await classifier.encoder.run([{ ids, rows }])).get("scores")!;
  const same = (await classifier.encoder.run([{ ids, rows, positions: [0, 1, 2, 0, 1, 2] }])).get("scores")!;
  expect(Math.max(...along.map((value, i) => Math.abs(value - same[i]!)))).toBeGreaterThan(1e-3);
});

test("what is saved is what was read, in transformers' layout", async () => {
  const model = await readClassifierFolder(join(scratch, "tokens"));
  const folder = join(scratch, "saved");
  const value = (name: string): Promise<Float32Array> => readFloat32(model.entries.get(name)!);
  await saveClassifierFolder(folder, { ...model, classes: ["O", "B-x", "I-x", "B-y", "I-y"], value });
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  expect(config.architectures).toEqual(["BioGptForTokenClassification"]);
  expect([config.id2label[1], config.label2id["I-y"]]).toEqual(["B-x", 4]);
  const again = await readClassifierFolder(folder);
  expect(again.classes).toEqual(["O", "B-x", "I-x", "B-y", "I-y"]);
  for (const [name, entry] of model.entries)
    expect(await readFloat32(again.entries.get(name)!)).toEqual(await readFloat32(entry));
  expect([...again.entries.keys()]).toContain(CLASS_HEAD.bias);
});

test("a language model has no classes; names and rows of the head must agree", async () => {
  const order = golden.token.order.filter((name) => !name.startsWith("classifier"));
  await expect(readClassifierFolder(await folderOf("plain", order))).rejects.toThrow("no head that gives classes");
  const config = { id2label: { 0: "a" } };
  await expect(readClassifierFolder(await folderOf("few", golden.token.order, config))).rejects.toThrow(
    "names 1 classes",
  );
});
