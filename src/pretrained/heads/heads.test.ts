/** Wanted values: golden-heads.fixture.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFloat32 } from "../../checkpoints/index.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { CLASS_HEAD } from "../../models/family.ts";
import { readClassifierFolder, saveClassifierFolder } from "./classifier-folder.ts";
import { expectClose, folderOf, golden } from "./golden-heads.fixture.ts";
import { openClassifier, openEncoder } from "./open-encoder.ts";

const L = golden.classes;
const all = golden.texts.map((ids) => ({ ids, rows: ids.map((_, i) => i) }));

test("a tagger's scores and the hidden states of every layer are what transformers gives, in a padded batch", async () => {
  const model = await readClassifierFolder(await folderOf(golden.token.order));
  expect([model.kind, model.classes.length, model.classes[0]]).toEqual(["tokens", L, "LABEL_0"]);
  using classifier = await openClassifier(model, { threads: 1 });
  expectClose((await classifier.encoder.run(all)).get("scores")!, golden.token.logits.flat());
  using layers = await openEncoder(model, { layers: [0, 1, 2] }, { threads: 1 });
  const states = await layers.encoder.run(all);
  for (const layer of [0, 1, 2]) expectClose(states.get(`hidden.${layer}`)!, golden.token.hidden[layer]!.flat());
});

test("a classifier reads the last token that is no padding", async () => {
  const config = { id2label: { 0: "a", 1: "b", 2: "c", 3: "d", 4: "e" } };
  const model = await readClassifierFolder(await folderOf(golden.sequence.order, config));
  expect([model.kind, model.hasBias, model.classes.join("")]).toEqual(["sequence", false, "abcde"]);
  using classifier = await openClassifier(model, { threads: 1 });
  const lasts = golden.texts.map((ids) => ({ ids, rows: [ids.length - 1] }));
  expectClose((await classifier.encoder.run(lasts)).get("scores")!, golden.sequence.logits.flat());
});

test("positions may repeat: a second copy with those of the first", async () => {
  const model = await readClassifierFolder(await folderOf(golden.token.order));
  using classifier = await openClassifier(model, { threads: 1 });
  const ids = [2, 5, 9, 2, 5, 9];
  const rows = [3, 4, 5];
  const along = (await classifier.encoder.run([{ ids, rows }])).get("scores")!;
  const same = (await classifier.encoder.run([{ ids, rows, positions: [0, 1, 2, 0, 1, 2] }])).get("scores")!;
  expect(Math.max(...along.map((value, i) => Math.abs(value - same[i]!)))).toBeGreaterThan(1e-3);
});

test("what is saved is what was read, in transformers' layout", async () => {
  const model = await readClassifierFolder(await folderOf(golden.token.order));
  const folder = temporaryFolder();
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
  await expect(readClassifierFolder(await folderOf(order))).rejects.toThrow("no head that gives classes");
  const config = { id2label: { 0: "a" } };
  await expect(readClassifierFolder(await folderOf(golden.token.order, config))).rejects.toThrow("names 1 classes");
});
