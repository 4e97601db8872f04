/** Copies in a cache folder that cannot be written, or that others filled. */
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { tinyFolder } from "../tiny-model.fixture.ts";
import { cachedCopy } from "./cached-copy.ts";
import { loadModelFolder } from "./load-folder.ts";
import { checkMemory, freeMemory, grantedMemory } from "./memory.ts";

const folder = await tinyFolder();

test("a file where the cache folder should be: told at once, with two ways out", async () => {
  const cacheFolder = join(temporaryFolder(), "cache");
  writeFileSync(cacheFolder, "");
  const options = { threads: 1, precision: "q8", cacheFolder } as const;
  await expect(loadModelFolder(folder, "tiny", options)).rejects.toMatchObject({
    code: "files/forbidden",
    what: `A quantised copy of the weights cannot be written to ${cacheFolder}.`,
    fix: expect.stringMatching(/BIOGPT_CACHE.*fp32/),
  });
});

for (const [systemCode, code] of [
  ["EROFS", "files/read-only"],
  ["EACCES", "files/forbidden"],
  ["ENOSPC", "files/disk-full"],
]) {
  test(`${systemCode} while a copy is written is ${code}`, async () => {
    const write = (): Promise<void> => Promise.reject(Object.assign(new Error(systemCode), { code: systemCode }));
    const copy = cachedCopy({ kind: "adapted", recipe: "1", entries: [] }, { cacheFolder: temporaryFolder() }, write);
    await expect(copy).rejects.toMatchObject({ code, what: expect.stringContaining("with the adapter in them") });
  });
}

test("a read-only cache that holds the copy already is good enough, without the list of known files too", async () => {
  const cacheFolder = join(temporaryFolder(), "cache");
  const options = { threads: 1, precision: "q8", cacheFolder } as const;
  const first = await loadModelFolder(folder, "tiny", options);
  const copies = readdirSync(join(cacheFolder, "quantized"));
  rmSync(join(cacheFolder, "known-files.json"));
  mkdirSync(join(cacheFolder, "known-files.json")); // cannot be read or replaced, whoever we are
  chmodSync(cacheFolder, 0o500);
  const second = await loadModelFolder(folder, "tiny", options);
  expect(await second.score([[2, 5, 9]])).toEqual(await first.score([[2, 5, 9]]));
  expect(readdirSync(join(cacheFolder, "quantized"))).toEqual(copies);
  chmodSync(cacheFolder, 0o700);
  for (const model of [first, second]) model.dispose();
});

test("what a container does not grant is not free", () => {
  expect(freeMemory(8e9, 6e9, 1e9)).toBe(6e9);
  expect(freeMemory(3e9, 20e9, 1e9)).toBe(2e9);
  expect(freeMemory(1e9, 20e9, 2e9)).toBe(0);
  expect(freeMemory()).toBeLessThanOrEqual(grantedMemory());
});

test("a model that can never find room is refused before it is read", () => {
  expect(grantedMemory()).toBeGreaterThan(1e8);
  expect(() => checkMemory(7e9, "The model", 8e9)).not.toThrow();
  expect(() => checkMemory(14e9, "The model", 8e9)).toThrow(
    "The model needs 14 GB of memory; this machine, or this container, has 8.0 GB.",
  );
});
