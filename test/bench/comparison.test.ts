import { expect, test } from "vitest";
import {
  CLAIMS,
  type Claim,
  figures,
  judge,
  LARGE_CLAIMS,
  type Measurement,
  smallerIsBetter,
  tables,
  unmeasured,
} from "../../bench/comparison.ts";

const of = (round: number, contestant: string, metrics: Record<string, number>): Measurement => ({
  round,
  contestant,
  metrics,
});
const speed: Claim = {
  what: "decode",
  ours: ["ours", "decode 1"],
  against: ["peer", "decode 1"],
  bar: 2,
  stretch: 3.5,
};

test("a ratio is taken within a round, then the median", () => {
  // Medians alone would say 100 / 30; round by round it is 2, 4 and 2.5.
  const rounds = [
    of(0, "ours", { "decode 1": 100 }),
    of(0, "peer", { "decode 1": 50 }),
    of(1, "ours", { "decode 1": 40 }),
    of(1, "peer", { "decode 1": 10 }),
    of(2, "ours", { "decode 1": 125 }),
    of(2, "peer", { "decode 1": 50 }),
    of(3, "ours", { "decode 1": 999 }), // the peer failed in this round
  ];
  const [verdict] = judge(rounds, [speed]);
  expect(verdict!.measured).toEqual({ median: 2.5, least: 2, greatest: 4, rounds: 3 });
  expect(verdict!.meets).toBe("bar");
});

test.each([
  [1.99, "neither"],
  [2, "bar"],
  [3.5, "stretch"],
])("a ratio of %d meets: %s", (ratio, meets) => {
  const rounds = [of(0, "ours", { "decode 1": ratio }), of(0, "peer", { "decode 1": 1 })];
  expect(judge(rounds, [speed])[0]!.meets).toBe(meets);
});

test.each([
  [450e6, "stretch"],
  [600e6, "bar"],
  [701e6, "neither"],
])("memory of %d bytes meets: %s, since less is better", (memory, meets) => {
  const claim: Claim = { what: "memory", ours: ["ours", "memory"], bar: 700e6, stretch: 500e6 };
  expect(judge([of(0, "ours", { memory })], [claim])[0]!.meets).toBe(meets);
});

test("a ratio of loads is the peer's seconds over ours", () => {
  const claim: Claim = { what: "load", ours: ["ours", "load"], against: ["peer", "load"] };
  const [verdict] = judge([of(0, "ours", { load: 0.5 }), of(0, "peer", { load: 2 })], [claim]);
  expect(verdict!.measured.median).toBe(4);
  expect(verdict!.meets).toBeUndefined();
});

test("what was not measured is listed, not judged", () => {
  const verdicts = judge([of(0, "ours", { "decode 1": 1 })], [speed]);
  expect(verdicts).toEqual([]);
  expect(unmeasured(verdicts, [speed])).toEqual([speed]);
});

test("of a round's processes the first that measured a figure counts", () => {
  const all = figures([of(0, "ours q4", { memory: 400 }), of(0, "ours q4", { memory: 900 })]);
  expect(all["ours q4"]!["memory"]!.median).toBe(400);
});

test("the tables name bars, figures and verdicts", () => {
  const rounds = [
    of(0, "ours q4", { "decode 1": 140, memory: 480e6, load: 0.61 }),
    of(0, "llama.cpp Q4_0", { "decode 1": 70 }),
  ];
  const text = tables(judge(rounds), figures(rounds)).join("\n");
  expect(text).toMatch(
    /\| decode, 1 row, q4 +\| llama.cpp Q4_0, decode 1 +\| ≥ 2.00× +\| ≥ 3.50× +\| 2.00× +\| 2.00× to 2.00× +\| bar +\|/,
  );
  expect(text).toMatch(/\| peak memory, q4, 1 row +\| +\| ≤ 700 MB +\| ≤ 500 MB +\| 480 MB .*\| stretch \|/);
  expect(text).toMatch(/\| llama.cpp Q4_0 +\| 70.0 \/s +\| +\| +\|/);
});

test.each([
  ["BioGPT's shape", CLAIMS],
  ["Llama-2-7B's", LARGE_CLAIMS],
])("%s: every bar has its figure once", (_shape, claims) => {
  const keys = claims.map(({ ours, against }) => JSON.stringify([ours, against]));
  expect(new Set(keys).size).toBe(keys.length);
  for (const { bar, stretch, ours } of claims) {
    if (bar === undefined || stretch === undefined) continue;
    expect(smallerIsBetter(ours[1]) ? stretch < bar : stretch > bar).toBe(true);
  }
});
