import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { aloneInRun } from "./run-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-run-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = (...names: string[]): string => join(folder, ...names);

test("the folder is held while the work goes on, and free after it", async () => {
  const path = run("one");
  await aloneInRun(path, false, async () => {
    expect(readdirSync(path)).toEqual(["run.lock"]);
    const second = aloneInRun(path, false, async () => "ran");
    await expect(second).rejects.toMatchObject({
      code: "training/in-use",
      what: expect.stringContaining(`${process.pid} on ${hostname()}`),
    });
    writeFileSync(join(path, "run.json"), "{}");
  });
  expect(readdirSync(path)).toEqual(["run.json"]);
  expect(await aloneInRun(path, true, async () => "went on")).toBe("went on");
});

test("work that leaves no run leaves no folder either, but never one that was there", async () => {
  const failing = async (): Promise<never> => {
    throw new Error("bad data");
  };
  await expect(aloneInRun(run("made", "on", "the", "way"), false, failing)).rejects.toThrow("bad data");
  expect(existsSync(run("made"))).toBe(false);
  await expect(aloneInRun(folder.concat("/one"), true, failing)).rejects.toThrow("bad data");
  expect(readdirSync(run("one"))).toEqual(["run.json"]);
});

test("a folder with something in it is refused before anything is written to it", async () => {
  writeFileSync(run("one", "notes.txt"), "mine");
  const refused = aloneInRun(run("one"), false, async () => "ran");
  await expect(refused).rejects.toMatchObject({ code: "training/run-exists" });
  expect(readdirSync(run("one")).sort()).toEqual(["notes.txt", "run.json"]);
});
