/** The command as a user runs it: a tiny model, real training on the processor. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { biogpt, biogptProcess, writeSmallData } from "./small-data.fixture.ts";

let folder: string;
let data: string;
let tokenizer: string;
const config = (): string => join(folder, "config.json");
const run = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-pretrain-"));
  ({ data, tokenizer } = writeSmallData(folder));
  const settings = {
    model: { layers: 2, width: 16, heads: 2, maxPositions: 64, dropout: 0.1, attentionDropout: 0.1 },
    length: 24,
    batch: 4,
    microBatch: 2,
    steps: 20,
    learningRate: 0.01,
    warmup: 4,
    clip: 1,
    copyShare: 0.2,
    evaluateEvery: 5,
    evaluateSequences: 4,
    checkpointEvery: 10,
  };
  writeFileSync(config(), JSON.stringify(settings));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (out: string, ...more: string[]): string[] => [
  ...[
    "pretrain",
    "--config",
    config(),
    "--data",
    data,
    "--tokenizer",
    tokenizer,
    "--out",
    run(out),
    "--threads",
    "1",
    ...more,
  ],
];

const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const losses = (out: string): unknown[] =>
  readFileSync(join(run(out), "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const { step, loss, heldOut } = JSON.parse(line);
      return { step, loss, heldOut };
    });

test("20 updates equal 10, a kill -9 and 10 more, bit for bit", async () => {
  const whole = await biogpt(start("whole", "--json"));
  expect(whole.stderr + whole.code).toMatch(/0$/);
  const result = JSON.parse(whole.stdout);
  expect(result).toMatchObject({ step: 20, tokens: 20 * 4 * 24, stoppedEarly: false });
  expect(result.loss).toBeLessThan(Math.log(60));

  const killed = await biogptProcess(start("killed"), (text, child) => {
    if (text.includes("checkpoint step-10 written")) child.kill("SIGKILL");
  });
  expect(killed.code).toBeNull();
  for (const step of [15, 20])
    rmSync(join(run("killed"), "checkpoints", `step-${step}`), { recursive: true, force: true });
  const resumed = await biogpt(["pretrain", "--resume", "--out", run("killed"), "--threads", "1"]);
  expect(resumed.stderr + resumed.code).toMatch(/0$/);
  expect(resumed.stderr).toContain("training 10 updates");
  for (const file of ["model.safetensors", "optimizer.safetensors"]) {
    const path = join("checkpoints", "step-20", file);
    expect(digest(join(run("killed"), path)), file).toBe(digest(join(run("whole"), path)));
  }
  expect(losses("killed")).toEqual(losses("whole"));
});

test("the run folder is a model", async () => {
  const names = readdirSync(run("whole"));
  for (const name of [
    "run.json",
    "log.jsonl",
    "loss.svg",
    "config.json",
    "model.safetensors",
    "vocab.json",
    "merges.txt",
  ]) {
    expect(names).toContain(name);
  }
  expect(JSON.parse(readFileSync(join(run("whole"), "config.json"), "utf8"))).toMatchObject({
    model_type: "biogpt",
    num_hidden_layers: 2,
    vocab_size: 61,
  });
});

test("going on with other settings, other data or from nothing is refused", async () => {
  const rate = await biogpt(["pretrain", "--resume", "--out", run("whole"), "--learning-rate", "0.5"]);
  expect(rate).toMatchObject({ code: 2 });
  expect(rate.stderr).toContain("learningRate: 0.01 → 0.5");
  const again = await biogpt(start("whole"));
  expect(again.stderr).toContain("training/run-exists");
  const nothing = await biogpt(["pretrain", "--resume", "--out", run("nothing")]);
  expect(nothing.stderr).toContain("training/no-run");
});

test("a model's weights are what another run starts from", async () => {
  const next = await biogpt([
    ...[
      "pretrain",
      "--config",
      config(),
      "--data",
      data,
      "--from",
      run("whole"),
      "--out",
      run("next"),
      "--steps",
      "1",
      "--warmup",
      "0",
      "--threads",
      "2",
      "--json",
    ],
  ]);
  expect(next.stderr + next.code).toMatch(/0$/);
  const trained = JSON.parse(
    readFileSync(join(run("whole"), "log.jsonl"), "utf8")
      .trim()
      .split("\n")
      .at(-2)!,
  );
  expect(JSON.parse(next.stdout).loss).toBeLessThan(trained.loss + 0.5);
});

test("Ctrl-C writes a checkpoint and says how to go on", async () => {
  const stopped = await biogptProcess(start("stopped", "--steps", "5000"), (text, child) => {
    if (text.includes("checkpoint step-5 written")) child.kill("SIGINT");
  });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toMatch(/--resume goes on from update \d+/);
  const step = Number(/from update (\d+)/.exec(stopped.stderr)![1]);
  expect(existsSync(join(run("stopped"), "checkpoints", `step-${step}`, "state.json"))).toBe(true);
});

test("data that cannot be trained on are refused before anything is written", async () => {
  const cases: readonly [text: string, error: RegExp][] = [
    ["", /corpora\/empty|training\/empty-corpus/],
    [JSON.stringify({ id: "one", text: "aspirin" }), /training\/corpus-too-small/],
  ];
  for (const [text, error] of cases) {
    const path = join(folder, "bad.jsonl");
    writeFileSync(path, text);
    const failed = await biogpt([
      "pretrain",
      "--config",
      config(),
      "--data",
      path,
      "--tokenizer",
      tokenizer,
      "--out",
      run("bad"),
    ]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(error);
    expect(existsSync(run("bad"))).toBe(false);
  }
  const zero = await biogpt(start("bad", "--learning-rate", "0"));
  expect(zero.stderr).toContain("training/learning-rate");
  const preset = await biogpt([
    "pretrain",
    "--config",
    "d256l",
    "--data",
    data,
    "--tokenizer",
    tokenizer,
    "--out",
    run("bad"),
  ]);
  expect(preset.stderr).toContain('Did you mean "d256l6"?');
});

test("optimizer, its rate and the schedule are options; a rate that nothing reads is refused", async () => {
  const idle = await biogpt(start("idle", "--matrix-learning-rate", "0.02"));
  expect([idle.code, idle.stderr]).toEqual([2, expect.stringContaining("Give --optimizer muon, or leave it out.")]);
  const muon = ["--optimizer", "muon", "--matrix-learning-rate", "0.02", "--schedule", "constant", "--steps", "2"];
  const done = await biogpt(start("muon", ...muon));
  expect(done.code, done.stderr).toBe(0);
  const { settings } = JSON.parse(readFileSync(join(run("muon"), "run.json"), "utf8"));
  expect(settings).toMatchObject({ optimizer: "muon", matrixLearningRate: 0.02, schedule: "constant", steps: 2 });
});
