/** The command as a user runs it: the model is taught to write a drug's effect, from examples. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAdapter } from "../../checkpoints/adapter.ts";
import { openCheckpoint } from "../../checkpoints/open-checkpoint.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { hashOfModelFolder } from "../../pretrained/load/load-folder.ts";
import { inputOf } from "../../tasks/task-file.ts";
import { checkpointSteps } from "../../training/run/checkpointing.ts";
import { biogpt, biogptProcess, writeSmallData } from "./small-data.fixture.ts";

let folder: string;
const at = (name: string): string => join(folder, name);
const PAIRS = [
  ["aspirin", "pain"],
  ["lithium", "tremor"],
  ["warfarin", "nausea"],
  ["morphine", "fever"],
] as const;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-finetune-"));
  const { data, tokenizer } = writeSmallData(folder);
  const model = { layers: 2, width: 32, heads: 2, maxPositions: 64, dropout: 0, attentionDropout: 0 };
  const settings = { model, length: 32, batch: 8, steps: 30, learningRate: 0.01, warmup: 5, clip: 1, evaluateEvery: 0 };
  writeFileSync(at("pretrain.json"), JSON.stringify(settings));
  const made = await biogpt([
    "pretrain",
    "--config",
    at("pretrain.json"),
    "--data",
    data,
    "--tokenizer",
    tokenizer,
    "--out",
    at("base"),
    "--threads",
    "1",
  ]);
  expect(made.code, made.stderr).toBe(0);
  const examples = (count: number): string =>
    Array.from({ length: count }, (_, i) => {
      const [drug, effect] = PAIRS[i % 4]!;
      return JSON.stringify({
        id: i,
        source: `${"the ".repeat(i % 3)}${drug}`,
        target: effect,
        gold: { any: "field" },
      });
    }).join("\n");
  writeFileSync(at("train.jsonl"), `${examples(64)}\n${JSON.stringify({ source: "nothing", target: "" })}\n`);
  writeFileSync(at("valid.jsonl"), examples(8));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const finetune = (out: string, ...more: string[]): string[] => [
  ...[
    "finetune",
    "--model",
    at("base"),
    "--data",
    at("train.jsonl"),
    "--valid",
    at("valid.jsonl"),
    "--out",
    at(out),
    "--threads",
    "1",
  ],
  ...[
    "--max-source",
    "40",
    "--prompt",
    "3",
    "--token-budget",
    "200",
    "--accumulate",
    "2",
    "--warmup",
    "5",
    "--dropout",
    "0",
  ],
  ...more,
];

test("a model learns the task, grows by its prompt and is usable", async () => {
  const done = await biogpt(
    finetune("task", "--epochs", "12", "--learning-rate", "0.01", "--loss", "target", "--json"),
  );
  expect(done.code, done.stderr).toBe(0);
  expect(done.stderr).toContain("1 examples with an empty target are left out");
  const result = JSON.parse(done.stdout);
  expect(result.heldOut.loss).toBeLessThan(0.3); // 3 nats and more before; what is left are few letters
  const config = JSON.parse(readFileSync(join(at("task"), "config.json"), "utf8"));
  expect(config.vocab_size).toBe(64);
  const vocabulary = JSON.parse(readFileSync(join(at("task"), "vocab.json"), "utf8"));
  expect(vocabulary["learned3</w>"]).toBe(63);
  const answer = await biogpt(["generate", "--model", at("task"), "--prompt", "aspirin", "--max-new-tokens", "2"]);
  expect(answer.code, answer.stderr).toBe(0);
});

test("of questions the end of the context alone is read, and the run says so", async () => {
  const question = (end: string, target: string): string =>
    JSON.stringify({ source: `question: does it? context: ${"aspirin reduces fever ".repeat(9)}${end}`, target });
  writeFileSync(at("questions.jsonl"), `${question("no pain", "no")}\n${question("pain", "yes")}\n`);
  const args = (data: string, out: string): string[] => {
    const [model, more] = [at("base"), ["--prompt", "1", "--max-source", "40", "--steps", "1", "--threads", "1"]];
    return ["finetune", "--model", model, "--data", at(data), "--out", at(out), "--context-words", "2", ...more];
  };
  const done = await biogpt(args("questions.jsonl", "questions")); // whole, they are longer than 40 tokens
  expect(done.code, done.stderr).toBe(0);
  expect(inputOf({ folder: at("questions") })).toEqual({ unit: "document", contextWords: 2 });
  const other = await biogpt(args("train.jsonl", "no-questions"));
  expect(other.code).toBe(2);
  expect(other.stderr).toContain("has no context, so --context-words means nothing for it");
});

test("a run goes on where it was killed, and its best may be a mean", async () => {
  const killed = await biogptProcess(finetune("killed", "--steps", "40", "--checkpoint-every", "5"), (text, child) => {
    if (/checkpoint step-10 written/.test(text)) child.kill("SIGKILL");
  });
  expect(killed.code).toBeNull();
  const from = checkpointSteps(at("killed")).at(-1)!;
  const resumed = await biogpt(["finetune", "--resume", "--out", at("killed"), "--average", "3", "--threads", "1"]);
  expect(resumed.stderr).toContain("training/changed-settings"); // the mean is asked for at the start
  const goes = await biogpt(["finetune", "--resume", "--out", at("killed"), "--threads", "1"]);
  expect(goes.code, goes.stderr).toBe(0);
  const whole = await biogpt(finetune("whole", "--steps", "40", "--checkpoint-every", "5", "--average", "3"));
  expect(whole.code, whole.stderr).toBe(0);
  expect(whole.stderr).toContain("averaged the checkpoints of steps 40, 35, 30");
  const loss = (run: string): number[] =>
    readFileSync(join(at(run), "log.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .flatMap((record) => record.loss ?? []);
  expect(loss("killed")).toEqual(loss("whole"));
  expect(from).toBeGreaterThanOrEqual(10);
  expect(existsSync(join(at("whole"), "averaged", "model.safetensors"))).toBe(true);
});

test("LoRA trains summands alone, goes on after a kill, and its checkpoints are whole models with an adapter", async () => {
  const args = (out: string): string[] => [
    ...finetune(
      out,
      "--method",
      "lora",
      "--frozen-maps",
      "int8",
      "--rank",
      "4",
      "--targets",
      "q_proj,v_proj,fc1",
      "--loss",
      "target",
    ),
    ...["--steps", "30", "--checkpoint-every", "10", "--learning-rate", "0.02", "--json"],
  ];
  const fromTask = (list: string[]): string[] => list.map((arg) => (arg === at("base") ? at("task") : arg));
  const whole = await biogpt(fromTask(args("lora")));
  expect(whole.code, whole.stderr).toBe(0);
  const result = JSON.parse(whole.stdout);
  expect(result.best.loss).toBeLessThan(0.3); // the base knows the task already
  const folder = join(at("lora"), "checkpoints", "step-30");
  const adapter = await readAdapter(join(folder, "adapter"));
  expect(adapter.config).toMatchObject({ rank: 4, alpha: 16, targetModules: ["q_proj", "v_proj", "fc1"] });
  expect(adapter.layers.size).toBe(6);
  // The model is the base with B A added, and nothing else differs.
  const [base, merged] = await Promise.all(
    [at("task"), folder].map((path) => openCheckpoint(join(path, "model.safetensors"))),
  );
  for (const [name, entry] of merged!.tensors) {
    const [before, after] = [await readFloat32(base!.tensors.get(name)!), await readFloat32(entry)];
    const layer = adapter.layers.get(name.replace(/\.weight$/, ""));
    if (layer === undefined) expect(after, name).toEqual(before);
    else {
      const [a, b] = [await readFloat32(layer.a), await readFloat32(layer.b)];
      const columns = layer.a.shape[1]!;
      for (let i = 0; i < after.length; i += 37) {
        let sum = before[i]!;
        for (let r = 0; r < 4; r++) sum += 4 * b[Math.floor(i / columns) * 4 + r]! * a[r * columns + (i % columns)]!;
        expect(after[i]).toBeCloseTo(sum, 5);
      }
    }
  }
  // The run's adapter over its base is the run's model, bit for bit, and can be trained further.
  const adapterFolder = join(at("lora"), "adapter");
  expect(adapter.config.baseModel).toBe(at("task"));
  const cacheFolder = at("cache");
  const [ofRun, ofAdapter] = await Promise.all(
    [at("lora"), adapterFolder].map((path) => hashOfModelFolder(path, { cacheFolder })),
  );
  expect(ofAdapter).toBe(ofRun);
  const further = finetune("further", "--steps", "1").map((arg) => (arg === at("base") ? adapterFolder : arg));
  const trained = await biogpt(further);
  expect(trained.code, trained.stderr).toBe(0);
  expect(existsSync(join(at("further"), "vocab.json"))).toBe(true); // the tokenizer of the adapter's base
  const killed = await biogptProcess(fromTask(args("lora-killed")), (text, child) => {
    if (/checkpoint step-10 written/.test(text)) child.kill("SIGKILL");
  });
  expect(killed.code).toBeNull();
  const resumed = await biogpt(["finetune", "--resume", "--out", at("lora-killed"), "--threads", "1"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  for (const file of ["model.safetensors", "optimizer.safetensors"]) {
    const bytes = readFileSync(join(at("lora-killed"), "checkpoints", "step-30", file));
    expect(bytes.equals(readFileSync(join(folder, file))), file).toBe(true);
  }
});

test("a soft prompt trains its own rows and leaves every other bit", async () => {
  const done = await biogpt(
    finetune(
      "soft",
      "--method",
      "soft-prompt",
      "--loss",
      "target",
      "--steps",
      "30",
      "--learning-rate",
      "0.1",
      "--json",
    ),
  );
  expect(done.code, done.stderr).toBe(0);
  const losses = readFileSync(join(at("soft"), "log.jsonl"), "utf8")
    .split("\n")
    .flatMap((line) => (line.includes('"learningRate"') ? JSON.parse(line).loss : []));
  expect(losses.at(-1)).toBeLessThan(losses[0] - 0.3);
  const [before, after] = await Promise.all(
    [at("base"), at("soft")].map((path) => openCheckpoint(join(path, "model.safetensors"))),
  );
  for (const [name, entry] of after!.tensors) {
    const [old, now] = [await readFloat32(before!.tensors.get(name)!), await readFloat32(entry)];
    expect(now.subarray(0, old.length), name).toEqual(old);
    expect(now.length - old.length).toBe(name === "biogpt.embed_tokens.weight" ? 3 * 32 : 0);
  }
  const refused = await biogpt(
    finetune("soft-twice", "--method", "soft-prompt").map((arg) => (arg === at("base") ? at("task") : arg)),
  );
  expect(refused.stderr).toContain("there are none");
});

test("what does not fit is said, and cut only when asked", async () => {
  writeFileSync(at("long.jsonl"), JSON.stringify({ id: "x", source: "aspirin ".repeat(20), target: "pain" }));
  const args = (...more: string[]): string[] => [
    ...[
      "finetune",
      "--model",
      at("base"),
      "--data",
      at("long.jsonl"),
      "--out",
      at("long"),
      "--max-source",
      "40",
      "--steps",
      "1",
      ...more,
    ],
  ];
  const refused = await biogpt(args());
  expect(refused.stderr).toMatch(
    /training\/example-too-long[\s\S]*x \(line 1 of .*\): its source has \d+ tokens, at most 40/,
  );
  expect(existsSync(at("long"))).toBe(false);
  const cut = await biogpt(args("--too-long", "truncate"));
  expect(cut.code, cut.stderr).toBe(0);
  expect(cut.stderr).toContain("1 examples were longer");
});

test("an option that has no effect is refused", async () => {
  const failed = await biogpt(finetune("unread", "--rank", "4"));
  expect(failed).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--rank has no effect with these settings"),
  });
  const unknown = await biogpt(finetune("unread", "--method", "lora", "--targets", "q_prj"));
  expect(unknown.stderr).toContain('Did you mean "q_proj"?');
});

test("lines that are no examples are named", async () => {
  const lines: readonly [line: string, error: RegExp][] = [
    ['{"sources": "a", "target": "b"}', /line 1 of .*: it has no "source"[\s\S]*Rename "sources" to "source"/],
    ['{"source": 1, "target": "b"}', /its "source" is no text/],
    ["[]", /it is not an object/],
    ["{", /JSON/],
    ["", /corpora\/empty/],
    ['{"source": "a", "target": ""}', /no example with a target/],
  ];
  for (const [line, error] of lines) {
    writeFileSync(at("bad.jsonl"), line);
    const failed = await biogpt([
      "finetune",
      "--model",
      at("base"),
      "--data",
      at("bad.jsonl"),
      "--out",
      at("bad"),
      "--max-source",
      "40",
    ]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(error);
  }
});
