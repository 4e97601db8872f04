/** Quantised weights on a GPU: seconds of compiling on a software driver, so with the full tests. In float32: embedded-goldens.test.ts. */
import { afterAll, expect, test } from "vitest";
import { decoderOf, disposeDecoders, farthest, hasWebGpu } from "./decoders.fixture.ts";

afterAll(disposeDecoders);

test.skipIf(!(await hasWebGpu())).each([
  ["q8", 1],
  ["q4", 3.5],
] as const)("%s: logits near those of the processor in float32", async (precision, most) => {
  const [cpu, gpu] = [await decoderOf("biogpt-mini"), await decoderOf("biogpt-mini", precision, "webgpu")];
  expect(await farthest(cpu, gpu)).toBeLessThan(most);
});
