/** When progress is shown, and with which rate and time left. */
import { expect, test } from "vitest";
import { formatAmount, formatDuration } from "../base/amounts.ts";
import { progressLines } from "./terminal.ts";

const reading = (done: number): { activity: string; done: number; total: number; unit: string } => ({
  activity: "reading",
  done,
  total: 1000,
  unit: "documents",
});

test("in a log: nothing before ten seconds, then a line every ten, with a rate and a time left", () => {
  const shown = progressLines({ everyMs: 10_000, startedMs: 0 });
  const lines: [number, string][] = [];
  for (let seconds = 0; seconds <= 35; seconds++) {
    const line = shown(reading(10 * seconds), 1000 * seconds);
    if (line !== undefined) lines.push([seconds, line]);
  }
  expect(lines).toEqual([
    [10, "reading: 10 % 100 documents (10 documents/s, 1 min 30 s left)"],
    [20, "reading: 20 % 200 documents (10 documents/s, 1 min 20 s left)"],
    [30, "reading: 30 % 300 documents (10 documents/s, 1 min 10 s left)"],
  ]);
});

test("on a terminal: at once, at most ten times a second, and the end always", () => {
  const shown = progressLines({ everyMs: 100, startedMs: 0 });
  expect(shown(reading(0), 0)).toBe("reading: 0 % 0 documents");
  expect(shown(reading(1), 50)).toBeUndefined();
  expect(shown(reading(2), 100)).toMatch(/^reading: 0 % 2 documents \(20 documents\/s/);
  expect(shown(reading(1000), 110)).toMatch(/^reading: 100 % 1,000 documents/);
});

test("two activities at once keep a rate each", () => {
  const shown = progressLines({ everyMs: 100, startedMs: 0 });
  const file = (name: string, done: number): { activity: string; done: number; unit: string } => ({
    activity: name,
    done,
    unit: "bytes",
  });
  for (let at = 0; at < 1000; at += 100) {
    shown(file("a", at * 1000), at);
    shown(file("b", at * 10), at);
  }
  expect(shown(file("a", 1e6), 1000)).toBe("a: 1.00 MB (1.00 MB/s)");
  expect(shown(file("b", 1e4), 1000)).toBe("b: 10.0 kB (10.0 kB/s)");
});

test("amounts and durations for people", () => {
  expect(formatAmount(1_400_000_000, "bytes")).toBe("1.40 GB");
  expect(formatAmount(12211, "tokens")).toBe("12,211 tokens");
  expect([42, 185, 7800, Number.POSITIVE_INFINITY].map(formatDuration)).toEqual([
    "42 s",
    "3 min 5 s",
    "2 h 10 min",
    "unknown",
  ]);
});
