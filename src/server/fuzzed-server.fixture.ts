/** A server with every kind of route, for tests that treat it badly. */
import { homedir, tmpdir } from "node:os";
import { expect } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { tinyLlama } from "../pretrained/tiny-llama.fixture.ts";
import { type FuzzRun, fuzz } from "./fuzz.fixture.ts";
import { graphFolder } from "./graph-folder.fixture.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";

const TEMPLATE = "{% for message in messages %}{{ message.content }}\n{% endfor %}";
const EMBEDDED = ["biogpt-mini", "biogpt-mini-reader", "biogpt-mini-hoc", "biogpt-mini-pubmedqa"];

export interface FullServer extends AsyncDisposable {
  readonly server: RunningServer;
  /** Lines of its log. */
  readonly logged: readonly string[];
}

/** All embedded models and one that chats, a graph, runs and jobs. */
export async function fullServer(): Promise<FullServer> {
  const logged: string[] = [];
  const chat = await tinyLlama({ chat_template: TEMPLATE, bos_token: "<s>", eos_token: "</s>" });
  const server = await serve({
    ...{ port: 0, models: [...EMBEDDED, chat], graphFolder: await graphFolder() },
    ...{ runsFolder: temporaryFolder(), dataFolder: temporaryFolder(), drain: 5, mostWaiting: 256 },
    log: (line) => void logged.push(line),
  });
  await server.ready;
  return { server, logged, [Symbol.asyncDispose]: () => server.close() };
}

export async function expectFuzzed(run: Pick<FuzzRun, "requests" | "seed">): Promise<void> {
  await using full = await fullServer();
  const { url } = full.server;
  const counts = await fuzz({
    ...run,
    url,
    secretPaths: [process.cwd(), `${tmpdir()}/`, `${homedir()}/`, "node_modules"],
  });
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect([...counts.keys()].filter((status) => status === 500)).toEqual([]);
  expect(counts.get(200)! / run.requests).toBeGreaterThan(0.1); // slips are not all there is
  expect(counts.get(400)! / run.requests).toBeGreaterThan(0.2);
  const bugs = full.logged.filter((line) => line.includes('"internal'));
  expect(bugs).toEqual([]);
}
