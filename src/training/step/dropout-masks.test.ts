import { afterAll, expect, test } from "vitest";
import { openDevice } from "../../runtime/device.ts";
import { fillMask, keptShare } from "./dropout-masks.ts";

const device = await openDevice("cpu");
afterAll(() => device[Symbol.dispose]());

async function drawn(probability: number, seeds: readonly number[], shape: readonly number[]): Promise<Uint8Array> {
  using mask = device.allocate("uint8", shape);
  await fillMask(mask, probability, seeds);
  return mask.data.slice();
}

for (const probability of [0.004, 0.1, 0.5, 0.7]) {
  test(`${probability} of the bytes are 0, the others 1, as the factor assumes`, async () => {
    const bytes = await drawn(probability, [1, 2, 3], [999, 1001]);
    expect(bytes.every((byte) => byte === 0 || byte === 1)).toBe(true);
    const kept = bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;
    expect(Math.abs(kept - keptShare(probability))).toBeLessThan(0.002); // four standard deviations at 0.5
    expect(Math.abs(keptShare(probability) - (1 - probability))).toBeLessThan(1 / 256);
    for (let place = 0; place < 4; place++) {
      const quarter = bytes.filter((_, i) => i % 4 === place);
      const share = quarter.reduce((sum, byte) => sum + byte, 0) / quarter.length;
      expect(Math.abs(share - keptShare(probability))).toBeLessThan(0.005);
    }
  });
}

test("the same seeds draw the same mask, others another; neighbours are not alike", async () => {
  const draw = (seeds: readonly number[]): Promise<Uint8Array> => drawn(0.5, seeds, [4001]);
  const first = await draw([1, 0, 0, 0]);
  expect(await draw([1, 0, 0, 0])).toEqual(first);
  for (const seeds of [
    [2, 0, 0, 0],
    [1, 1, 0, 0],
    [1, 0, 1, 0],
    [1, 0, 0, 1],
    [0, 1, 0, 0],
  ]) {
    const other = await draw(seeds);
    const alike = other.filter((byte, i) => byte === first[i]).length / other.length;
    expect(Math.abs(alike - 0.5)).toBeLessThan(0.04);
  }
});
