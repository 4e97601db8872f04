/** Whose a job is: the key's that made it, also after a restart; without keys everyone's. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFile, temporaryFolder } from "../files/scratch.fixture.ts";
import type { JobList, WireJob } from "./contract.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";

const lineOf = (key: string): string => `sha256:${createHash("sha256").update(key).digest("hex")} ${key}\n`;
const dataFolder = temporaryFolder();
const apiKeyFile = temporaryFile("keys", lineOf("alice") + lineOf("bob"));

let server: RunningServer;
beforeAll(async () => {
  server = await serve({ port: 0, models: [], dataFolder, apiKeyFile });
});
afterAll(() => server.close());

const call = (key: string, path: string, method = "GET", body?: object): Promise<Response> =>
  fetch(server.url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test("a job is seen, stopped and forgotten by the key that made it alone, and by everyone where no key is asked for", async () => {
  const made = await call("alice", "/v1/jobs", "POST", {
    kind: "relations",
    documents: [{ id: "1", text: "Secret." }],
  });
  const { id } = (await made.json()) as WireJob;
  const seen = async (key: string): Promise<number> =>
    ((await (await call(key, "/v1/jobs")).json()) as JobList).jobs.length;
  const expectHers = async (): Promise<void> => {
    expect([await seen("alice"), await seen("bob")]).toEqual([1, 0]);
    for (const [path, method] of [
      [`/v1/jobs/${id}`, "GET"],
      [`/v1/jobs/${id}/results`, "GET"],
      [`/v1/jobs/${id}/cancel`, "POST"],
      [`/v1/jobs/${id}`, "DELETE"],
    ] as const)
      expect((await call("bob", path, method)).status, `${method} ${path}`).toBe(404);
    expect((await call("alice", `/v1/jobs/${id}/results`)).status).toBe(200);
  };
  await expectHers();
  await server.close();
  server = await serve({ port: 0, models: [], dataFolder, apiKeyFile });
  await expectHers();
  await server.close();
  server = await serve({ port: 0, models: [], dataFolder });
  expect(await seen("nobody")).toBe(1);
});
