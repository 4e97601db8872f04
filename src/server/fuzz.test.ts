/** Some thousand requests made from /openapi.json, over all that a server can offer; a hundred thousand in fuzz.full.test.ts. */
import { test } from "vitest";
import { expectFuzzed } from "./fuzzed-server.fixture.ts";

test(
  "three thousand requests with slips: declared answers, no path, no text of another request",
  { timeout: 300_000 },
  () => expectFuzzed({ requests: 3000, seed: 1 }),
);
