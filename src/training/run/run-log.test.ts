import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lossPlot } from "./loss-plot.ts";
import { type LogRecord, RunLog } from "./run-log.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const update = (step: number, loss = 9 - step / 10): LogRecord => ({
  ...{
    step,
    loss,
    learningRate: 1e-3,
    gradientNorm: 1,
    tokens: 100 * step,
    tokensPerSecond: 5,
    epoch: 0.1,
    seconds: step,
  },
});

test("going on drops what came after the checkpoint, and a line that a kill cut", async () => {
  const path = join(folder, "log.jsonl");
  const lines = [1, 2, 3].map((step) => JSON.stringify(update(step)));
  writeFileSync(path, `${lines.join("\n")}\n{"step": 4, "lo`);
  const log = await RunLog.open(path, 2);
  log.add(update(3, 1));
  expect(readFileSync(path, "utf8")).toBe(`${[...lines.slice(0, 2), JSON.stringify(update(3, 1))].join("\n")}\n`);
  expect(log.records.map(({ step }) => step)).toEqual([1, 2, 3]);
});

test("a broken line in the middle is named", async () => {
  const path = join(folder, "broken.jsonl");
  writeFileSync(path, `${JSON.stringify(update(1))}\nnonsense\n`);
  await expect(RunLog.open(path, 5)).rejects.toThrow(/Line 2 of/);
});

test("the plot stays inside its axes and small, whatever was logged", () => {
  const records: LogRecord[] = [];
  for (let step = 1; step <= 5000; step++) {
    records.push(update(step, step % 700 === 0 ? Number.NaN : 3 + 6 / step));
    if (step % 500 === 0) {
      const induction = { first: 5, second: 4, score: 1 };
      records.push({ step, tokens: step, heldOut: { loss: 3.1, perplexity: 22, induction } });
    }
  }
  for (const part of [records, records.slice(0, 1), [], records.filter((record) => "heldOut" in record)]) {
    const svg = lossPlot(part);
    expect(svg.length).toBeLessThan(40_000);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const points = [...svg.matchAll(/points="([^"]*)"/g)].flatMap((match) => match[1]!.split(" "));
    for (const point of points) {
      const [x, y] = point.split(",").map(Number) as [number, number];
      expect(x).toBeGreaterThanOrEqual(62);
      expect(x).toBeLessThanOrEqual(874);
      expect(y).toBeGreaterThanOrEqual(20);
      expect(y).toBeLessThanOrEqual(600);
    }
  }
  expect(lossPlot(records)).toContain("induction, nats");
});
