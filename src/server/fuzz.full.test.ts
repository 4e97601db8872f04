/** The figure. */
import { test } from "vitest";
import { expectFuzzed } from "./fuzzed-server.fixture.ts";

test("a hundred thousand requests with slips", { timeout: 3_600_000 }, () =>
  expectFuzzed({ requests: 100_000, seed: 1_000_000 }),
);
