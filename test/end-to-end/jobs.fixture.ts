/** Jobs through a server that is killed: every job ends once, and no line is lost or doubled. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { JobList, WireJob } from "../../src/server/contract.ts";
import { startBiogpt } from "./run-biogpt.ts";

const MODEL = "biogpt-mini-bc5cdr";

export interface Started {
  readonly url: string;
  readonly pid: number;
  /** Lines of its log so far. */
  log(): string;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Ends it as SIGTERM does. @returns the exit code */
  stop(): Promise<number | null>;
}

export async function startServer(
  dataFolder: string,
  { models = [MODEL], more = [] }: { readonly models?: readonly string[]; readonly more?: readonly string[] } = {},
): Promise<Started> {
  const named = models.flatMap((model) => ["--model", model]);
  const child = startBiogpt(["serve", "--port", "0", ...named, "--data-dir", dataFolder, ...more]);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
    child.once("close", () => reject(new Error(`the server ended:\n${log}`)));
  });
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  const kill = async (): Promise<void> => void (await end("SIGKILL"));
  return { url, pid: child.pid!, log: () => log, kill, stop: () => end("SIGTERM") };
}

const document = (id: string): object => ({
  id,
  title: `Indomethacin-induced hypotension, case ${id}.`,
  abstract: "Lithium caused tremor in two patients.",
});

/**
 * @param jobs  how many
 * @param kills how often the server is killed, at moments that are spread over the work
 */
export async function expectJobsSurviveKills(jobs: number, kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "biogpt-jobs-"));
  let server = await startServer(folder);
  try {
    const submit = async (number: number): Promise<WireJob> => {
      const documents = [document(`${number}-a`), document(`${number}-b`)];
      const response = await fetch(`${server.url}/v1/jobs`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": `job ${number}` },
        body: JSON.stringify({ kind: "relations", decoding: "grounded", documents }),
      });
      return (await response.json()) as WireJob;
    };
    const ids = (await Promise.all(Array.from({ length: jobs }, (_, number) => submit(number)))).map(({ id }) => id);
    expect(new Set(ids).size).toBe(jobs);
    for (let kill = 1; kill <= kills; kill++) {
      await until(server.url, (list) => ended(list) >= (kill * jobs) / (kills + 1));
      await server.kill();
      server = await startServer(folder);
      expect((await submit(0)).id).toBe(ids[0]); // sent again, it is the same job
    }
    const all = await until(server.url, (list) => ended(list) === jobs);
    expect(all.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const [number, id] of ids.entries()) {
      const job = all.find((one) => one.id === id)!;
      expect(job).toMatchObject({ state: "done", documents: 2, done: 2, problems: 0 });
      const text = await (await fetch(`${server.url}/v1/jobs/${id}/results`)).text();
      const found = text
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { documentId: string }).documentId);
      expect([...new Set(found)]).toEqual([`${number}-a`, `${number}-b`]); // each there, in order, in one piece
      expect(new Set(text.trimEnd().split("\n")).size).toBe(found.length); // and no line twice
    }
    expect(await server.stop()).toBe(0);
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function until(url: string, holds: (jobs: readonly WireJob[]) => boolean): Promise<readonly WireJob[]> {
  for (;;) {
    const { jobs } = (await (await fetch(`${url}/v1/jobs`)).json()) as JobList;
    if (holds(jobs)) return jobs;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function ended(jobs: readonly WireJob[]): number {
  return jobs.filter(({ state }) => state !== "waiting" && state !== "running").length;
}
