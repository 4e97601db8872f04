import { expect, test } from "vitest";
import { Breath } from "./breath.ts";

function compute(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

test("others have their turn while much is computed, and none is given away while little is", async () => {
  const breath = new Breath(4);
  let turns = 0;
  const count = (): void => {
    turns++;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  for (let i = 0; i < 20; i++) {
    compute(2);
    await breath.take();
  }
  clearImmediate(immediate);
  expect(turns).toBeGreaterThanOrEqual(5); // 40 ms in holds of 4 to 6

  const patient = new Breath(1000);
  let hadTurn = false;
  setImmediate(() => {
    hadTurn = true;
  });
  for (let i = 0; i < 100; i++) await patient.take();
  expect(hadTurn).toBe(false);
});
