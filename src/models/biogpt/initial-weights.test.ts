import { expect, test } from "vitest";
import { BIOGPT_BASE } from "./config.ts";
import { initialValues } from "./initial-weights.ts";
import { tensorSpecs } from "./tensor-names.ts";

const config = {
  ...BIOGPT_BASE,
  layers: 2,
  width: 64,
  heads: 4,
  mlpWidth: 256,
  vocabularySize: 500,
  maxPositions: 100,
};
const values = (name: string, initialization: "fairseq" | "gpt2"): Float32Array => {
  const spec = tensorSpecs(config).find((tensor) => tensor.name === name)!;
  return initialValues(name, spec.shape, { seed: 5, initialization, layers: config.layers });
};
const deviation = (numbers: Float32Array): number =>
  Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0) / numbers.length);

test("fairseq's deviations", () => {
  expect(deviation(values("tokenEmbedding", "fairseq"))).toBeCloseTo(1 / 8, 2);
  expect([...values("tokenEmbedding", "fairseq").subarray(64, 128)]).toEqual(new Array(64).fill(0));
  // A uniform value within b has the deviation b / sqrt(3).
  expect(deviation(values("blocks.1.query.weight", "fairseq"))).toBeCloseTo(Math.sqrt(6 / 128 / 2 / 3), 2);
  expect(deviation(values("blocks.1.output.weight", "fairseq"))).toBeCloseTo(Math.sqrt(6 / 128 / 3), 2);
  expect(deviation(values("blocks.0.expand.weight", "fairseq"))).toBeCloseTo(1 / 8 / Math.sqrt(3), 2);
  expect(deviation(values("blocks.0.contract.weight", "fairseq"))).toBeCloseTo(1 / 16 / Math.sqrt(3), 3);
  expect(Math.max(...values("blocks.0.expand.bias", "fairseq").map(Math.abs))).toBeLessThanOrEqual(1 / 8);
  expect(Math.max(...values("blocks.0.contract.bias", "fairseq").map(Math.abs))).toBeLessThanOrEqual(1 / 16);
});

test("gpt2's deviations", () => {
  expect(deviation(values("tokenEmbedding", "gpt2"))).toBeCloseTo(0.02, 3);
  expect(deviation(values("blocks.0.expand.weight", "gpt2"))).toBeCloseTo(0.02, 3);
  expect(deviation(values("blocks.0.contract.weight", "gpt2"))).toBeCloseTo(0.01, 3);
  expect(deviation(values("blocks.0.query.bias", "gpt2"))).toBe(0);
});

test("every tensor has values of its own; norms are the identity", () => {
  for (const kind of ["fairseq", "gpt2"] as const) {
    for (const { name } of tensorSpecs({ ...config, tied: false })) {
      if (name === "head.weight") continue;
      const got = values(name, kind);
      if (name.endsWith(".gain")) expect(got.every((value) => value === 1)).toBe(true);
      else expect(got.every(Number.isFinite)).toBe(true);
    }
    expect([...values("finalNorm.bias", kind)]).toEqual(new Array(64).fill(0));
    expect(values("blocks.0.query.weight", kind)).toEqual(values("blocks.0.query.weight", kind));
    expect(values("blocks.0.query.weight", kind)).not.toEqual(values("blocks.1.query.weight", kind));
  }
});
