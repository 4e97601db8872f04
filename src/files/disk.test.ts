import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { expectRoom, throwIfDiskFull, throwIfUnwritable } from "./disk.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-disk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failure = (code: string, path?: string): Error => Object.assign(new Error(`${code}: it failed`), { code, path });

test("room for what will be written is asked for before it is", async () => {
  await expectRoom(folder, 1, "a checkpoint");
  await expect(expectRoom(folder, 1e18, "a checkpoint")).rejects.toMatchObject({
    code: "training/disk-full",
    what: expect.stringMatching(/has [\d,]+ MB left; a checkpoint takes 1,000,000,000,000 MB/),
  });
});

test("a full disk, a quota, a read-only disk and missing rights have their own messages", () => {
  expect(() => throwIfDiskFull(failure("ENOSPC"), "writing x")).toThrow("No space is left on the device.");
  expect(() => throwIfDiskFull(failure("EDQUOT"), "writing x")).toThrow("Your quota on it is used up.");
  const inside = join(folder, "run.lock");
  expect(() => throwIfUnwritable(failure("EROFS", inside), folder)).toThrow("Its disk is mounted read-only.");
  expect(() => throwIfUnwritable(failure("EACCES", inside), folder)).toThrow(`Nothing may be written to ${folder}.`);
});

test("what happened to other files says nothing of the folder", () => {
  for (const error of [failure("EACCES", "/elsewhere/data.jsonl"), failure("EACCES"), failure("ENOENT", folder)]) {
    throwIfUnwritable(error, folder);
    throwIfDiskFull(error, "reading");
  }
});
