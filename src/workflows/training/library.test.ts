/** What a program calls does what the command does, to the bit; it stops when it is told to, and goes on. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { average, type FineTuneOptions, finetune, planPretraining, pretrain, type TrainingEvent } from "../index.ts";
import { biogpt, writeSmallData } from "./small-data.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-library-"));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PAIRS = [
  ["aspirin", "pain"],
  ["lithium", "tremor"],
  ["warfarin", "nausea"],
  ["morphine", "fever"],
] as const;
const SHAPE = { layers: 2, width: 32, heads: 2, maxPositions: 64, dropout: 0.1, attentionDropout: 0.1 };
const PRETRAINING = { model: SHAPE, length: 32, batch: 8, steps: 6, learningRate: 0.01, warmup: 2, evaluateEvery: 3 };

/** What makes a run, without times and places. */
const SAME = ["model.safetensors", "config.json", "vocab.json", "merges.txt", "biogpt-tokenizer.json", "task.json"];

function filesOf(run: string): Record<string, string> {
  const checkpoints = readdirSync(at(run, "checkpoints")).sort();
  const paths = [
    ...SAME,
    ...checkpoints.flatMap((step) =>
      ["model.safetensors", "optimizer.safetensors"].map((name) => join("checkpoints", step, name)),
    ),
  ];
  return Object.fromEntries(
    paths
      .filter((path) => existsSync(at(run, path)))
      .map((path) => [path, readFileSync(at(run, path)).toString("base64")]),
  );
}

function losses(run: string): unknown[] {
  return readFileSync(at(run, "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const { step, loss, heldOut } = JSON.parse(line);
      return { step, loss, heldOut };
    });
}

let data: string;
let tokenizer: string;
beforeAll(async () => {
  ({ data, tokenizer } = writeSmallData(folder));
  writeFileSync(at("pretrain.json"), JSON.stringify(PRETRAINING));
  const examples = (count: number): string =>
    Array.from({ length: count }, (_, i) => {
      const [drug, effect] = PAIRS[i % 4]!;
      return JSON.stringify({
        id: i,
        source: `question: ${"the ".repeat(i % 3)}${drug}? context: so it is`,
        target: effect,
      });
    }).join("\n");
  writeFileSync(at("train.jsonl"), examples(24));
  writeFileSync(at("valid.jsonl"), examples(12));
  await pretrain({ config: at("pretrain.json"), data, tokenizer, out: at("base"), threads: 1 });
});

const options = (out: string, more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  ...{ model: at("base"), data: at("train.jsonl"), valid: at("valid.jsonl"), out: at(out), threads: 1 },
  settings: {
    ...{ maxSource: 48, prompt: 2, tokenBudget: 120, accumulate: 2, warmup: 2, contextWords: 2, learningRate: 0.01 },
    ...{ steps: 6, evaluateEvery: 3, checkpointEvery: 3, keep: 9, average: 2 },
  },
  ...more,
});
const flags = ["--max-source", "48", "--prompt", "2", "--token-budget", "120", "--accumulate", "2", "--warmup", "2"]
  .concat(["--context-words", "2", "--learning-rate", "0.01", "--steps", "6", "--evaluate-every", "3"])
  .concat(["--checkpoint-every", "3", "--keep", "9", "--average", "2"]);

test("finetune: the same losses, files and result as the command's", async () => {
  const events: TrainingEvent[] = [];
  const result = await finetune(options("code"), { onEvent: (event) => events.push(event) });
  const files = ["--model", at("base"), "--data", at("train.jsonl"), "--valid", at("valid.jsonl"), "--threads", "1"];
  const command = await biogpt(["finetune", ...files, "--out", at("command"), ...flags, "--json"]);
  expect(command.code, command.stderr).toBe(0);
  const { seconds: ours, run: folderOfCode, ...rest } = result;
  const { seconds: theirs, run: folderOfCommand, ...printed } = JSON.parse(command.stdout);
  expect(rest).toEqual(printed);
  expect([folderOfCode, folderOfCommand]).toEqual([at("code"), at("command")]);
  expect([ours, theirs].every((seconds) => seconds > 0)).toBe(true);
  expect(losses("code")).toEqual(losses("command"));
  expect(filesOf("code")).toEqual(filesOf("command"));
  expect(Object.keys(filesOf("code"))).toContain("task.json");
  expect(readFileSync(at("code", "run.json"), "utf8")).toBe(readFileSync(at("command", "run.json"), "utf8"));
  expect(existsSync(at("code", "run.lock"))).toBe(false);
  // The command's lines are made of the events.
  const kinds = events.map(({ type }) => type);
  expect(kinds.filter((kind) => kind === "update")).toHaveLength(6);
  expect(kinds.filter((kind) => kind === "checkpoint")).toHaveLength(command.stderr.match(/checkpoint step/g)!.length);
  expect(events.at(-1)).toEqual({ type: "finished", result, averaged: 2 });
  for (const event of events) if (event.type === "note") expect(command.stderr).toContain(event.text);
  const last = events.findLast((event) => event.type === "update")!;
  expect(last).toMatchObject({ steps: 6, secondsLeft: 0 });
  expect(events.find((event) => event.type === "progress" && event.activity === "evaluating")).toMatchObject({
    unit: "batches",
    rate: expect.any(Number),
  });
});

test("finetune: told to stop it leaves a checkpoint, and goes on to the same bits, an evaluation that was cut short first", async () => {
  const stop = (when: (event: TrainingEvent) => boolean) => {
    const controller = new AbortController();
    const onEvent = (event: TrainingEvent): void => void (when(event) && controller.abort());
    return { signal: controller.signal, onEvent };
  };
  const stopped = { code: "training/stopped", kind: "aborted" };
  const afterTwo = stop((event) => event.type === "update" && event.record.step === 2);
  await expect(finetune(options("stopped"), afterTwo)).rejects.toMatchObject(stopped);
  const evaluating = stop((event) => event.type === "progress" && event.activity === "evaluating" && event.done === 1);
  const { out, threads } = options("stopped");
  await expect(finetune({ out, threads, resume: true }, evaluating)).rejects.toMatchObject({
    ...stopped,
    fix: "The checkpoint is written; --resume goes on from update 3.",
  });
  expect(JSON.parse(readFileSync(at("stopped", "checkpoints", "step-3", "state.json"), "utf8")).unevaluated).toBe(true);
  expect(losses("stopped")).toHaveLength(3);
  const result = await finetune({ out, threads, resume: true });
  expect(result.step).toBe(6);
  expect(losses("stopped")).toEqual(losses("code"));
  expect(filesOf("stopped")).toEqual(filesOf("code"));
});

test("a signal that has fired starts nothing, and leaves nothing", async () => {
  const signal = AbortSignal.abort();
  await expect(finetune(options("never"), { signal })).rejects.toMatchObject({ kind: "aborted" });
  expect(existsSync(at("never"))).toBe(false);
});

test("a run that another process is at work in is refused with its number", async () => {
  const holder = { token: "another", pid: process.ppid, host: hostname() };
  writeFileSync(at("code", "run.lock"), JSON.stringify(holder));
  const refused = { code: "training/in-use", what: expect.stringContaining(`${process.ppid} on ${hostname()}`) };
  await expect(finetune({ out: at("code"), resume: true })).rejects.toMatchObject(refused);
  mkdirSync(at("begun"));
  writeFileSync(at("begun", "run.lock"), JSON.stringify(holder));
  await expect(pretrain({ config: at("pretrain.json"), data, tokenizer, out: at("begun") })).rejects.toMatchObject(
    refused,
  );
  // A killed process's is taken over.
  writeFileSync(at("code", "run.lock"), JSON.stringify({ ...holder, pid: 2 ** 22 + 1 }));
  expect((await finetune({ out: at("code"), resume: true, threads: 1 })).step).toBe(6);
});

test("an evaluation reads at most what it is told to, at equal distances", async () => {
  const one = await finetune(
    options("few", { settings: { ...options("few").settings, steps: 1, average: 0, evaluateSequences: 3 } }),
  );
  const thirds = readFileSync(at("valid.jsonl"), "utf8")
    .split("\n")
    .filter((_, i) => i % 4 === 0);
  writeFileSync(at("thirds.jsonl"), thirds.join("\n"));
  const settings = { ...options("thirds").settings, steps: 1, average: 0 };
  const same = await finetune(options("thirds", { valid: at("thirds.jsonl"), settings }));
  expect(one.heldOut).toEqual(same.heldOut);
});

test("pretrain, its plan and average: as the commands", async () => {
  const given = ["--config", at("pretrain.json"), "--data", data, "--tokenizer", tokenizer, "--threads", "1"];
  const command = await biogpt(["pretrain", ...given, "--out", at("base-command"), "--json"]);
  expect(command.code, command.stderr).toBe(0);
  expect(losses("base-command")).toEqual(losses("base"));
  expect(filesOf("base-command")).toEqual(filesOf("base"));
  const planned = await planPretraining({ config: at("pretrain.json"), data, tokenizer, out: at("none"), threads: 1 });
  const dry = await biogpt(["pretrain", ...given, "--out", at("none"), "--dry-run", "--json"]);
  const plan = JSON.parse(dry.stdout);
  for (const name of ["parameters", "tokens", "flops", "memoryBytes", "corpusTokens", "epochs"] as const)
    expect(planned!.plan[name]).toBe(plan[name]);
  expect(existsSync(at("none"))).toBe(false);
  expect(await average({ models: [at("code"), at("few")], out: at("mean") })).toEqual({ out: at("mean"), models: 2 });
  await biogpt(["average", at("code"), at("few"), "--out", at("mean-command")]);
  for (const name of SAME) expect(readFileSync(at("mean", name))).toEqual(readFileSync(at("mean-command", name)));
});
