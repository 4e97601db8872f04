/** Wanted values: golden-heads.fixture.ts; a vector is the mean of transformers' hidden states, or the last of them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { openClassScorer } from "./class-scores.ts";
import { openEmbedder, POOLINGS } from "./embedder.ts";
import { expectClose, folderOf, golden } from "./golden-heads.fixture.ts";
import { batchesByLength } from "./sequence-batches.ts";

const { texts, classes, token, sequence } = golden;
const withHead = folderOf(token.order);
const plain = folderOf(token.order.filter((name) => !name.startsWith("classifier")));

test("mean and last of every layer are those of transformers' hidden states, with a head beside the backbone or without", async () => {
  for (const folder of [await withHead, await plain]) {
    for (const pooling of POOLINGS) {
      for (const layer of [0, 1, 2]) {
        using embedder = await openEmbedder(folder, { pooling, layer, threads: 1 });
        const vectors = await embedder.embed(texts);
        for (const [at, states] of token.hidden[layer]!.entries()) {
          const rows = inRows(states as unknown as number[], embedder.width);
          const mean = rows[0]!.map((_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
          expectClose(vectors[at]!, pooling === "mean" ? mean : rows.at(-1)!);
        }
      }
    }
  }
});

function inRows(values: readonly number[], width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));
}

test("logits are transformers': a tagger's for each id, a classifier's at the last id that is no padding", async () => {
  using tagger = await openClassScorer(await withHead, { threads: 1 });
  for (const [at, scores] of (await tagger.score(texts)).entries()) expectClose(scores, token.logits[at]!);
  using classifier = await openClassScorer(await folderOf(sequence.order), { threads: 1 });
  const padded = texts.map((ids) => [...ids, 1, 1]);
  for (const given of [texts, padded]) {
    for (const [at, scores] of (await classifier.score(given)).entries()) expectClose(scores, sequence.logits[at]!);
  }
  using other = await openClassScorer(await folderOf(sequence.order, { pad_token_id: 7 }), { threads: 1 });
  const [cut, bare] = await other.score([texts[0]!, texts[0]!.slice(0, -1)]); // 7 ends the text, and stands for nothing there
  expectClose(cut!, [...bare!]);
  expect(cut).toHaveLength(classes);
});

test("ids and layers that the model does not have are refused", async () => {
  using embedder = await openEmbedder(await plain, { threads: 1 });
  await expect(embedder.embed([[2, 23]], { where: () => "Line 7" })).rejects.toThrow("Line 7 holds the id 23");
  await expect(embedder.embed([[]])).rejects.toThrow("Sequence 1 has 0 ids; the model reads 1 to 16");
  await expect(embedder.embed([new Array<number>(17).fill(2)])).rejects.toMatchObject({ code: "pretrained/ids" });
  await expect(openEmbedder(await plain, { layer: 3 })).rejects.toMatchObject({ code: "pretrained/layer" });
});

test("batches hold every sequence once, and with its padding no more tokens than said", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 })), fc.integer({ min: 1, max: 120 }), (lengths, most) => {
      const batches = batchesByLength(lengths, most);
      expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
      for (const batch of batches)
        if (batch.length > 1)
          expect(Math.max(...batch.map((at) => lengths[at]!)) * batch.length).toBeLessThanOrEqual(most);
    }),
  );
});
