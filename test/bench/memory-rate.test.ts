import { expect, test } from "vitest";
import { weightBytes } from "../../bench/memory-rate.ts";

const shape = { layers: 24, width: 1024, heads: 16, mlpWidth: 4096, vocabularySize: 42384, maxPositions: 1026 };

test("a token of BioGPT's shape reads its 345 million weights and their scales", () => {
  const weights = 24 * 12 * 1024 ** 2 + 42384 * 1024;
  const inBlocks = (4 * weights) / 128;
  expect(weightBytes({ ...shape, architecture: "gpt2" }, "q4")).toBe(weights / 2 + inBlocks);
  const ofChannels = 4 * 24 * (5 * 1024 + 4096);
  const ofHead = (4 * 42384 * 1024) / 128;
  expect(weightBytes({ ...shape, architecture: "gpt2" }, "q8")).toBe(weights + ofChannels + ofHead);
});

test("gated blocks have three maps; other precisions are not held against memory", () => {
  const [gated, plain] = (["llama", "gpt2"] as const).map(
    (architecture) => weightBytes({ ...shape, architecture }, "q4")!,
  );
  expect(gated! - plain!).toBe(24 * 1024 * 4096 * (0.5 + 4 / 128));
  expect(weightBytes({ ...shape, architecture: "gpt2" }, "fp32")).toBeUndefined();
});
