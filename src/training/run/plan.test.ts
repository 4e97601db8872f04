import { expect, test } from "vitest";
import { BIOGPT_BASE } from "../../models/biogpt/config.ts";
import { trainableBioGpt } from "../../models/biogpt/trainable.ts";
import { planRun } from "./plan.ts";

test("BioGPT's own pretraining", () => {
  const plan = planRun({
    model: trainableBioGpt(BIOGPT_BASE),
    heads: 16,
    mlpWidth: 4096,
    mode: "whole",
    steps: 200_000,
    batch: 512,
    microBatch: 1,
    length: 1024,
    gemmGflops: 400,
  });
  expect(plan.parameters).toBe(346_763_264); // spec, section 1.1
  expect(plan.tokens).toBe(104_857_600_000); // section 3
  expect(plan.flopsPerToken / (6 * 346_763_264)).toBeCloseTo(1.07, 1); // attention on top, positions and norms off
  expect(plan.memoryBytes).toBeGreaterThan(16 * plan.parameters);
  expect(plan.memoryBytes).toBeLessThan(12e9);
  expect(plan.seconds).toBeCloseTo(plan.flops / (0.65 * 400e9), -3);
});

test("recomputing keeps less", () => {
  const options = {
    model: trainableBioGpt(BIOGPT_BASE),
    heads: 16,
    mlpWidth: 4096,
    steps: 1,
    batch: 4,
    microBatch: 4,
    length: 1024,
    gemmGflops: 400,
  };
  const [whole, blocks] = [planRun({ ...options, mode: "whole" }), planRun({ ...options, mode: "blocks" })];
  expect(blocks.memoryBytes).toBeLessThan(whole.memoryBytes / 1.3);
  expect(blocks.seconds).toBeGreaterThan(whole.seconds);
});
