/** Turns at a model: fair between clients, bounded, and none is lost. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Admission, type Turn } from "./admission.ts";

const never = new AbortController().signal;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a client with one request waits for one of another's, not for all of them", async () => {
  const admission = new Admission({ places: 1, mostWaiting: 10 });
  const first = await admission.enter("a", 1, never);
  const order: string[] = [];
  const turns: Turn[] = [];
  const ask = (client: string, name: string): void => {
    void admission.enter(client, 1, never).then((turn) => {
      order.push(name);
      turns.push(turn);
    });
  };
  for (const name of ["a1", "a2", "a3"]) ask("a", name);
  ask("b", "b1");
  first[Symbol.dispose]();
  for (let i = 0; i < 4; i++) {
    await settle();
    turns.at(-1)![Symbol.dispose]();
  }
  expect(order).toEqual(["a1", "b1", "a2", "a3"]);
  expect(admission.load).toEqual({ active: 0, waiting: 0 });
});

test("a large request is not overtaken for ever, and counts as all places at most", async () => {
  const admission = new Admission({ places: 4, mostWaiting: 10 });
  const small = await admission.enter("a", 1, never);
  const order: string[] = [];
  void admission.enter("a", 100, never).then((turn) => {
    order.push("large");
    turn[Symbol.dispose]();
  });
  void admission.enter("b", 1, never).then(() => order.push("small"));
  await settle();
  expect(order).toEqual([]);
  small[Symbol.dispose]();
  await settle();
  expect(order).toEqual(["large", "small"]);
});

test("one too many is told when to come again; one that goes away leaves its place", async () => {
  const admission = new Admission({ places: 1, mostWaiting: 1 });
  const turn = await admission.enter("a", 1, never);
  const gone = new AbortController();
  const waiting = admission.enter("b", 1, gone.signal);
  await expect(admission.enter("c", 1, never)).rejects.toMatchObject({ code: "server/busy" });
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  const next = admission.enter("c", 1, never);
  turn[Symbol.dispose]();
  turn[Symbol.dispose](); // twice is once
  (await next)[Symbol.dispose]();
  expect(admission.load).toEqual({ active: 0, waiting: 0 });
});

test("whatever comes and goes, places are never over-filled and all is given back", async () => {
  const step = fc.record({
    client: fc.constantFrom("a", "b", "c"),
    cost: fc.integer({ min: 1, max: 6 }),
    leaves: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const admission = new Admission({ places: 4, mostWaiting: 100 });
      let held = 0;
      await Promise.all(
        steps.map(async ({ client, cost, leaves }) => {
          const control = new AbortController();
          const entering = admission.enter(client, cost, control.signal);
          if (leaves) control.abort();
          const turn = await entering.catch(() => undefined);
          if (turn === undefined) return;
          held += Math.min(4, cost);
          expect(held).toBeLessThanOrEqual(4);
          await settle();
          held -= Math.min(4, cost);
          turn[Symbol.dispose]();
        }),
      );
      expect(admission.load).toEqual({ active: 0, waiting: 0 });
    }),
    { numRuns: 50 },
  );
});
