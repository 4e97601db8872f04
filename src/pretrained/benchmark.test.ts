import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { BIOGPT_BASE } from "../models/biogpt/config.ts";
import { benchmark, prepareBenchmark } from "./benchmark.ts";
import { writeRandomCheckpoint } from "./save/random-checkpoint.ts";

test("a random checkpoint is measured at several batch sizes and by beam search", async () => {
  const folder = temporaryFolder();
  try {
    const shape = { layers: 2, width: 64, heads: 2, mlpWidth: 128, vocabularySize: 96, maxPositions: 64 };
    await writeRandomCheckpoint(folder, { ...BIOGPT_BASE, ...shape });
    const options = { precision: "q8" as const, cacheFolder: folder, context: 16, beamContext: 8, steps: 4, beams: 2 };
    const batches = [1, 4];
    await prepareBenchmark(folder, { ...options, batches });
    const result = await benchmark(folder, { ...options, batches, repetitions: 1 });
    expect(result.decode.map(({ batch, context }) => [batch, context])).toEqual([
      [1, 16],
      [4, 16],
    ]);
    const rates = [result.prefill, ...result.decode, result.beam!].map(({ tokensPerSecond }) => tokensPerSecond);
    for (const rate of rates) expect(rate).toBeGreaterThan(0);
    expect(result.peakMemoryBytes).toBeGreaterThan(1e6);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
