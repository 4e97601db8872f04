/** Which of recipe, file and options wins, and what is refused because nothing would read it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { expectEffect, parseFineTuningSettings } from "../../training/settings/parse-settings.ts";
import { FINE_TUNING } from "../../training/settings/tables.ts";
import { recipesOf } from "./recipes.ts";
import { readSettings } from "./run-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-read-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const read = (given: { config?: string; recipe?: string; overrides?: object }, before?: object) =>
  readSettings(
    { ...given, overrides: { ...given.overrides } },
    { before, presets: recipesOf("paper"), parse: parseFineTuningSettings },
  );

test("a recipe, a file over it, options over both", () => {
  const config = join(folder, "settings.json");
  writeFileSync(config, JSON.stringify({ learningRate: 0.5, warmup: 7 }));
  expect(read({ recipe: "ddi" })).toMatchObject({ learningRate: 1e-4, warmup: 500, epochs: 100, average: 5 });
  expect(read({ recipe: "ddi", config, overrides: { warmup: 9 } })).toMatchObject({
    learningRate: 0.5,
    warmup: 9,
    epochs: 100,
    prompt: 9,
  });
  expect(read({ config: "hoc" })).toEqual(read({ recipe: "hoc" }));
  expect(() => read({ recipe: "ddi", config: "hoc" })).toThrow("Two recipes are named: ddi and, by --config, hoc.");
  expect(read({ recipe: "ddi", overrides: { clip: 1 } }, { learningRate: 3 })).toMatchObject({
    learningRate: 3,
    clip: 1,
    warmup: 100,
  });
});

test("the recipes for small models are as the paper's for the same tasks, without what ruins such a model", () => {
  expect(Object.keys(recipesOf("small"))).toEqual(Object.keys(recipesOf("paper")));
  for (const recipe of Object.keys(recipesOf("small"))) {
    const settings = readSettings(
      { recipe, overrides: {} },
      { before: undefined, presets: recipesOf("small"), parse: parseFineTuningSettings },
    );
    expect(settings).toMatchObject({ dropout: 0, attentionDropout: 0, optimizer: "muon", loss: "target" });
    expect(settings.unit).toBe(recipe === "ddi" ? "sentence" : "document");
    expect(settings.contextWords).toBe(recipe === "pubmedqa" ? 110 : undefined);
  }
});

test("epochs asked for replace the recipe's updates", () => {
  expect(read({ recipe: "hoc" })).toMatchObject({ steps: 20_000 });
  expect(read({ recipe: "hoc", overrides: { epochs: 2 } })).not.toHaveProperty("steps");
  expect(read({ recipe: "hoc", overrides: { steps: 3 } })).toMatchObject({ steps: 3 });
});

test("an option that nothing reads is refused with what it needs", () => {
  const refusal = (overrides: Record<string, unknown>) => () =>
    expectEffect(FINE_TUNING, read({ overrides }), overrides);
  expect(refusal({ rank: 4, alpha: 2 })).toThrow("--rank and --alpha have no effect");
  expect(refusal({ matrixLearningRate: 0.1 })).toThrow("Give --optimizer muon, or leave it out.");
  expect(refusal({ finalShare: 0.5 })).toThrow("Give --schedule cosine");
  expect(refusal({ epochs: 2, steps: 2 })).toThrow("--epochs has no effect");
  expect(
    refusal({ method: "soft-prompt", frozenMaps: "int8", optimizer: "muon", matrixLearningRate: 1 }),
  ).not.toThrow();
  expect(refusal({ schedule: "linear", finalShare: 0.5, rank: 4, method: "lora" })).not.toThrow();
});
