/** Tasks are found by their names, and one more can be added and taken away. */
import { expect, test } from "vitest";
import { registerTask, schemeOfData, TASK_NAMES, TASKS, taskName, taskNamed } from "./registry.ts";

test("case, hyphen and the corpus's own spelling do not matter", () => {
  expect(["BC5CDR", "KD-DTI", "kddti", "PubMedQA"].map(taskName)).toEqual(["bc5cdr", "kd-dti", "kd-dti", "pubmedqa"]);
  expect(() => taskNamed("bc5cdrr")).toThrow('Did you mean "bc5cdr"');
});

test("a task that is added is found until it is taken away; a taken name is refused", () => {
  const toy = { ...taskNamed("hoc"), name: "toy", aliases: ["plaything"] };
  {
    using _ = registerTask(toy);
    expect(taskNamed("Plaything")).toBe(toy);
    expect(() => registerTask({ ...toy, name: "another", aliases: ["toy"] })).toThrow("already");
  }
  expect(TASKS.map(({ name }) => name)).toEqual(TASK_NAMES);
  expect(() => taskNamed("toy")).toThrow("no task");
});

test("the relations of data come in the form that the data have", () => {
  const written = { head: "aspirin", tail: "pain", relation: "chemical-induced disease" };
  const form = (template: string) => schemeOfData({ task: "bc5cdr", template })?.template.render([written]);
  expect(form("svo")).toBe("aspirin correlates with pain.");
  expect(form("rel-is")).toBe("the relation between aspirin and pain exists.");
  expect(schemeOfData({ task: "hoc" })).toBeUndefined();
});
