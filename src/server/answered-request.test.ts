/** What was held for a request goes with its answer: Node keeps the signal of one that had a body until nothing refers to the request any more. */
import { getEventListeners } from "node:events";
import pino from "pino";
import { expect, test } from "vitest";
import { z } from "zod";
import { Turnstile } from "../base/turnstile.ts";
import { createApp } from "./app.ts";
import { Metrics } from "./metrics.ts";
import { json, type Route } from "./route.ts";

test("nothing listens any more to the signals of a request that was answered, whether well or not", async () => {
  const stop = new AbortController();
  const signals: AbortSignal[] = [];
  const listeners = (): number[] => [...signals, stop.signal].map((one) => getEventListeners(one, "abort").length);
  let during: number[] = [];
  const route: Route = {
    ...{ method: "post", path: "/ask", tag: "test", summary: "Ask", answers: {}, open: true },
    body: z.object({ fails: z.boolean() }),
    handle: (request) => {
      signals.push(request.raw.signal);
      during = listeners();
      if ((request.body as { fails: boolean }).fails) throw new Error("no");
      return json({});
    },
  };
  const app = createApp(
    {
      ...{ routes: [route], metrics: new Metrics(() => []), log: pino({ level: "silent" }), keys: undefined },
      ...{ turnstile: new Turnstile(), hosts: undefined, mostBytes: 1000, deadline: 10_000 },
      ...{ stop: stop.signal, otherwise: () => undefined },
    },
    { count: 0 },
  );
  for (const fails of [false, true]) {
    signals.length = 0;
    const headers = { "Content-Type": "application/json" };
    const answer = await app.request("/ask", { method: "POST", headers, body: JSON.stringify({ fails }) }, {});
    expect(answer.status).toBe(fails ? 500 : 200);
    expect(listeners()).toEqual(during.map((count) => count - 1));
  }
});
