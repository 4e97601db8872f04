/** The server around its routes: keys, hosts, limits, slips, drain; raw sockets that behave badly; the document against the routes. */
import { createHash } from "node:crypto";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFile } from "../files/scratch.fixture.ts";
import type { WireError } from "./contract.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";

const KEY = "a-key-of-the-test";
const logged: string[] = [];
let server: RunningServer;
beforeAll(async () => {
  const hash = createHash("sha256").update(KEY).digest("hex");
  const apiKeyFile = temporaryFile("keys", `# keys\nsha256:${hash} alice\n`);
  server = await serve({ port: 0, models: ["biogpt-mini"], apiKeyFile, log: (line) => void logged.push(line) });
  await server.ready;
});
afterAll(() => server.close());

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

async function ask(path: string, { method, headers = {}, body }: Asked = {}): Promise<Response> {
  return fetch(server.url + path, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: body as string }),
  });
}

async function refusal(response: Response): Promise<{ status: number; code: string; param: string | null }> {
  const { error } = (await response.json()) as WireError;
  for (const part of [error.message, error.what]) expect(part).toMatch(/\S/);
  expect(response.headers.get("x-request-id")).toMatch(/\S/);
  return { status: response.status, code: error.code, param: error.param };
}

const body = (value: object): Asked => ({ body: JSON.stringify(value) });

test("without a key nothing but health and the document is answered; a wrong key is as none", async () => {
  for (const headers of [{ Authorization: "" }, { Authorization: "Bearer wrong" }, { Authorization: KEY }]) {
    expect(await refusal(await ask("/v1/models", { headers }))).toMatchObject({
      status: 401,
      code: "server/unauthorized",
    });
    expect(await refusal(await ask("/metrics", { headers }))).toMatchObject({ status: 401 });
    expect((await ask("/health", { headers })).status).toBe(200);
    expect((await ask("/ready", { headers })).status).toBe(200);
  }
  expect((await ask("/v1/models")).status).toBe(200);
});

test("a page of another name or origin gets nothing", async () => {
  const answer = await rawRequest("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  const asText = await ask("/v1/completions", { ...body({ prompt: "a" }), headers: { "Content-Type": "text/plain" } });
  expect(await refusal(asText)).toMatchObject({ status: 415, code: "server/content-type" });
  const health = await ask("/health", { headers: { Origin: "https://evil.example" } });
  expect(health.headers.get("access-control-allow-origin")).toBeNull();
  expect(health.headers.get("content-security-policy")).toContain("default-src 'none'");
});

test.each([
  ["no field", "{}", 400, "server/request", "prompt"],
  ["an unknown field", '{"prompt":"a","max_token":3}', 400, "server/request", "max_token"],
  ["a field out of range", '{"prompt":"a","temperature":9}', 400, "server/request", "temperature"],
  ["an empty prompt", '{"prompt":""}', 400, "server/request", "prompt"],
  ["beams that are drawn", '{"prompt":"a","beams":2,"temperature":1}', 400, "server/request", "beams"],
  ["no JSON", "{", 400, "server/json", null],
  ["no text", "\ufffd\u0000", 400, "server/json", null],
  ["an id that is none", '{"prompt":[2,9999999]}', 422, "generation/prompt-token", null],
  ["a prompt over the context", JSON.stringify({ prompt: "a ".repeat(3000) }), 400, "generation/prompt-too-long", null],
])("completions refuses %s", async (_, text, status, code, param) => {
  expect(await refusal(await ask("/v1/completions", { body: text }))).toEqual({ status, code, param });
});

test.each([
  ["an empty text", '{"input":["a",""]}', 400, "server/request", "input"],
  ["an id that is none", '{"input":[2,9999999]}', 422, "generation/prompt-token", null],
  ["a text over the context", JSON.stringify({ input: "a ".repeat(3000) }), 400, "generation/prompt-too-long", null],
])("embeddings refuses %s", async (_, text, status, code, param) => {
  expect(await refusal(await ask("/v1/embeddings", { body: text }))).toEqual({ status, code, param });
});

test("a stream that cannot begin is refused with its own status", async () => {
  const response = await ask("/v1/completions", body({ prompt: [2, 9_999_999], stream: true }));
  expect(await refusal(response)).toMatchObject({ code: "generation/prompt-token" });
});

test("too large a body is refused, said or not", async () => {
  const large = new Uint8Array(5 << 20).fill(0x20);
  expect(await refusal(await ask("/v1/completions", { body: large }))).toMatchObject({ status: 413 });
  const head = `POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n`;
  const chunked = `${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n10000\r\n${" ".repeat(0x10000)}\r\n`;
  expect(await rawRequest(chunked, { thenChunks: 80 })).toMatch(/^HTTP\/1\.1 413 /);
});

test("a path that is none, a method that is none", async () => {
  expect(await refusal(await ask("/v1/nothing"))).toMatchObject({ status: 404, code: "server/no-route" });
  const wrong = await ask("/v1/completions", { method: "DELETE" });
  expect(await refusal(wrong)).toMatchObject({ status: 405, code: "server/no-method" });
  expect(await refusal(await ask("/v1/%2e%2e/%2e%2e/etc/passwd"))).toMatchObject({ status: 404 });
});

test("a deadline ends the work and says so", async () => {
  const long = body({ prompt: "COVID-19 is", max_tokens: 1000, temperature: 0, n: 4 });
  const response = await ask("/v1/completions", { ...long, headers: { "x-request-timeout": "0.05" } });
  const said = (await response.clone().json()) as { error: { what: string } };
  expect(said.error.what).toBe("The request was not done in 0.05 s.");
  expect(await refusal(response)).toMatchObject({ status: 504, code: "server/deadline" });
});

test("the log has a line a request, with its id and figures, and no text of it", async () => {
  const secret = "Zanzibarium cures nothing";
  await ask("/v1/completions", { ...body({ prompt: secret, max_tokens: 2 }), headers: { "x-request-id": "abc-1" } });
  const line = logged.map((text) => JSON.parse(text)).find(({ requestId }) => requestId === "abc-1");
  expect(line).toMatchObject({ route: "/v1/completions", status: 200, model: "biogpt-mini", generatedTokens: 2 });
  expect(logged.join("")).not.toContain("Zanzibarium");
  expect(logged.join("")).not.toContain(KEY);
});

test("the document names every route, and its examples of requests are what the routes take", async () => {
  const document = (await (await ask("/openapi.json")).json()) as { paths: Record<string, Record<string, object>> };
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(["/v1/completions", "/v1/chat/completions", "/v1/embeddings", "/v1/relations", "/tokenize"]),
  );
  for (const [path, methods] of Object.entries(document.paths))
    for (const method of Object.keys(methods)) {
      const response = await ask(path.replace(/\{\w+\}/g, "x"), { method: method.toUpperCase() });
      expect([404, 405].includes(response.status) && !path.includes("{"), `${method} ${path}`).toBe(false);
      await response.arrayBuffer();
    }
});

test("tokenize and detokenize are each other's inverse, with places", async () => {
  const text = "Aspirin inhibits COX-1 (5 mg).";
  const answer = await (await ask("/tokenize", body({ text }))).json();
  const { tokens, starts, ends } = answer as Record<"tokens" | "starts" | "ends", number[]>;
  expect(tokens.length).toBeGreaterThan(5);
  expect(text.slice(starts[0], ends.at(-1))).toBe(text);
  expect(await (await ask("/detokenize", body({ tokens }))).json()).toEqual({ text });
});

test("any JSON at any route is answered with a declared status, and never repeats a path or the text", async () => {
  const marker = "Q7x9MARKER";
  const paths = [
    "/v1/completions",
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/relations",
    "/v1/answer",
    "/tokenize",
  ];
  const names = [
    "prompt",
    "model",
    "messages",
    "documents",
    "input",
    "text",
    "n",
    "stop",
    "question",
    "stream",
    "seed",
  ];
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      ...[fc.constant(null), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(marker)],
      ...[fc.constant(`/srv/${marker}/x`), fc.string({ maxLength: 8 })],
      fc.array(tie("any"), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.constant("__proto__"), fc.string()), tie("any"), {
        maxKeys: 4,
      }),
    ),
  })).any;
  const request = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 5 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), request, async (path, fields) => {
      const response = await ask(path, body({ ...fields, max_tokens: 2 }));
      const said = await response.text();
      expect([200, 400, 404, 422]).toContain(response.status);
      if (response.status !== 200) expect(said).not.toContain("MARKER/x");
    }),
    { numRuns: 120 },
  );
  expect((await ask("/health")).status).toBe(200);
});

test("half-closed and silent sockets, huge heads and garbage harm nobody", async () => {
  expect(await rawRequest("GARBAGE\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  const huge = `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(64 << 10)}\r\n\r\n`;
  expect(await rawRequest(huge)).toMatch(/^HTTP\/1\.1 431 /);
  const silent = Array.from({ length: 20 }, () => connect(Number(new URL(server.url).port), "127.0.0.1"));
  await rawRequest("GET /health HTTP/1.1\r\nHost: local", { halfClose: true });
  expect((await ask("/health")).status).toBe(200);
  for (const socket of silent) socket.destroy();
});

test("a public address without keys is refused before anything is opened", async () => {
  await expect(serve({ host: "0.0.0.0", models: ["nowhere"] })).rejects.toMatchObject({ code: "server/open-host" });
  const plain = temporaryFile("plain", "secret\n");
  await expect(serve({ apiKeyFile: plain })).rejects.toMatchObject({ code: "server/api-keys" });
  const { port } = new URL(server.url);
  const taken = serve({ port: Number(port), models: ["biogpt-mini"] });
  await expect(taken).rejects.toMatchObject({ code: "server/port" });
  await expect(serve({ models: ["biogpt-mini", "biogpt-mini"] })).rejects.toMatchObject({ code: "server/model-twice" });
});

test("told to end, it is ready no more, answers what is open, and then closes", async () => {
  const other = await serve({ port: 0, models: ["biogpt-mini"] });
  await other.ready;
  const request = fetch(`${other.url}/v1/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ prompt: "COVID-19 is", max_tokens: 60, temperature: 0, stream: true }),
  });
  const response = await request;
  const closing = other.close();
  expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/);
  await closing;
  await expect(fetch(`${other.url}/health`)).rejects.toThrow();
});

/** Writes to a socket as it is, and reads until it closes or nothing comes for long. */
function rawRequest(
  text: string,
  { halfClose = false, thenChunks = 0 }: { halfClose?: boolean; thenChunks?: number } = {},
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    let answer = "";
    const done = (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding("latin1").setTimeout(20_000, done);
    socket.on("data", (piece) => {
      answer += piece;
    });
    socket.on("error", done).on("close", done);
    socket.write(text);
    for (let i = 0; i < thenChunks; i++) socket.write(`10000\r\n${" ".repeat(0x10000)}\r\n`);
    if (halfClose) socket.end();
  });
}

test("a field that is missing is named, and said to be missing; one that is nearly right is told", async () => {
  const { error } = (await (await ask("/v1/completions", body({ model: "biogpt-mini" }))).json()) as WireError;
  expect(error).toMatchObject({ param: "prompt", code: "server/request" });
  const slip = (await (await ask("/v1/completions", body({ prompt: "A", max_token: 5 }))).json()) as WireError;
  expect(slip.error.fix).toContain('Did you mean "max_tokens"?');
  const nested = { prompt: "A", stream_options: { include_usages: true } };
  const inner = (await (await ask("/v1/completions", body(nested))).json()) as WireError;
  expect(inner.error).toMatchObject({ param: "stream_options.include_usages" });
  expect(inner.error.fix).toContain('Did you mean "include_usage"?');
  const answer = (await (await ask("/tokenize", body({}))).json()) as WireError;
  expect(answer.error.what).toMatch(/^\w+ is missing\.$/);
});
