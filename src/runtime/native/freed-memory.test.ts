import { readFileSync } from "node:fs";
import koffi from "koffi";
import { expect, test } from "vitest";
import { returnFreedMemory } from "./freed-memory.ts";

const residentBytes = (): number =>
  1024 * Number(/RssAnon:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]);

test.skipIf(process.platform !== "linux")("what lies free between blocks in use is given back", async () => {
  if (!(await returnFreedMemory())) return; // no glibc
  const BLOCK = 16_384;
  const blocks = Array.from({ length: 8000 }, () => {
    const address = koffi.alloc("uint8_t", BLOCK) as bigint;
    koffi.encode(address, "uint8_t", new Uint8Array(BLOCK).fill(1), BLOCK);
    return address;
  });
  // The last one is kept, so that the end of the heap cannot move.
  for (const address of blocks.slice(0, -1)) koffi.free(address);
  const before = residentBytes();
  await returnFreedMemory();
  expect(before - residentBytes()).toBeGreaterThan(60e6);
  koffi.free(blocks.at(-1)!);
});
