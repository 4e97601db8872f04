/**
 * Mining by several processes, and by processes that are killed: the graph is that of one run that nothing happened to, row for row.
 *
 * Queues need Redis's or PostgreSQL's server (`redis-server`, `postgresql` of Debian); without them those tests are skipped.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGraph } from "../../src/knowledge-graph/store/open-graph.ts";
import { finished, runBiogpt, startBiogpt } from "./run-biogpt.ts";

let folder = "";
let input = "";
let wanted = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biogpt-mining-"));
  input = join(folder, "in.pubtator");
  await writeFile(input, Array.from({ length: 1200 }, (_, number) => block(number)).join(""));
  const { code, stderr } = await mined("whole");
  expect(code, stderr).toBe(0);
  wanted = await contentOf("whole");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** 1,200 documents are three units. */
function block(number: number): string {
  const [drug, disease] = [`drug${number % 37}`, `disease${number % 11}`];
  const [head, tail] = [`MESH:C${100_000 + (number % 37)}`, `MESH:D${100_000 + (number % 11)}`];
  const title = `${drug} and ${disease}`;
  const at = drug.length + 5;
  return `${number}|t|${title}\n${number}|a|It was seen.\n${number}\t0\t${drug.length}\t${drug}\tChemical\t${head}\n${number}\t${at}\t${title.length}\t${disease}\tDisease\t${tail}\n${number}\tCID\t${head}\t${tail}\n\n`;
}

const mineArguments = (name: string, ...more: string[]): string[] => [
  "mine",
  input,
  "--annotations",
  "--out",
  join(folder, name),
  ...more,
];
const mined = (name: string, ...more: string[]): ReturnType<typeof runBiogpt> =>
  runBiogpt(mineArguments(name, ...more));

async function contentOf(name: string): Promise<string> {
  using graph = await openGraph(join(folder, name), { threads: 1 });
  const tables = await Promise.all(
    ["documents", "mentions", "concepts", "evidence", "relations"].map((table) => graph.rows(`SELECT * FROM ${table}`)),
  );
  return JSON.stringify(tables);
}

test("kill -9 at moments of the run, while assembling too: what is gone on with comes to the same graph", async () => {
  for (const [round, milliseconds] of [600, 1500].entries()) {
    const name = `killed-${round}`;
    const child = startBiogpt(mineArguments(name));
    const end = finished(child);
    await delay(milliseconds);
    child.kill("SIGKILL");
    await end;
    const { code, stderr } = await mined(name);
    expect(code, stderr).toBe(0);
    expect((await contentOf(name)) === wanted).toBe(true);
  }
}, 180_000);

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const has = (program: string): boolean => {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** One worker is killed while it works; the other, and what the broker hands out again, end it. */
async function minedOver(url: string, name: string): Promise<void> {
  const workers = [0, 1].map(() => startBiogpt(["worker", "--queue", url]));
  const ends = workers.map(finished);
  try {
    const running = mined(name, "--queue", url);
    setTimeout(() => workers[0]!.kill("SIGKILL"), 2500);
    const { code, stderr } = await running;
    expect(code, stderr).toBe(0);
    expect((await contentOf(name)) === wanted).toBe(true);
  } finally {
    for (const worker of workers) worker.kill("SIGTERM");
    await Promise.all(ends);
  }
}

test.skipIf(!has("redis-server"))("two workers over Redis, one of them killed", async () => {
  const port = await freePort();
  const server = spawn("redis-server", ["--port", String(port), "--save", "", "--dir", folder], { stdio: "ignore" });
  try {
    await minedOver(`redis://127.0.0.1:${port}`, "redis");
  } finally {
    await ended(server);
  }
});

const POSTGRES = "/usr/lib/postgresql/15/bin/";
const canRunPostgres = existsSync(POSTGRES) && process.getuid?.() === 0 && has("runuser");
test.skipIf(!canRunPostgres)("two workers over PostgreSQL, one of them killed", async () => {
  const port = await freePort();
  const data = await mkdtemp(join(tmpdir(), "biogpt-postgres-"));
  execFileSync("chown", ["postgres", data]);
  const asPostgres = (program: string, ...words: string[]): [string, string[]] => [
    "runuser",
    ["-u", "postgres", "--", POSTGRES + program, ...words],
  ];
  execFileSync(...asPostgres("initdb", "-D", data, "-A", "trust", "--no-sync"), { stdio: "ignore" });
  const server = spawn(...asPostgres("postgres", "-D", data, "-p", String(port), "-k", data, "-F"), {
    stdio: "ignore",
  });
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      await delay(200);
      try {
        execFileSync(`${POSTGRES}pg_isready`, ["-h", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
        break;
      } catch {} // it is starting still
    }
    await minedOver(`postgres://postgres@127.0.0.1:${port}/postgres`, "postgres");
  } finally {
    await ended(server);
    await rm(data, { recursive: true, force: true });
  }
});

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("close", () => resolve());
    child.kill("SIGTERM");
  });
}

test("a queue that is not there is told, with what to do", async () => {
  const { code, stderr } = await mined("none", "--queue", `redis://127.0.0.1:${await freePort()}`);
  expect(code).toBe(1);
  expect(stderr).toContain("mining/no-broker");
});
