/**
 * BioMedGPTs of odd sizes give what transformers and torch give: vectors of atoms and residues, spliced prompts, answers.
 *
 * Wanted values: test/golden/biomedgpt-tiny.py, transformers 5.18.0, torch 2.13.0. Folders have the layout of the published 10B and are opened as a
 * user's would be; one holds a file that torch.save wrote.
 */
import { describe, expect, test } from "vitest";
import { generate } from "../generation/generation.ts";
import type { Graph } from "../graph/graph.ts";
import { type BioMedGptConfig, MOLECULE, PROTEIN } from "../models/biomedgpt/config.ts";
import { buildEsm2Graph, runEsm2 } from "../models/esm2/encoder.ts";
import type { WeightStorage } from "../models/family.ts";
import { buildGinGraph, runGin } from "../models/gin/encoder.ts";
import { SequenceEncoder } from "../models/sequence-encoder.ts";
import { molecularGraph } from "../molecules/chemistry.ts";
import { ResidueTokenizer } from "../tokenizers/residues/residue-tokenizer.ts";
import { PromptReader } from "./attachments/prompt-reader.ts";
import { compileModel } from "./load/compile-model.ts";
import { loadModel } from "./load/load.ts";
import type { ModelCheckpoint } from "./load/model-checkpoint.ts";
import { openDecoder } from "./load/open-decoder.ts";
import { readModelFolder } from "./load/read-model-folder.ts";
import { TINY_BIOMEDGPTS, type TinyBioMedGpt, tinyBioMedGpt } from "./tiny-biomedgpt.fixture.ts";

const WITHIN = 1e-4;

function expectClose(got: ArrayLike<number>, wanted: readonly number[], what: string): void {
  expect(got.length, what).toBe(wanted.length);
  const worst = Math.max(...wanted.map((value, i) => Math.abs(value - got[i]!)));
  expect(worst, `${what}: the largest difference`).toBeLessThan(WITHIN);
}

async function compiled(checkpoint: ModelCheckpoint, write: (storage: WeightStorage) => Graph) {
  const { device, program } = await compileModel(checkpoint, "fp32", { threads: 1 }, write);
  const close = (): void => {
    program[Symbol.dispose]();
    device[Symbol.dispose]();
  };
  return { device, program, [Symbol.dispose]: close };
}

describe.each(TINY_BIOMEDGPTS.filter(({ encoded }) => encoded.length > 0))("$name", (golden: TinyBioMedGpt) => {
  test("vectors of atoms and residues", async () => {
    const checkpoint = await readModelFolder(await tinyBioMedGpt(golden));
    const { molecule, protein } = checkpoint.config as BioMedGptConfig;
    using gin = await compiled(checkpoint, (storage) => buildGinGraph(molecule!, { storage, prefix: MOLECULE }));
    using esm = await compiled(checkpoint, (storage) => buildEsm2Graph(protein!, { storage, prefix: PROTEIN }));
    for (const { molecule: smiles, protein: ids, first, last, sum } of golden.encoded) {
      const what = smiles ?? `${ids!.length} ids`;
      const rows =
        smiles === undefined
          ? await runEsm2(protein!, esm, ids!)
          : await runGin(molecule!, gin, await molecularGraph(smiles));
      expectClose(rows.subarray(0, first.length), first, `${what}, first row`);
      expectClose(rows.subarray(-last.length), last, `${what}, last row`);
      expect(Math.abs(rows.reduce((total, value) => total + value, 0) - sum), `${what}, sum`).toBeLessThan(
        WITHIN * rows.length ** 0.5,
      );
    }
    const { ids, first } = golden.padded!;
    const encoder = new SequenceEncoder({ ...esm, positionOffset: 0, padId: 1 });
    const batch = (await encoder.run(ids.map((chain) => ({ ids: chain, rows: [0] })))).get("features")!;
    expectClose(batch, first.flat(), "masks and padding in a batch");
  });

  test("molecules, proteins, and several of both in one prompt", async () => {
    const checkpoint = await readModelFolder(await tinyBioMedGpt(golden));
    using reader = new PromptReader(checkpoint, new ResidueTokenizer(), { precision: "fp32", folder: "", threads: 1 });
    const residues = new ResidueTokenizer();
    const opened = await openDecoder(checkpoint, "fp32", { threads: 1, slots: 2 });
    try {
      for (const { segments, positions, logits, greedy } of golden.splices) {
        const attachments = segments.flatMap((segment) =>
          "length" in segment
            ? []
            : [
                segment.molecule === undefined
                  ? ({ kind: "protein", text: residues.decode(segment.protein!) } as const)
                  : ({ kind: "molecule", text: segment.molecule } as const),
              ],
        );
        const rows = await reader.encode(await Promise.all(attachments.map((one) => reader.read(one))));
        const held = rows.map((row) => opened.decoder.giveRows(row));
        let next = 0;
        const ids = segments.flatMap((segment) => ("length" in segment ? segment : held[next++]!.ids));
        expect(ids.length).toBe(positions);
        const [last] = await opened.decoder.forward([{ slot: 0, start: 0, tokens: ids, wanted: 1 }]);
        expectClose(last!, logits, `logits after ${positions} positions`);
        const [sequences] = await generate(opened.decoder, [ids], { maxNewTokens: 8, endId: 2 });
        expect(sequences![0]!.ids).toEqual(greedy);
        for (const one of held) one[Symbol.dispose]();
      }
    } finally {
      opened.dispose();
    }
  });
});

describe.each(TINY_BIOMEDGPTS.filter(({ questions }) => questions.length > 0))("$name", (golden: TinyBioMedGpt) => {
  test("questions about molecules and proteins", async () => {
    using model = await loadModel(await tinyBioMedGpt(golden), { precision: "fp32", threads: 1 });
    for (const {
      question,
      attachments,
      answer,
      promptIds,
      positions,
      greedy,
      answerLogLikelihood,
    } of golden.questions) {
      const attached = attachments.map(([kind, text]) => ({ kind, text }));
      const messages = [{ role: "user", content: question, attachments: attached }] as const;
      const reply = await model.chat(messages, { maxNewTokens: 12, answer });
      expect(reply.promptIds).toEqual(promptIds);
      expect(reply.positions).toBe(positions);
      expect(reply.ids).toEqual(greedy.slice(0, reply.ids.length));
      // A stop text may end an answer that the golden goes on with.
      if (reply.finishReason === "length") expect(reply.ids.length).toBe(greedy.length);
      expect(Math.abs(reply.answerLogLikelihood! - answerLogLikelihood)).toBeLessThan(1e-3);
    }
  });
});
