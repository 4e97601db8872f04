/**
 * Clients that send slowly, too much, half, or stop listening: each gets what it is due or a closed line, and others are answered meanwhile. The server's
 * own patience (10 s for a head, 60 s for a request) is waited for in sockets.full.test.ts.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BadServer, badServer, head, POST, rawRequest, until } from "./sockets.fixture.ts";

let bad: BadServer;
beforeAll(async () => {
  bad = await badServer();
});
afterAll(() => bad.close());

const SHORT = JSON.stringify({ prompt: "Aspirin is", max_tokens: 2 });

/** Others are served as ever, and nothing is left of what was tried. */
async function expectWell(): Promise<void> {
  await until(async () => (await bad.metric("requests_open")) <= 1); // the question itself
  const began = performance.now();
  const answer = await fetch(`${bad.url}/v1/completions`, { method: "POST", headers: POST, body: SHORT });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(bad.problems()).toEqual([]);
}

test("fifty slow heads and fifty slow bodies leave the others their turn", async () => {
  const slow = Array.from({ length: 100 }, (_, i) =>
    rawRequest(bad.url, i < 50 ? ["GET /health HT", "TP/1.1\r\nHo", "st: loc"] : [head(200), "{", '"pro', "mpt"], {
      pause: 100,
      leaveAfter: 1500,
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  await Promise.all(Array.from({ length: 8 }, expectAnswered));
  expect(await Promise.all(slow)).toEqual(Array.from({ length: 100 }, () => ""));
  await expectWell();
});

async function expectAnswered(): Promise<void> {
  const answer = await fetch(`${bad.url}/v1/completions`, { method: "POST", headers: POST, body: SHORT });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
}

test("a request that comes byte by byte is answered as any other", async () => {
  const bytes = [...`${head(Buffer.byteLength(SHORT))}${SHORT}`];
  expect(await rawRequest(bad.url, bytes, { pause: 1 })).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
  ["one header of 64 KB", `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(64 << 10)}\r\n\r\n`, 431],
  ["ten thousand headers", `GET /health HTTP/1.1\r\nHost: localhost\r\n${"X: y\r\n".repeat(10_000)}\r\n`, 431],
  ["a path of 64 KB", `GET /${"a".repeat(64 << 10)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
  ["no HTTP at all", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n", 400],
  ["two lengths", `${head(5).trimEnd()}\r\nContent-Length: 6\r\n\r\nhello!`, 400],
  ["a length and pieces", `${head(5).trimEnd()}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ["pieces of no length", `${head(undefined).trimEnd()}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
  ["a length that is none", `${head(undefined).trimEnd()}\r\nContent-Length: -5\r\n\r\n`, 400],
  ["a length over the limit", head(2 ** 40), 413],
])("%s", async (_, text, status) => {
  expect(await rawRequest(bad.url, [text])).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  await expectWell();
});

test("a body that never ends is cut at its limit, and one that is shorter than it says harms nobody", async () => {
  const piece = `10000\r\n${" ".repeat(0x10000)}\r\n`;
  const endless = [
    `${head(undefined).trimEnd()}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ...Array.from({ length: 300 }, () => piece),
  ];
  expect(await rawRequest(bad.url, endless)).toMatch(/^HTTP\/1\.1 413 /);
  expect(await rawRequest(bad.url, [head(500), SHORT], { leaveAfter: 200 })).toBe("");
  await expectWell();
});

test("a client that closes its half is answered; one that closes before it has sent all is forgotten", async () => {
  const whole = `${head(Buffer.byteLength(SHORT))}${SHORT}`;
  expect(await rawRequest(bad.url, [whole], { halfClose: true })).toMatch(/^HTTP\/1\.1 200 |^$/);
  expect(await rawRequest(bad.url, [whole.slice(0, -5)], { halfClose: true })).not.toMatch(/ 200 /);
  await expectWell();
});

test("two hundred that leave in the middle of an answer, or reset the line, free what they held", async () => {
  const long = JSON.stringify({ prompt: "Aspirin is", max_tokens: 900, temperature: 0, stream: true });
  const request = `${head(Buffer.byteLength(long))}${long}`;
  for (let round = 0; round < 4; round++) {
    const leaving = Array.from({ length: 50 }, (_, i) =>
      rawRequest(
        bad.url,
        [request],
        i % 2 === 0 ? { leaveAfter: 20 + 3 * i } : { leaveAfter: 20 + 3 * i, reset: true },
      ),
    );
    await Promise.all(leaving);
  }
  await until(async () => (await bad.metric('active_requests{model="biogpt-mini"}')) === 0);
  await until(async () => (await bad.metric('queue_depth{model="biogpt-mini"}')) === 0);
  await expectWell();
});

test("a client that reads nothing is not written for without end", async () => {
  const long = JSON.stringify({ prompt: "Aspirin is", max_tokens: 900, temperature: 0, stream: true, n: 4 });
  const deaf = rawRequest(bad.url, [`${head(Buffer.byteLength(long))}${long}`], { leaveAfter: 1500, reads: false });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await expectAnswered();
  await deaf;
  await expectWell();
});

test("requests behind one another on a line are each answered once, in order", async () => {
  const ids = Array.from({ length: 20 }, (_, i) => `line-${i}`);
  const one = (id: string): string =>
    `GET /health HTTP/1.1\r\nHost: localhost\r\n${id === ids.at(-1) ? "Connection: close\r\n" : ""}X-Request-Id: ${id}\r\n\r\n`;
  const answer = await rawRequest(bad.url, [ids.map(one).join("")]);
  expect([...answer.matchAll(/x-request-id: (\S+)/gi)].map(([, id]) => id)).toEqual(ids);
});
