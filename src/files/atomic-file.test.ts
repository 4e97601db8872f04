import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAtomicFile, isUnfinished, writeFileAtomically } from "./atomic-file.ts";
import { temporaryFolder } from "./scratch.fixture.ts";

test("a file appears whole, in pieces or as one, in folders that are made, over an earlier one", async () => {
  const path = join(temporaryFolder(), "a", "b.txt");
  await writeFileAtomically(path, ["one ", Buffer.from("two")]);
  expect(readFileSync(path, "utf8")).toBe("one two");
  await writeFileAtomically(path, "three");
  expect(readFileSync(path, "utf8")).toBe("three");
  expect(readdirSync(join(path, ".."))).toEqual(["b.txt"]);
});

test("until it is finished there is only a file that tells so by its name, and none when it is given up", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "x");
  const file = await createAtomicFile(path);
  await file.handle.writeFile("half");
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(folder).map(isUnfinished)).toEqual([true]);
  await file.discard();
  expect(readdirSync(folder)).toEqual([]);
  for (const name of ["x", "x.tmp", "x.1.tmp", "documents-0000.jsonl.gz"]) expect(isUnfinished(name)).toBe(false);
});

test("what cannot be written leaves the earlier file and nothing beside it", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "x");
  await writeFileAtomically(path, "kept");
  await expect(writeFileAtomically(path, ["new", 7 as unknown as string])).rejects.toThrow();
  expect(readFileSync(path, "utf8")).toBe("kept");
  expect(readdirSync(folder)).toEqual(["x"]);
});

test("a folder in the place of a file is told by its own name", async () => {
  const folder = temporaryFolder();
  await expect(createAtomicFile(folder)).rejects.toMatchObject({
    code: "files/is-folder",
    what: `${folder} is a folder.`,
  });
});
