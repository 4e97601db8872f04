/**
 * Mining by several processes, and by processes that are killed: the graph is that of one run that nothing happened to, row for row.
 *
 * Queues need Redis's or PostgreSQL's server (`redis-server`, `postgresql` of Debian); without them those tests are skipped.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { minedGraphs } from "./mined-graph.fixture.ts";
import { finished, startBiogpt } from "./run-biogpt.ts";

const graphs = minedGraphs();

test("kill -9 at moments of the run, while assembling too: what is gone on with comes to the same graph", async () => {
  for (const [round, milliseconds] of [600, 1500].entries()) {
    const name = `killed-${round}`;
    const child = startBiogpt(graphs.argumentsOf(name));
    const end = finished(child);
    await delay(milliseconds);
    child.kill("SIGKILL");
    await end;
    const { code, stderr } = await graphs.mined(name);
    expect(code, stderr).toBe(0);
    expect((await graphs.contentOf(name)) === graphs.wanted).toBe(true);
  }
});

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
    const running = graphs.mined(name, "--queue", url);
    setTimeout(() => workers[0]!.kill("SIGKILL"), 2500);
    const { code, stderr } = await running;
    expect(code, stderr).toBe(0);
    expect((await graphs.contentOf(name)) === graphs.wanted).toBe(true);
  } finally {
    for (const worker of workers) worker.kill("SIGTERM");
    await Promise.all(ends);
  }
}

test.skipIf(!has("redis-server"))("two workers over Redis, one of them killed", async () => {
  const port = await freePort();
  const server = spawn("redis-server", ["--port", String(port), "--save", "", "--dir", graphs.folder], {
    stdio: "ignore",
  });
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
  const port = await freePort();
  const { code, stderr } = await graphs.mined("none", "--queue", `redis://127.0.0.1:${port}`);
  expect(code).toBe(1);
  expect(stderr).toContain("mining/no-broker");
  expect(stderr).toContain(`connect ECONNREFUSED 127.0.0.1:${port}`);
});

/** A file system of its own, of so many kilobytes. */
const canMount = process.platform === "linux" && process.getuid?.() === 0 && has("mount");
const mounted = (folder: string, kilobytes: number, ...more: string[]): boolean => {
  try {
    const size = `size=${kilobytes}k`;
    execFileSync("mount", ["-t", "tmpfs", "-o", [size, ...more].join(), "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

test.skipIf(!canMount)(
  "a disk that is full while units are written, and while assembling, then one with room",
  async (test) => {
    const disk = join(graphs.folder, "disk");
    await mkdir(disk);
    if (!mounted(disk, 64)) return test.skip();
    try {
      for (const kilobytes of [64, 900]) {
        mounted(disk, kilobytes, "remount");
        const { code, stderr } = await graphs.mined("disk/kg");
        expect(code).toBe(1);
        expect(stderr).toMatch(/files\/disk-full[\s\S]*(?:units\/|graph\.duckdb)/);
      }
      mounted(disk, 65_536, "remount");
      const { code, stderr } = await graphs.mined("disk/kg");
      expect(code, stderr).toBe(0);
      expect((await graphs.contentOf("disk/kg")) === graphs.wanted).toBe(true);
    } finally {
      execFileSync("umount", [disk]);
    }
  },
);
