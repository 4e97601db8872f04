import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { once, recordOf } from "./stages.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-stages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a stage is done once; one that failed is done again", async () => {
  let times = 0;
  const work = async (): Promise<number> => ++times;
  const failing = async (): Promise<number> => {
    throw new Error("no");
  };
  await expect(once(folder, "count", { data: "a" }, failing)).rejects.toThrow("no");
  expect(recordOf(folder, "count")).toBeUndefined();
  expect([await once(folder, "count", { data: "a" }, work), await once(folder, "count", { data: "a" }, work)]).toEqual([
    1, 1,
  ]);
  expect(recordOf(folder, "count")).toMatchObject({ stage: "count", inputs: { data: "a" }, result: 1 });
});

test("other inputs are refused by name, also those that are gone or new", async () => {
  await once(folder, "inputs", { data: "a", model: "m" }, async () => null);
  const again = once(folder, "inputs", { data: "b", seed: "1" }, async () => null);
  await expect(again).rejects.toMatchObject({
    code: "reproduce/changed-inputs",
    what: expect.stringContaining("another data, another model, another seed"),
  });
});

test("a record that is none is named", () => {
  mkdirSync(join(folder, "stages"), { recursive: true });
  for (const text of ["{", '{"format":"biogpt-stage/2"}', "null"]) {
    writeFileSync(join(folder, "stages", "broken.json"), text);
    expect(() => recordOf(folder, "broken")).toThrow(/broken\.json cannot be read/);
  }
});
