import { expect, test } from "vitest";
import type { TaskData } from "./build-examples.ts";
import type { TaskExample } from "./example.ts";
import { trainingExamples } from "./training-examples.ts";

function data(named: readonly boolean[]): TaskData {
  const example = (isNamed: boolean, at: number): TaskExample => ({
    id: `${at}`,
    source: "s",
    target: "t",
    document: { id: `${at}`, source: "-", passages: [] },
    gold: { kind: "relations", relations: [], named: isNamed },
  });
  return {
    task: "kd-dti",
    setting: "rel-is",
    splits: { valid: named.map(example) },
    withoutRelations: {},
    files: [],
    surprises: [],
  };
}

test("placeholders are left out and counted, kept on demand, and never all there is", () => {
  const { examples, withPlaceholders } = trainingExamples(data([true, false, true]), "valid");
  expect([examples.map(({ id }) => id), withPlaceholders]).toEqual([["0", "2"], 1]);
  expect(trainingExamples(data([true, false]), "valid", { keepPlaceholders: true }).examples.length).toBe(2);
  expect(() => trainingExamples(data([false]), "valid")).toThrow(
    "Each of the 1 valid examples of kd-dti holds DrugBank ids",
  );
  expect(() => trainingExamples(data([true]), "train")).toThrow("kd-dti has no train examples here. It has valid (1).");
});
