/** A model whose weights come from a Blob gives what it gives from its file, exact and quantised. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { blobSource } from "../../checkpoints/byte-source.ts";
import { openCheckpoint } from "../../checkpoints/index.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { generate } from "../../generation/generation.ts";
import { tinyFolder } from "../tiny-model.fixture.ts";
import { readModelCheckpoint } from "./model-checkpoint.ts";
import { openDecoder } from "./open-decoder.ts";
import type { Precision } from "./precision.ts";

test.each(["fp32", "q8"] as const)("%s", async (precision: Precision) => {
  const folder = await tinyFolder();
  const path = join(folder, "model.safetensors");
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as unknown;
  const cacheFolder = temporaryFolder();
  const answers = [];
  for (const from of [path, blobSource(new Blob([readFileSync(path)]))]) {
    const checkpoint = await readModelCheckpoint(await openCheckpoint(from), config);
    const { decoder, dispose } = await openDecoder(checkpoint, precision, { cacheFolder });
    answers.push(await generate(decoder, [[2, 5, 9, 4]], { maxNewTokens: 12 }));
    dispose();
  }
  expect(answers[0]![0]![0]!.ids.length).toBeGreaterThan(0);
  expect(answers[1]).toEqual(answers[0]);
});
