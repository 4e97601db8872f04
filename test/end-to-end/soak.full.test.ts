/** The figure: five minutes of everything that can be asked. */
import { expect, test } from "vitest";
import { soak } from "./soak.fixture.ts";

test("five minutes: every request is answered once, and warm memory grows by at most 2 %", {
  timeout: 600_000,
}, async () => {
  const { requests, growth } = await soak(300);
  process.stdout.write(`${requests} requests, memory ${(100 * growth).toFixed(2)} %\n`);
  expect(requests).toBeGreaterThan(1000);
  expect(growth).toBeLessThanOrEqual(0.02);
});
