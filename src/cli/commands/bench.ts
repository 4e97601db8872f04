/** `biogpt bench`: how fast this machine runs a model, or trains one. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { abortedError } from "../../base/cancellation.ts";
import { BiogptError, internalError } from "../../base/errors.ts";
import type { BenchmarkOptions, BenchmarkResult } from "../../pretrained/benchmark.ts";
import type { Precision } from "../../pretrained/load/precision.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { TrainingShape } from "../../workflows/measure-training.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import { addDeviceOptions } from "../model-options.ts";
import { formatAmount, type Terminal } from "../terminal.ts";

interface Flags {
  readonly shape?: string;
  readonly model?: string;
  readonly dtype?: Precision;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly batch?: number;
  readonly context: number;
  readonly steps: number;
  readonly beams: number;
  readonly repetitions: number;
  readonly profile?: boolean;
  readonly train?: TrainingShape;
  readonly method?: "full" | "lora";
  readonly mode?: "whole" | "blocks";
  readonly json?: boolean;
  readonly prepare?: boolean;
}

export const benchCommand: CommandModule = {
  examples: ["biogpt bench --model biogpt-mini", "biogpt bench --shape biogpt --dtype q8 --batch 16 --json"],
  register(program: Command, terminal: Terminal): void {
    addDeviceOptions(
      program
        .command("bench")
        .summary("measure speed and memory on this machine")
        .description(
          "Measures load, prompt, decoding and beam search of a model, or of a published shape with random weights (kept in the cache folder: 1.4 GB for biogpt, 6.3 GB for biogpt-large, 27 GB for biomedgpt-lm-7b).",
        ),
    )
      .addOption(
        new Option("--shape <shape>", "published shape with random weights").choices([
          "biogpt",
          "biogpt-large",
          "biomedgpt-lm-7b",
        ]),
      )
      .option("--model <name|folder>", "a model instead of a shape")
      .option("--batch <n>", "rows decoded at once (default: 1, then 16)", wholeNumber({ min: 1, max: 64 }))
      .option("--context <n>", "tokens of the prompt", wholeNumber({ min: 2, max: 2048 }), 256)
      .option("--steps <n>", "tokens decoded in each measurement", wholeNumber({ min: 1, max: 1024 }), 64)
      .option("--beams <n>", "hypotheses of the beam search; 0 leaves it out", wholeNumber({ max: 16 }), 5)
      .option("--repetitions <n>", "measurements, of which the median counts", wholeNumber({ min: 1, max: 100 }), 3)
      .option("--profile", "time by operator; slows the rest down")
      .addOption(
        new Option("--train <shape>", "training speed of a shape with random weights instead").choices([
          "d256l6",
          "d384l8",
          "biogpt",
        ]),
      )
      .addOption(new Option("--method <name>", "with --train (default: full)").choices(["full", "lora"]))
      .addOption(
        new Option("--mode <name>", "with --train: blocks recomputes (default: whole)").choices(["whole", "blocks"]),
      )
      .option("--json", "one JSON object")
      .addOption(new Option("--prepare", "only make what the measurement needs").hideHelp())
      .action((flags: Flags) => run(flags, terminal));
  },
};

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  if (flags.train !== undefined) return await measureTraining(flags.train, flags, terminal);
  if (flags.method !== undefined || flags.mode !== undefined) {
    throw new BiogptError("cli/usage", {
      what: "--method and --mode have no effect without --train.",
      fix: "For example: biogpt bench --train biogpt --method lora.",
    });
  }
  if ((flags.shape === undefined) === (flags.model === undefined)) {
    throw new BiogptError("cli/usage", {
      what: "Say one of --shape, --model and --train.",
      fix: "For example: biogpt bench --shape biogpt --dtype q4.",
    });
  }
  const dtype = flags.dtype ?? "q8";
  const { defaultCacheFolder } = await import("../../pretrained/load/cached-copy.ts");
  const folder =
    flags.shape === undefined
      ? await modelFolder(flags.model!, terminal)
      : join(defaultCacheFolder(), "bench", flags.shape);
  const options: BenchmarkOptions = {
    precision: dtype,
    device: flags.device,
    threads: flags.threads,
    context: flags.context,
    steps: flags.steps,
    batches: flags.batch === undefined ? [1, 16] : [flags.batch],
    beams: flags.beams,
    repetitions: flags.repetitions,
    profile: flags.profile,
    signal: terminal.signal,
    progress: terminal.progress,
  };
  const { benchmark, prepareBenchmark } = await import("../../pretrained/benchmark.ts");
  if (flags.prepare) {
    if (flags.shape !== undefined) await makeRandom(flags.shape, folder, terminal);
    await prepareBenchmark(folder, options);
    return;
  }
  // Random weights and quantised copies are made by another process: its memory is not the benchmark's.
  await prepareElsewhere(terminal.signal);
  const result = await benchmark(folder, options);
  const shape = flags.shape ?? flags.model!;
  if (flags.json) await terminal.writeLine(JSON.stringify({ shape, ...result }));
  else for (const line of table(shape, result)) await terminal.writeLine(line);
}

async function measureTraining(shape: TrainingShape, flags: Flags, terminal: Terminal): Promise<void> {
  if (flags.shape !== undefined || flags.model !== undefined) {
    throw new BiogptError("cli/usage", {
      what: "--train measures a shape of its own.",
      fix: "Leave out --shape and --model.",
    });
  }
  const { measureTrainingShape } = await import("../../workflows/measure-training.ts");
  const { method, mode, device, threads, repetitions, json } = flags;
  const given = { method, mode, device, threads };
  const result = await measureTrainingShape(shape, {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    rounds: repetitions,
    signal: terminal.signal,
  });
  if (json) return await terminal.writeLine(JSON.stringify(result));
  const rows: readonly (readonly [string, string])[] = [
    [
      shape,
      `${formatAmount(result.parameters, "parameters")}, ${result.method}, batch ${result.batch} x ${result.length}`,
    ],
    ["training", formatAmount(result.tokensPerSecond, "tokens/s")],
    [
      "operations",
      `${result.gflops.toFixed(0)} GFLOP/s, ${(100 * result.shareOfGemm).toFixed(0)} % of a bare product's ${result.gemmGflops.toFixed(0)}`,
    ],
    ["memory", `${formatAmount(result.peakMemoryBytes, "bytes")} at most`],
    ["device", result.device],
  ];
  for (const [name, text] of rows) await terminal.writeLine(`${name.padEnd(12)}${text}`);
}

async function modelFolder(name: string, terminal: Terminal): Promise<string> {
  const { resolveModel } = await import("../../pretrained/hub/hub.ts");
  return resolveModel(name, { signal: terminal.signal, progress: terminal.progress });
}

async function makeRandom(shape: string, folder: string, terminal: Terminal): Promise<void> {
  const { writeRandomCheckpoint } = await import("../../pretrained/save/random-checkpoint.ts");
  const { modelFamilies } = await import("../../models/registry.ts");
  const config = modelFamilies().flatMap(({ presets }) => presets[shape] ?? [])[0];
  if (config === undefined) throw internalError(`no family has the shape ${shape}`);
  await writeRandomCheckpoint(folder, config, {
    signal: terminal.signal,
    progress: terminal.progress,
  });
}

/** Runs this same command with --prepare. */
function prepareElsewhere(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1), "--prepare"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const stop = (): void => void child.kill("SIGINT");
    signal.addEventListener("abort", stop, { once: true });
    child.on("error", reject);
    child.on("exit", (code) => {
      signal.removeEventListener("abort", stop);
      if (code === 0) resolve();
      else if (signal.aborted) reject(abortedError(signal));
      else {
        reject(
          new BiogptError("bench/prepare", {
            what: `Making the benchmark's weights failed with exit code ${code}.`,
            fix: "The lines above say why.",
          }),
        );
      }
    });
  });
}

function table(shape: string, result: BenchmarkResult): string[] {
  const { dtype, device, load, prefill, decode, beam, peakMemoryBytes, profile } = result;
  const rows: [string, string][] = [
    ["load to first token", `${load.seconds.toFixed(2)} s`],
    [`prompt of ${prefill.tokens}`, `${prefill.tokensPerSecond.toFixed(0)} tokens/s`],
    ...decode.map(({ batch, context, tokensPerSecond }): [string, string] => [
      `decoding, ${batch === 1 ? "1 row" : `${batch} rows`}, context ${context}`,
      `${tokensPerSecond.toFixed(1)} tokens/s`,
    ]),
    ...(beam === undefined
      ? []
      : [[`beam search, ${beam.beams} beams`, `${beam.tokensPerSecond.toFixed(1)} steps/s`] as [string, string]]),
    ["peak memory", formatAmount(peakMemoryBytes, "bytes")],
    ...(profile ?? [])
      .slice(0, 12)
      .map(({ operator, count, totalMilliseconds }): [string, string] => [
        `  ${operator} × ${count}`,
        `${totalMilliseconds.toFixed(0)} ms`,
      ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [`${shape}, ${dtype}, ${device}`, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)];
}
