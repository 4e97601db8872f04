/** The whole of it with a model of a few kilobytes: killed in the middle and started again, it ends with the same table. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { biogpt, biogptProcess, type CommandResult } from "../training/small-data.fixture.ts";
import { writeRawTasks, writeTinyModel } from "./raw-tasks.fixture.ts";
import type { Results } from "./results.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-reproduce-"));
const at = (...names: string[]): string => join(folder, ...names);
const text = (...names: string[]): string => readFileSync(at(...names), "utf8");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  writeRawTasks(at("raw"));
  await writeTinyModel(folder);
});

const command = (out: string, ...more: string[]): string[] => [
  ...["reproduce", "--data", at("raw"), "--model", at("base"), "--out", at(out), "--threads", "1"],
  ...["--steps", "4", "--checkpoint-every", "2", "--warmup", "1", "--learning-rate", "0.01", "--average", "2"],
  ...["--max-source", "150", "--token-budget", "400", "--accumulate", "1", "--max-new-tokens", "24", ...more],
];

/** Each in its turn: in an import, before a run's first checkpoint, after one, between a run's end and its record, in an evaluation. */
const KILLED_AT = [
  /kd-dti: import/,
  /bc5cdr: fine-tuning\n32 examples/,
  /ddi: fine-tuning[\s\S]*checkpoint step-2 written/,
  /kd-dti: fine-tuning[\s\S]*the mean of 2 checkpoints/,
  /hoc: evaluation, labels/,
];

test("all five tasks, in one go and killed at one point after another: one table", async () => {
  const whole = await biogpt(command("whole"));
  expect(whole.code, whole.stderr).toBe(0);
  expect(whole.stdout).toBe(text("whole", "results.md"));
  expect(whole.stderr).toContain("[1/23] bc5cdr: import\n");
  expect(whole.stderr).toContain("[23/23] pubmedqa: evaluation, labels\n");

  for (const point of KILLED_AT) {
    const killed = await biogptProcess(command("killed"), (said, child) => {
      if (point.test(said)) child.kill("SIGKILL");
    });
    expect(killed.code, `${point}: ${killed.stderr}`).toBeNull();
  }
  expect(existsSync(at("killed", "bc5cdr", "report.html"))).toBe(true);
  const resumed = await biogpt(command("killed", "--json"));
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stderr).toContain("[6/23] bc5cdr: fine-tuning (done before)\n");
  expect(resumed.stderr).toContain("[21/23] pubmedqa: fine-tuning\n");
  for (const file of ["results.md", "results.json"]) expect(text("killed", file), file).toBe(text("whole", file));

  const { rows, tasks } = JSON.parse(resumed.stdout) as Results;
  const ranked = expect.stringMatching(/^ranked 16, .*calibrated$/);
  const grounded = expect.stringMatching(/^grounded, .*share 1$/); // such a model writes nothing: a rule, and nothing to calibrate
  expect(rows.map(({ task, decoding, documents }) => [task, decoding, documents])).toEqual([
    ["bc5cdr", "greedy", 4],
    ["bc5cdr", grounded, 4],
    ["bc5cdr", ranked, 4],
    ["ddi", "greedy, sentences", 4],
    ["ddi", grounded, 4],
    ["ddi", ranked, 4],
    ["kd-dti", "greedy", 4],
    ["kd-dti", grounded, 4],
    ["kd-dti", ranked, 4],
    ["hoc", "greedy", 4],
    ["hoc", "labels", 4],
    ["pubmedqa", "greedy", 20],
    ["pubmedqa", "labels", 20],
  ]);
  expect(rows[0]).toMatchObject({
    measure: "micro F1",
    paper: 44.98,
    aboveTrivial: { system: "copy-all-pairs", score: 1 },
  });
  expect(rows[7]!.setting).toBe("rel-is, order random, 4 times, seed 1, trained on 0.9 of valid");
  expect(rows[11]).toMatchObject({ measure: "accuracy", aboveTrivial: { system: "always-yes", score: 0.5 } });
  expect(tasks.hoc).toMatchObject({ settings: { steps: 4, prompt: 1, maxSource: 150, average: 2, optimizer: "muon" } });
  expect(text("whole", "results.md")).toContain("by the recipes for small models, but for ");
  const task = JSON.parse(text("whole", "ddi", "run", "task.json"));
  expect(task).toMatchObject({ task: "ddi", schemes: ["drug-drug"], inputUnit: "sentence" });
  expect(text("whole", "results.md")).toContain(
    "- kd-dti: There is no train.json: 3 of the 4 named documents of valid",
  );
  for (const row of rows) expect(existsSync(at("whole", row.report)), row.report).toBe(true);
}, 300_000);

test("a second one in the same folder is refused while the first is at work, and not after it ended or was killed", async () => {
  let second: Promise<CommandResult> | undefined;
  const first = await biogptProcess(command("shared", "--tasks", "ddi"), (said, child) => {
    if (second !== undefined || !/ddi: fine-tuning/.test(said)) return;
    // It stands still meanwhile: on a loaded machine the second takes longer to start than the first to fine-tune.
    child.kill("SIGSTOP");
    second = biogptProcess(command("shared", "--tasks", "ddi")).finally(() => child.kill("SIGCONT"));
  });
  const refused = await second!;
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/Another reproduction is at work in .*shared: process \d+ on /);
  expect(refused.stderr).toContain("[reproduce/in-use]");
  expect(refused.stdout).toBe("");
  expect(first.code, first.stderr).toBe(0);
  expect(existsSync(at("shared", "reproduce.lock"))).toBe(false);

  const killed = await biogptProcess(command("taken-over", "--tasks", "ddi"), (said, child) => {
    if (/ddi: fine-tuning/.test(said)) child.kill("SIGKILL");
  });
  expect(killed.code).toBeNull();
  expect(existsSync(at("taken-over", "reproduce.lock"))).toBe(true);
  const resumed = await biogpt(command("taken-over", "--tasks", "ddi"));
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stdout).toBe(first.stdout);
  expect(existsSync(at("taken-over", "reproduce.lock"))).toBe(false);
}, 240_000);

test("other options and other data are refused by name", async () => {
  const paper = await biogpt(command("whole", "--recipe", "paper"));
  expect([paper.code, paper.stderr]).toEqual([2, expect.stringContaining("recipe: small → paper")]);
  const other = await biogpt(command("whole", "--clip", "1", "--max-new-tokens", "25", "--tasks", "ddi"));
  expect(other.code).toBe(2);
  expect(other.stderr).toContain("maxNewTokens: 24 → 25; clip: absent → 1");
  expect(other.stderr).toContain('["ddi"]');
  const path = at("raw", "DDI", "test.json");
  const before = readFileSync(path, "utf8");
  writeFileSync(path, before.replaceAll("raises", "lowers"));
  const changed = await biogpt(command("whole"));
  writeFileSync(path, before);
  expect(changed.code).toBe(2);
  expect(changed.stderr).toContain(`was done with another ${path}`);
});

test("what is missing or wrong is said before any work", async () => {
  rmSync(at("raw", "HoC"), { recursive: true });
  const missing = await biogpt(command("none"));
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain("has no folder HoC.");
  expect(missing.stderr).toContain("--tasks bc5cdr,ddi,kd-dti,pubmedqa");
  expect(existsSync(at("none"))).toBe(false);
  const unknown = await biogpt(command("none", "--tasks", "did"));
  expect(unknown.stderr).toContain('Did you mean "ddi"?');
  const idle = await biogpt(command("none", "--rank", "4"));
  expect(idle.stderr).toContain("--rank has no effect");
  writeFileSync(at("file"), "");
  const used = await biogpt([...command("."), "--tasks", "ddi"]);
  expect(used.stderr).toContain("is not empty and holds no reproduction");
});
