import { expect, test } from "vitest";
import { Turnstile } from "./turnstile.ts";

test("those who wait pass in the order of their coming, and what else waits has its turn between any two", async () => {
  const turnstile = new Turnstile();
  const seen: string[] = [];
  let isOver = false;
  const other = (): void => {
    seen.push("other");
    if (!isOver) setImmediate(other);
  };
  setImmediate(other);
  const pass = async (name: string): Promise<void> => {
    await turnstile.pass();
    seen.push(name);
    await Promise.resolve(); // goes on in the same turn
    seen.push(name);
  };
  await Promise.all(["a", "b", "c"].map(pass));
  isOver = true;
  expect(seen.join(" ")).toMatch(/^other a a other b b other c c$/);
  await pass("d");
  expect(seen.slice(-2)).toEqual(["d", "d"]);
});
