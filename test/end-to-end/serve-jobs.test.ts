/** `biogpt serve` as users run it: jobs that outlive a kill, follow, cancel. Shortly; a hundred jobs in serve-jobs.full.test.ts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { WireJob } from "../../src/server/contract.ts";
import { expectJobsSurviveKills, startServer } from "./jobs.fixture.ts";
import { expectFailure, runBiogpt } from "./run-biogpt.ts";

test("a server that is killed in the middle of jobs ends each of them once", { timeout: 300_000 }, () =>
  expectJobsSurviveKills(12, 1),
);

test("a job is followed to its end, stopped, and forgotten", { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "biogpt-jobs-"));
  const server = await startServer(folder);
  const call = async (path: string, method = "GET", body?: object): Promise<Response> =>
    fetch(server.url + path, {
      method,
      headers: { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const documents = (count: number): object[] =>
    Array.from({ length: count }, (_, i) => ({ id: `d${i}`, text: "Lithium caused tremor in two patients." }));
  try {
    const second = await runBiogpt(["serve", "--port", "0", "--data-dir", folder, "--model", "biogpt-mini"]);
    expectFailure(second, { code: "server/data-in-use", exit: 1, says: /Another server/ });
    const short = (await (
      await call("/v1/jobs", "POST", { kind: "relations", documents: documents(3) })
    ).json()) as WireJob;
    const followed = await (await call(`/v1/jobs/${short.id}/results?follow=true`)).text();
    const ids = followed
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { documentId: string }).documentId);
    expect([...new Set(ids)]).toEqual(["d0", "d1", "d2"]);
    const rest = await (await call(`/v1/jobs/${short.id}/results?after=${Buffer.byteLength(followed) - 10}`)).text();
    expect(rest).toBe(followed.slice(-10));

    const long = (await (
      await call("/v1/jobs", "POST", { kind: "relations", documents: documents(200) })
    ).json()) as WireJob;
    expect((await call(`/v1/jobs/${long.id}`, "DELETE")).status).toBe(400); // it has not ended
    const cancelled = (await (await call(`/v1/jobs/${long.id}/cancel`, "POST")).json()) as WireJob;
    expect(cancelled).toMatchObject({ state: "cancelled", documents: 200 });
    expect((await call(`/v1/jobs/${long.id}`, "DELETE")).status).toBe(204);
    expect((await call(`/v1/jobs/${long.id}`)).status).toBe(404);
    expect((await call("/v1/jobs/..%2f..%2fetc")).status).toBe(404);
    const wrong = await call("/v1/jobs", "POST", { kind: "entities", model: "biogpt-mini", documents: documents(1) });
    const failed = (await wrong.json()) as WireJob; // it is not served
    await (await call(`/v1/jobs/${failed.id}/results?follow=true`)).text();
    expect(await (await call(`/v1/jobs/${failed.id}`)).json()).toMatchObject({
      state: "failed",
      error: { code: "server/unknown-model" },
    });
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
