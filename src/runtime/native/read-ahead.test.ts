import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFile, temporaryFolder } from "../../files/scratch.fixture.ts";
import { readAhead } from "./read-ahead.ts";

test("regions of several files are read, over more than one piece", async () => {
  const large = temporaryFile("large", new Uint8Array(9 << 20));
  const small = temporaryFile("small", new Uint8Array(100));
  const { done } = readAhead([
    { file: large, offset: 1000, byteLength: 8 << 20 },
    { file: small, offset: 10, byteLength: 20 },
  ]);
  expect(await done).toBe((8 << 20) + 20);
});

test("it ends between two pieces when it is told to", async () => {
  const large = temporaryFile("large", new Uint8Array(9 << 20));
  const { done, stop } = readAhead([{ file: large, offset: 0, byteLength: 9 << 20 }]);
  stop();
  expect(await done).toBeLessThan(9 << 20);
});

test("a file that is missing or too short is left to those who need it", async () => {
  const short = temporaryFile("short", new Uint8Array(100));
  expect(await readAhead([{ file: short, offset: 40, byteLength: 100 }]).done).toBe(60);
  expect(await readAhead([{ file: join(temporaryFolder(), "gone"), offset: 0, byteLength: 1 }]).done).toBe(0);
});
