import { expect, test } from "vitest";
import { mapInOrder } from "./map-in-order.ts";

const later = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function* numbers(count: number, end?: Error): AsyncGenerator<number, void, void> {
  for (let number = 0; number < count; number++) yield number;
  if (end !== undefined) throw end;
}

test("results come in order, so many at a time and no more", async () => {
  let [atOnce, most] = [0, 0];
  const work = async (number: number): Promise<number> => {
    most = Math.max(most, ++atOnce);
    await later(10 - number);
    atOnce--;
    return number * number;
  };
  const results: number[] = [];
  for await (const result of mapInOrder(numbers(8), work, { concurrency: 3 })) results.push(result);
  expect(results).toEqual([0, 1, 4, 9, 16, 25, 36, 49]);
  expect(most).toBe(3);
  const few = mapInOrder([1, 2], async (one) => -one, { concurrency: 5 });
  expect([(await few.next()).value, (await few.next()).value, (await few.next()).done]).toEqual([-1, -2, true]);
});

test("items that break off: what was begun is yielded first, then the error", async () => {
  const results: number[] = [];
  const run = async (): Promise<void> => {
    const work = async (number: number): Promise<number> => later(3).then(() => number);
    for await (const result of mapInOrder(numbers(5, new Error("cut")), work, { concurrency: 4 })) results.push(result);
  };
  await expect(run()).rejects.toThrow("cut");
  expect(results).toEqual([0, 1, 2, 3, 4]);
});

test("a failure stands in its item's place; it, a break and a signal stop what is in work and end the items", async () => {
  const run = async (
    how: "failure" | "break" | "signal",
  ): Promise<readonly [seen: number[], stopped: number[], ended: boolean]> => {
    const [seen, stopped]: [number[], number[]] = [[], []];
    let ended = false;
    async function* items(): AsyncGenerator<number, void, void> {
      try {
        yield* numbers(9);
      } finally {
        ended = true;
      }
    }
    const controller = new AbortController();
    const work = async (number: number, signal: AbortSignal): Promise<number> => {
      signal.addEventListener("abort", () => stopped.push(number));
      if (number > 1) await later(50);
      if (number === 1 && how === "failure") throw new Error("this one");
      return number;
    };
    try {
      for await (const result of mapInOrder(items(), work, { concurrency: 3, signal: controller.signal })) {
        seen.push(result);
        if (result === 1 && how === "break") break;
        if (result === 1) controller.abort();
      }
    } catch (error) {
      expect(error).toMatchObject(how === "failure" ? { message: "this one" } : { code: "aborted" });
    }
    return [seen, stopped, ended];
  };
  expect((await run("failure"))[0]).toEqual([0]);
  expect((await run("break"))[0]).toEqual([0, 1]);
  expect((await run("signal"))[0]).toEqual([0, 1]);
  for (const how of ["failure", "break", "signal"] as const) {
    const [, stopped, ended] = await run(how);
    expect([stopped.includes(2), ended], how).toEqual([true, true]);
  }
});
