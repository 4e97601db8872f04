/** Trainings over HTTP: listed, their curves read, nothing beside them. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFile, temporaryFolder } from "../files/scratch.fixture.ts";
import { runCurve, runList } from "./contract/runs.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";

let server: RunningServer;
beforeAll(async () => {
  const folder = temporaryFolder();
  await mkdir(join(folder, "long"));
  await mkdir(join(folder, "short", "first"), { recursive: true });
  const update = (step: number): string =>
    JSON.stringify({ step, loss: 5 - step / 1000, learningRate: 1e-3, tokens: 1 });
  const heldOut = JSON.stringify({ step: 2000, tokens: 1, heldOut: { loss: 2.5, perplexity: 12 } });
  const lines = [...Array.from({ length: 2000 }, (_, i) => update(i + 1)), heldOut, '{"step": 2001, "lo'];
  await writeFile(join(folder, "long", "log.jsonl"), lines.join("\n"));
  await writeFile(join(folder, "short", "first", "log.jsonl"), `${update(1)}\n`);
  await symlink(temporaryFile("log.jsonl", `${update(7)}\n`), join(folder, "short", "log.jsonl"));
  server = await serve({ port: 0, models: [], runsFolder: folder });
});
afterAll(() => server.close());

const curve = (run: string): Promise<Response> => fetch(`${server.url}/v1/runs/curve?run=${encodeURIComponent(run)}`);

test("runs are listed by their folders, a link is none", async () => {
  const { runs } = runList.parse(await (await fetch(`${server.url}/v1/runs`)).json());
  expect(runs.map(({ name }) => name).sort()).toEqual(["long", "short/first"]);
});

test("a long curve is given as means of stretches, with its evaluations, without a line that is cut off", async () => {
  const { updates, evaluations } = runCurve.parse(await (await curve("long")).json());
  expect(updates).toHaveLength(500);
  expect(updates[0]).toMatchObject({ step: 4, learningRate: 1e-3 });
  expect(updates[0]!.loss).toBeCloseTo(5 - 2.5 / 1000, 9);
  expect(updates.at(-1)!.step).toBe(2000);
  expect(evaluations).toEqual([{ step: 2000, loss: 2.5 }]);
});

test("what is not listed is not found, whatever path it says", async () => {
  for (const run of ["nothing", "../long", "/etc", "long/../long", "short"]) {
    const response = await curve(run);
    expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
      404,
      "server/no-run",
    ]);
  }
});
