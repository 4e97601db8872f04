/** Slow loris in full: a head and a body that dribble are given up after the server's patience, and nothing is left of them. */
import { expect, test } from "vitest";
import { badServer, head, rawRequest, until } from "./sockets.fixture.ts";

const dribble = (text: string, parts: number): string[] => [...text, ...Array.from({ length: parts }, () => " ")];

test("a head is waited for 10 s, a body 60 s, beside requests that are answered", { timeout: 180_000 }, async () => {
  const bad = await badServer();
  try {
    const began = performance.now();
    const timed = async (parts: readonly string[]): Promise<{ answer: string; seconds: number }> => {
      const answer = await rawRequest(bad.url, parts, { pause: 250 });
      return { answer, seconds: (performance.now() - began) / 1000 };
    };
    const heads = Array.from({ length: 200 }, () =>
      timed(dribble("GET /health HTTP/1.1\r\nHost: localhost\r\nX: ", 400)),
    );
    const bodies = Array.from({ length: 200 }, () => timed([head(10_000), ...dribble("{", 400)]));
    let answered = 0;
    const asking = setInterval(() => void fetch(`${bad.url}/health`).then(({ ok }) => (answered += ok ? 1 : 0)), 500);
    for (const { answer, seconds } of await Promise.all(heads)) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(seconds).toBeGreaterThan(9);
      expect(seconds).toBeLessThan(25);
    }
    for (const { answer, seconds } of await Promise.all(bodies)) {
      expect(answer).not.toMatch(/ 200 /);
      expect(seconds).toBeLessThan(80);
    }
    clearInterval(asking);
    expect(answered).toBeGreaterThan(80);
    await until(async () => (await bad.metric("requests_open")) <= 1);
    expect(bad.problems()).toEqual([]);
  } finally {
    await bad.close();
  }
});
