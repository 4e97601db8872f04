import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkThreads, defaultThreads, linuxCores, parseCpuMax } from "./threads.ts";

test("the default lies between one and what this process may use; OMP_NUM_THREADS lowers it", () => {
  const usual = defaultThreads({});
  expect(usual).toBeGreaterThanOrEqual(1);
  expect(usual).toBeLessThanOrEqual(Math.min(16, availableParallelism()));
  const given = (threads: string): number => defaultThreads({ OMP_NUM_THREADS: threads });
  expect([given("1"), given("1,4"), given("99")]).toEqual([1, 1, usual]);
  for (const nonsense of ["", "0", "-1", "many", "1.5"]) expect(given(nonsense)).toBe(usual);
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
