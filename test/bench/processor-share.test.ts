import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { othersShare, processorTimes } from "../../bench/processor-share.ts";

const onLinux = process.platform === "linux";
const read =
  (cpu: string, own: string) =>
  (path: string): string =>
    path === "/proc/stat" ? `cpu  ${cpu}\ncpu0 1 1 1 1\n` : own;

test.skipIf(!onLinux)("the kernel's fields", () => {
  const own = `7 (a ) b) R 1 1 1 0 -1 0 0 0 0 0 100 20 3 4 20 0 11 0`;
  expect(processorTimes(read("1000 200 30 4000 500 6 7 8 9 9", own))).toEqual({ busy: 1251, idle: 4500, own: 127 });
});

test("others have what is busy and not ours", () => {
  const before = { busy: 1000, idle: 500, own: 100 };
  expect(othersShare(before, { busy: 1150, idle: 550, own: 150 })).toBe(0.5); // 100 of 200 ticks
  expect(othersShare(before, { busy: 1150, idle: 550, own: 251 })).toBe(0); // ticks are counted coarsely
});

test.skipIf(!onLinux)("a child's time is ours once it has ended", () => {
  const before = processorTimes()!;
  spawnSync(process.execPath, [
    "-e",
    "const end = Date.now() + 2000; while (process.cpuUsage().user < 3e5 && Date.now() < end);",
  ]);
  expect(processorTimes()!.own - before.own).toBeGreaterThanOrEqual(10);
});
