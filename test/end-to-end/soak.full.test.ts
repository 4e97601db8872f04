/** The figure: five minutes of everything that can be asked; BIOGPT_SOAK_SECONDS=3600 makes them an hour. */
import { expect, test } from "vitest";
import { soak } from "./soak.fixture.ts";

const SECONDS = Number(process.env["BIOGPT_SOAK_SECONDS"] ?? 300);

test(`${SECONDS} seconds: every request is answered once, and warm memory grows by at most 2 %`, {
  timeout: 1000 * SECONDS + 300_000,
}, async () => {
  const { requests, growth } = await soak(SECONDS);
  process.stdout.write(`${requests} requests, memory ${(100 * growth).toFixed(2)} %\n`);
  expect(requests).toBeGreaterThan(1000);
  expect(growth).toBeLessThanOrEqual(0.02);
});
