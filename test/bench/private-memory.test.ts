import { expect, test } from "vitest";
import { residentMemory, watchMemory } from "../../bench/private-memory.ts";

test("the kernel's fields; shared memory is a process's own, mapped files are not", () => {
  const status =
    "Name:\tnode\nVmHWM:\t  900 kB\nVmRSS:\t  700 kB\nRssAnon:\t  400 kB\nRssFile:\t  290 kB\nRssShmem:\t   10 kB\n";
  expect(residentMemory(status)).toEqual({ own: 410 * 1024, mapped: 290 * 1024 });
  expect(() => residentMemory("VmRSS:\t  700 kB\n")).toThrow("RssAnon");
});

test.skipIf(process.platform !== "linux")("what was filled counts, also when it is gone again", () => {
  const peak = watchMemory();
  const before = peak().own;
  Buffer.alloc(64 << 20, 1);
  expect(peak().own).toBeGreaterThan(before + (60 << 20));
});
