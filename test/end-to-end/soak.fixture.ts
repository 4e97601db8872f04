/** A server under mixed requests for a while: every request is answered once, and memory does not grow once it is warm. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { residentMemory } from "../../bench/private-memory.ts";
import { Random } from "../../src/base/random.ts";
import { tinyLlama } from "../../src/pretrained/tiny-llama.fixture.ts";
import { graphFolder } from "../../src/server/graph-folder.fixture.ts";
import { type Started, startServer } from "./jobs.fixture.ts";

const MODELS = ["biogpt-mini", "biogpt-mini-reader", "biogpt-mini-hoc", "biogpt-mini-pubmedqa"];
const TEMPLATE = "{% for message in messages %}{{ message.content }}\n{% endfor %}";
const LANES = 6;
/** Share of the time over which memory is looked at, before and after: the garbage collector's turns take half a minute. */
const WINDOW = 0.1;

const SCHEMA = { properties: { helps: { type: "boolean" } }, required: ["helps"], additionalProperties: false };
const FORMAT = { type: "json_schema", json_schema: { name: "a", schema: SCHEMA } };
const TEXT = "Lithium caused tremor in two patients. Aspirin did not cause bleeding.";

interface Asked {
  readonly path: string;
  readonly body?: object;
  readonly method?: string;
  readonly accept?: string;
}

/** One of each thing that can be asked, with figures that change from request to request. */
function requests(random: Random, chat: string): readonly (() => Asked)[] {
  const words = (): string => ["Aspirin", "Insulin", "Lithium", "Cancer"][Math.floor(4 * random.next())]!;
  const tokens = (): number => 2 + Math.floor(20 * random.next());
  const documents = (): object[] => [{ id: "1", title: `${words()} and tremor.`, abstract: TEXT }];
  const complete = (more: object = {}): Asked => ({
    path: "/v1/completions",
    body: { model: "biogpt-mini", prompt: `${words()} is`, max_tokens: tokens(), ...more },
  });
  const rpc = (method: string, params: object): Asked => ({
    path: "/mcp",
    body: { jsonrpc: "2.0", id: 1, method, params },
    accept: "application/json, text/event-stream",
  });
  return [
    () => complete(),
    () => complete({ stream: true, n: 2 }),
    () => complete({ beams: 3, temperature: 0 }),
    () => complete({ response_format: FORMAT, max_tokens: 30 }),
    () => complete({ logprobs: 2, echo: false }),
    () => ({
      path: "/v1/chat/completions",
      body: { model: chat, messages: [{ role: "user", content: words() }], max_tokens: 8 },
    }),
    () => ({
      path: "/v1/responses",
      body: { model: chat, input: words(), max_output_tokens: 8, stream: random.next() < 0.5 },
    }),
    () => ({ path: "/v1/embeddings", body: { input: [words(), TEXT] } }),
    () => ({ path: "/tokenize", body: { text: TEXT } }),
    () => ({ path: "/detokenize", body: { tokens: [5, 6, 7] } }),
    () => ({ path: "/v1/models" }),
    () => ({ path: "/v1/relations", body: { documents: documents() } }),
    () => ({ path: "/v1/entities", body: { documents: documents() } }),
    () => ({ path: "/v1/classify", body: { documents: [{ id: "1", text: TEXT }] } }),
    () => ({ path: "/v1/answer", body: { question: "Does lithium cause tremor?", context: TEXT } }),
    () => ({ path: "/plain", body: { text: TEXT } }),
    () => rpc("tools/list", {}),
    () => rpc("tools/call", { name: "graph_find", arguments: { query: "aspirin" } }),
    () => ({ path: "/v1/graph/neighbours?concept=aspirin" }),
    () => ({ path: "/v1/graph/path?from=bleeding&to=cisplatin" }),
    () => ({ path: "/v1/graph/network" }),
    () => ({ path: "/openapi.json" }),
    () => ({ path: "/health" }),
    () => ({ path: "/" }),
  ];
}

export interface Soaked {
  readonly requests: number;
  /** Of the server's memory, on Linux without mapped files (which the system drops as it likes), from the first window after the warm-up to the last; 0.01 is a hundredth more. */
  readonly growth: number;
}

/** @param seconds in all; a third of them is warm-up */
export async function soak(seconds: number): Promise<Soaked> {
  const folder = mkdtempSync(join(tmpdir(), "biogpt-soak-"));
  const chatFolder = await tinyLlama({ chat_template: TEMPLATE, bos_token: "<s>", eos_token: "</s>" });
  const more = ["--graph", await graphFolder()];
  const server = await startServer(folder, { models: [...MODELS, chatFolder], more });
  try {
    return await soaked(server, chatFolder.split("/").at(-1)!, seconds);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function soaked(server: Started, chat: string, seconds: number): Promise<Soaked> {
  const { url } = server;
  while (!(await fetch(`${url}/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 100));
  const until = performance.now() + 1000 * seconds;
  const asked = new Map<string, string>();
  const lane = async (number: number): Promise<void> => {
    const random = new Random(number);
    const all = requests(random, chat);
    for (let i = 0; performance.now() < until; i++) {
      const { path, body, method, accept } = all[Math.floor(random.next() * all.length)]!();
      const id = `soak-${number}-${i}`;
      const response = await fetch(url + path, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          "Content-Type": "application/json",
          "x-request-id": id,
          ...(accept === undefined ? {} : { accept }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      expect(response.status, `${path}: ${text.slice(0, 300)}`).toBe(200);
      expect(response.headers.get("x-request-id")).toBe(id);
      expect(text, path).not.toContain('"error":{"message"'); // a stream's last word
      asked.set(id, path);
      if (i % 40 === 0) await oneJob(url, `${number}-${i}`);
    }
  };
  const memory: { readonly at: number; readonly bytes: number }[] = [];
  const began = performance.now();
  const watch = setInterval(() => {
    memoryOf(server).then(
      (bytes) => memory.push({ at: (performance.now() - began) / 1000, bytes }),
      () => {}, // the server ended; a lane says so
    );
  }, 500);
  try {
    await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  } finally {
    clearInterval(watch);
  }
  // Of those that the log tells (health and the page are not), each has one line. The last lines are on their way for a moment.
  const told = [...asked].filter(([, path]) => path !== "/health" && path !== "/" && path !== "/openapi.json");
  const untold = (): typeof told => {
    const counts = new Map<string, number>();
    for (const [, id] of server.log().matchAll(/"requestId":"(soak-\d+-\d+)"[^\n]*"msg":"request"/g))
      counts.set(id!, (counts.get(id!) ?? 0) + 1);
    return told.filter(([id]) => counts.get(id) !== 1);
  };
  await expect.poll(untold, { timeout: 5_000 }).toEqual([]);
  expect(server.log()).not.toContain('"level":50');
  const middle = (from: number, to: number): number =>
    median(memory.filter(({ at }) => at >= from && at < to).map(({ bytes }) => bytes));
  const warm = seconds / 3;
  const window = WINDOW * seconds;
  return { requests: asked.size, growth: middle(seconds - window, seconds) / middle(warm, warm + window) - 1 };
}

/** Made, followed to its end, forgotten. */
async function oneJob(url: string, id: string): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ kind: "relations", documents: [{ id, title: TEXT }] });
  const job = (await (await fetch(`${url}/v1/jobs`, { method: "POST", headers, body })).json()) as { id: string };
  const lines = (await (await fetch(`${url}/v1/jobs/${job.id}/results?follow=true`)).text()).trimEnd().split("\n");
  expect(lines.filter((line) => line !== "" && !line.includes(`"documentId":"${id}"`))).toEqual([]);
  expect((await fetch(`${url}/v1/jobs/${job.id}`, { method: "DELETE" })).status).toBe(204);
}

async function memoryOf({ url, pid }: Started): Promise<number> {
  if (process.platform === "linux") return residentMemory(readFileSync(`/proc/${pid}/status`, "utf8")).own;
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^biogpt_process_resident_memory_bytes (\S+)$/m.exec(text)![1]);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
