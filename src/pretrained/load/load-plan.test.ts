import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { TINY_WITH_TEXT, tinyBioMedGpt } from "../tiny-biomedgpt.fixture.ts";
import { tinyFolder } from "../tiny-model.fixture.ts";
import { loadModelFolder } from "./load-folder.ts";
import { type LoadPlan, planLine } from "./load-plan.ts";

test("what a load takes is said before a weight is read, the cache's budget at least one context", async () => {
  const folder = await tinyFolder();
  const plans: LoadPlan[] = [];
  const options = { threads: 1, precision: "fp32", cacheMemory: 1, cacheFolder: temporaryFolder() } as const;
  using model = await loadModelFolder(folder, "tiny", { ...options, onPlan: (plan) => void plans.push(plan) });
  const [plan] = plans;
  expect(plans).toHaveLength(1);
  expect(plan).toMatchObject({
    name: "tiny",
    precision: "fp32",
    weightBytes: 0,
    encoderBytes: 0,
    contextLength: model.config.maxPositions,
  });
  expect(plan!.files.map(({ file }) => file.startsWith(folder))).toEqual([true]);
  expect(plan!.cacheBytes).toBe(plan!.contextBytes);
  expect(plan!.contextBytes).toBeGreaterThan(0);
  expect(planLine(plan!)).toBeUndefined();
  const stopping = (): never => {
    throw new Error("heard");
  };
  await expect(loadModelFolder(folder, "tiny", { ...options, onPlan: stopping })).rejects.toThrow("heard");
});

test("encoders are no part of what is wanted all the time: the largest is told apart", async () => {
  const folder = await tinyBioMedGpt(TINY_WITH_TEXT);
  const plans: LoadPlan[] = [];
  const options = { threads: 1, precision: "q8", cacheFolder: temporaryFolder() } as const;
  using model = await loadModelFolder(folder, "tiny", { ...options, onPlan: (plan) => void plans.push(plan) });
  const linear = model.family
    .tensors(model.config)
    .filter(({ kind, encoder }) => kind === "linear" && encoder === "protein")
    .reduce((sum, { shape: [rows, columns] }) => sum + rows! * columns!, 0);
  expect(plans[0]!.encoderBytes).toBeGreaterThan(linear);
  expect(plans[0]!.encoderBytes).toBeLessThan(6 * linear);
});

test("a large model's line has files, memory wanted and memory there is, and warns where it is short", () => {
  const plan: LoadPlan = {
    ...{ name: "lm", precision: "q4", files: [{ file: "/a/model.safetensors", bytes: 27e9 }], weightBytes: 3.8e9 },
    encoderBytes: 0,
    ...{ contextBytes: 2.1e9, contextLength: 4096, cacheBytes: 9e9, freeBytes: 12e9 },
  };
  expect(planLine(plan)).toBe(
    "lm in q4: 27.0 GB in model.safetensors; wants 5.90 GB of memory (weights 3.80 GB, one context of 4,096 tokens 2.10 GB), 12.0 GB are free; keys and values may take 9.00 GB.",
  );
  expect(planLine({ ...plan, freeBytes: 4e9 })).toMatch(/more than is free/);
  const withEncoder = { ...plan, encoderBytes: 2.9e9 };
  expect(planLine(withEncoder)).toContain(
    "tokens 2.10 GB), and 2.90 GB more while an attachment is read, 12.0 GB are free",
  );
  expect(planLine({ ...withEncoder, freeBytes: 7e9 })).toMatch(/more than is free/);
});
