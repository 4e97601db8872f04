import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { taskFiles } from "./task-files.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-task-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a folder means its splits, a file itself", () => {
  const task = join(folder, "task");
  mkdirSync(task);
  for (const name of ["manifest.json", "train.jsonl", "valid.jsonl"]) writeFileSync(join(task, name), "{}");
  const [examples, valid] = [join(task, "train.jsonl"), join(task, "valid.jsonl")];
  expect(taskFiles(task, undefined)).toEqual({ examples, valid, task });
  expect(taskFiles(task, "other.jsonl")).toEqual({ examples, valid: "other.jsonl", task });
  expect(taskFiles(examples, undefined)).toEqual({ examples });
  const manifest = { format: "biogpt-task/1", task: "ddi", setting: "rel-is", splits: {}, files: [], surprises: [] };
  writeFileSync(join(task, "manifest.json"), JSON.stringify(manifest));
  expect(taskFiles(task, undefined, "ddi")).toEqual({ examples, valid, task });
  expect(() => taskFiles(task, undefined, "hoc")).toThrow(/holds ddi, not hoc/);
  expect(() => taskFiles(examples, undefined, "hoc")).toThrow(/no import of hoc.*--config hoc/);
  rmSync(valid);
  expect(taskFiles(task, undefined)).toEqual({ examples, task });
  rmSync(join(task, "manifest.json"));
  expect(() => taskFiles(task, undefined)).toThrow(/without train.jsonl and manifest.json/);
});
