import { expect, test } from "vitest";
import { changedSettings } from "./changed-settings.ts";
import { parseFineTuningSettings, parsePretrainingSettings } from "./parse-settings.ts";
import { PRESETS } from "./presets.ts";

test("every preset is valid", () => {
  for (const [name, preset] of Object.entries(PRESETS)) {
    expect(parsePretrainingSettings(preset, name).steps, name).toBeGreaterThan(0);
  }
  expect(parseFineTuningSettings({}, "defaults")).toMatchObject({
    learningRate: 1e-5,
    warmup: 100,
    schedule: "inverse-sqrt",
  });
});

test("unknown fields are refused with the nearest name, wrong values with theirs", () => {
  const { tiny } = PRESETS;
  expect(() => parsePretrainingSettings({ ...tiny, learningrate: 1 }, "run.json")).toThrow(
    /Did you mean "learningRate"/,
  );
  expect(() => parsePretrainingSettings({ ...tiny, batch: 0 }, "run.json")).toThrow(/batch: /);
  expect(() => parsePretrainingSettings({ ...tiny, learningRate: 0 }, "run.json")).toThrow(/learning rate is 0/);
  expect(() => parsePretrainingSettings({ ...tiny, learningRate: Number.NaN }, "run.json")).toThrow(
    /learning rate is NaN/,
  );
  expect(() => parsePretrainingSettings({ ...tiny, microBatch: 3 }, "run.json")).toThrow(/does not divide/);
  expect(() => parsePretrainingSettings([], "run.json")).toThrow(/cannot be used/);
});

test("changes that would make it another run are named", () => {
  const before = parsePretrainingSettings(PRESETS.tiny, "tiny");
  expect(changedSettings(before, { ...before, keep: 9, evaluateEvery: 7 })).toEqual([]);
  expect(changedSettings(before, { ...before, model: { ...before.model, width: 64 }, seed: 2 })).toEqual([
    "model.width: 32 → 64",
    "seed: 1 → 2",
  ]);
  expect(changedSettings(before, { ...before, steps: 200 })).toEqual(["steps: 100 → 200"]);
  const constant = { ...before, schedule: "constant" as const };
  expect(changedSettings(constant, { ...constant, steps: 200 })).toEqual([]);
});
