/** An answer that fails once its head is out: the line is cut, the log says why, and nobody else hears of it. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import pino from "pino";
import { expect, test, vi } from "vitest";
import { Turnstile } from "../base/turnstile.ts";
import { createApp } from "./app.ts";
import { Metrics } from "./metrics.ts";
import { type Route, streamed } from "./route.ts";

test("an answer that breaks off ends the connection and stands in the log alone", async () => {
  const route: Route = {
    ...{ method: "get", path: "/lines", tag: "test", summary: "Lines", answers: {} },
    handle: () =>
      streamed(
        (async function* () {
          yield "first\n";
          await new Promise((resolve) => setTimeout(resolve, 20));
          throw new Error("the disk is gone");
        })(),
        "application/jsonl",
      ),
  };
  const logged: string[] = [];
  const open = { count: 0 };
  const app = createApp(
    {
      routes: [route],
      metrics: new Metrics(() => []),
      log: pino({}, { write: (line: string) => void logged.push(line) }),
      keys: undefined,
      turnstile: new Turnstile(),
      hosts: undefined,
      ...{ mostBytes: 1000, deadline: 10_000, stop: new AbortController().signal, otherwise: () => undefined },
    },
    open,
  );
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/lines`);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe("first\n");
    await expect(reader.read()).rejects.toThrow();
    expect(printed).not.toHaveBeenCalled();
    expect(logged.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["an answer broke off", "request"]);
    expect(logged[0]).toContain("the disk is gone");
    expect(open.count).toBe(0);
  } finally {
    printed.mockRestore();
    server.close();
  }
});
