/** Two processes of the real command under mpirun, where Open MPI is installed (Debian: openmpi-bin). */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkpointSteps } from "../../training/run/checkpointing.ts";
import { startedByMpi, threadsOfShare } from "../../training/run/mpi.ts";
import { biogpt, biogptProcess, COMMAND, type CommandResult, writeSmallData } from "./small-data.fixture.ts";

const installed = spawnSync("mpirun", ["--version"]).status === 0;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-mpi-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a process knows who started it, and its share of the threads", () => {
  expect(startedByMpi({})).toBe(false);
  expect(startedByMpi({ OMPI_COMM_WORLD_SIZE: "2" })).toBe(true);
  expect(startedByMpi({ PMIX_RANK: "0" })).toBe(true);
  expect(threadsOfShare(1, 4)).toBe(1);
});

describe.skipIf(!installed)("with Open MPI", () => {
  const run = (name: string): string => join(folder, name);
  let args: (out: string, ...more: string[]) => string[];
  beforeAll(() => {
    const { data, tokenizer } = writeSmallData(folder);
    const config = join(folder, "config.json");
    const settings = {
      model: { layers: 2, width: 16, heads: 2, maxPositions: 64, dropout: 0, attentionDropout: 0 },
      ...{ length: 24, batch: 4, steps: 12, learningRate: 0.01, warmup: 4, clip: 1 },
      ...{ evaluateEvery: 6, evaluateSequences: 8, checkpointEvery: 6 },
    };
    writeFileSync(config, JSON.stringify(settings));
    args = (out, ...more) => [
      ...[
        "pretrain",
        "--config",
        config,
        "--data",
        data,
        "--tokenizer",
        tokenizer,
        "--out",
        run(out),
        "--threads",
        "1",
      ],
      ...more,
    ];
  });

  test("two processes give the loss curve of one", async () => {
    const alone = await biogpt(args("alone"));
    expect(alone.code, alone.stderr).toBe(0);
    const both = await mpirun(2, args("both"));
    expect(both.code, both.stderr).toBe(0);
    const [one, two] = [losses(run("alone")), losses(run("both"))];
    expect(two.length).toBe(12 + 2);
    for (const [i, loss] of one.entries()) expect(Math.abs(two[i]! - loss)).toBeLessThan(1e-4 * loss);
    expect(both.stderr.match(/checkpoint step-12 written/g)).toHaveLength(1); // one process speaks and writes
  });

  test("a process that dies ends the run, and the last checkpoint goes on", async () => {
    let killed = false;
    const died = await mpirun(2, args("died", "--steps", "2000"), (text) => {
      const pid = /checkpoint step-6 written/.test(text) ? secondProcess() : undefined;
      if (pid === undefined || killed) return;
      killed = true;
      process.kill(pid, "SIGKILL");
    });
    expect(killed).toBe(true);
    expect(died.code).not.toBe(0);
    expect(died.stderr).toContain("training/peer-lost");
    expect(died.stderr).toContain("--resume");
    expect(checkpointSteps(run("died")).at(-1)).toBeGreaterThanOrEqual(6);
    const { steps } = JSON.parse(readFileSync(join(run("died"), "run.json"), "utf8")).settings;
    expect(steps).toBe(2000);
    const resumed = await biogptProcess(
      ["pretrain", "--resume", "--out", run("died"), "--threads", "1"],
      (text, child) => {
        if (/checkpoint step-\d+ written/.test(text)) child.kill("SIGINT");
      },
    );
    expect(resumed.stderr).toMatch(/started on cpu with 1 threads in 2 processes/);
    expect(resumed.code).toBe(130);
  });

  /** The one of our processes whose rank is 1. */
  function secondProcess(): number | undefined {
    const found = spawnSync("pgrep", ["-f", run("died")], { encoding: "utf8" })
      .stdout.trim()
      .split("\n")
      .map(Number);
    return found.find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes("OMPI_COMM_WORLD_RANK=1\0");
      } catch {
        return false;
      }
    });
  }
});

function losses(run: string): number[] {
  return readFileSync(join(run, "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map((record) => record.loss ?? record.heldOut.loss);
}

function mpirun(
  processes: number,
  args: readonly string[],
  onError: (text: string) => void = () => {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const options = ["-n", String(processes), "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"];
    const child = spawn("mpirun", [...options, process.execPath, COMMAND, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (bytes: Buffer) => {
      stdout += bytes;
    });
    child.stderr.on("data", (bytes: Buffer) => {
      stderr += bytes;
      onError(stderr);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
