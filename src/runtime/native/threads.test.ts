import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkThreads, defaultThreads, linuxCores, parseCpuMax } from "./threads.ts";

test("the default lies between one and what this process may use", () => {
  expect(defaultThreads()).toBeGreaterThanOrEqual(1);
  expect(defaultThreads()).toBeLessThanOrEqual(Math.min(16, availableParallelism()));
});

test("two hyper-threads of a core count once", () => {
  const folder = mkdtempSync(join(tmpdir(), "biogpt-cpus-"));
  try {
    for (const [cpu, siblings] of ["0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7"].entries()) {
      mkdirSync(join(folder, `cpu${cpu}`, "topology"), { recursive: true });
      writeFileSync(join(folder, `cpu${cpu}`, "topology", "thread_siblings_list"), `${siblings}\n`);
    }
    mkdirSync(join(folder, "cpufreq"));
    expect(linuxCores(folder)).toBe(4);
    expect(linuxCores(join(folder, "nothing"))).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ["max 100000\n", undefined],
  ["150000 100000\n", 2],
  ["50000 100000\n", 1],
  ["", undefined],
  ["nonsense", undefined],
])("a container's limit %j is %s processors", (text, want) => {
  expect(parseCpuMax(text)).toBe(want);
});

test("refuses what is not a number of threads", () => {
  expect(checkThreads(256)).toBe(256);
  for (const threads of [0, -1, 1.5, 257, Number.NaN]) {
    expect(() => checkThreads(threads)).toThrow(expect.objectContaining({ code: "runtime/threads" }));
  }
});
