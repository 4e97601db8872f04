/** `biogpt bench`: how fast this machine runs a model, or trains one. */
import { spawn } from "node:child_process";
import { formatAmount } from "../../base/amounts.ts";
import { abortedError } from "../../base/cancellation.ts";
import { countOf } from "../../base/count-of.ts";
import { BiogptError } from "../../base/errors.ts";
import type { BenchmarkResult } from "../../pretrained/benchmark.ts";
import type { TrainingMeasurement, TrainingShape } from "../../workflows/measure-training.ts";
import type { CommandModule } from "../define.ts";
import { DEVICE_OPTIONS } from "../model-options.ts";
import { usageError } from "../no-effect.ts";
import { addOptions, choice, chosen, count, type FlagsOf, flag, hidden, text } from "../options.ts";
import { aligned, type Fact, writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

/** What training has too, by the names that it has for them. */
const TRAINING = {
  device: DEVICE_OPTIONS.device,
  threads: DEVICE_OPTIONS.threads,
  method: choice("name", "with --train (default: full)", ["full", "lora"]),
  mode: choice("name", "with --train: blocks recomputes (default: whole)", ["whole", "blocks"]),
};
const OPTIONS = {
  ...DEVICE_OPTIONS,
  ...TRAINING,
  shape: choice("shape", "published shape with random weights", ["biogpt", "biogpt-large", "biomedgpt-lm-7b"]),
  model: text("name|folder", "a model instead of a shape"),
  batch: count("n", "rows decoded at once (default: 1, then 16)", { min: 1, max: 64 }),
  context: count("n", "tokens of the prompt", { min: 2, max: 2048 }, 256),
  steps: count("n", "tokens decoded in each measurement", { min: 1, max: 1024 }, 64),
  beams: count("n", "hypotheses of the beam search; 0 leaves it out", { max: 16 }, 5),
  repetitions: count("n", "measurements, of which the median counts", { min: 1, max: 100 }, 3),
  profile: flag("time by operator; slows the rest down"),
  train: choice("shape", "training speed of a shape with random weights instead", ["d256l6", "d384l8", "biogpt"]),
  json: flag("one JSON object"),
  prepare: hidden(flag("only make what the measurement needs")),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const benchCommand: CommandModule = {
  examples: ["biogpt bench --model biogpt-mini", "biogpt bench --shape biogpt --dtype q8 --batch 16 --json"],
  register(program, terminal) {
    addOptions(program.command("bench"), OPTIONS)
      .summary("measure speed and memory on this machine")
      .description(
        "Measures load, prompt, decoding and beam search of a model, or of a published shape with random weights (kept in the cache folder: 1.4 GB for biogpt, 6.3 GB for biogpt-large, 27 GB for biomedgpt-lm-7b).",
      )
      .action((flags: Flags) => run(flags, terminal));
  },
};

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const { train, shape, model, method, mode, dtype = "q8", batch, prepare, json } = flags;
  if (train !== undefined) return measureTraining(train, flags, terminal);
  if (method !== undefined || mode !== undefined) {
    const fix = "For example: biogpt bench --train biogpt --method lora.";
    throw usageError("--method and --mode have no effect without --train.", fix);
  }
  const name = shape ?? model;
  if (name === undefined || (shape !== undefined && model !== undefined)) {
    const fix = "For example: biogpt bench --shape biogpt --dtype q4.";
    throw usageError("Say one of --shape, --model and --train.", fix);
  }
  const { measureSpeed, prepareMeasurement } = await import("../../workflows/measure-speed.ts");
  const subject = { shape, model };
  const options = { ...flags, precision: dtype, batches: batch === undefined ? [1, 16] : [batch] };
  const context = terminalContext(terminal);
  if (prepare) return prepareMeasurement(subject, options, context);
  // Random weights and quantised copies are made by another process: its memory is not the benchmark's.
  await prepareElsewhere(terminal.signal);
  const result = await measureSpeed(subject, options, context);
  await writeResult(terminal, json, { shape: name, ...result }, () => table(name, result));
}

async function measureTraining(shape: TrainingShape, flags: Flags, terminal: Terminal): Promise<void> {
  if (flags.shape !== undefined || flags.model !== undefined)
    throw usageError("--train measures a shape of its own.", "Leave out --shape and --model.");
  const { measureTrainingShape } = await import("../../workflows/measure-training.ts");
  const settings = chosen(flags, TRAINING);
  const result = await measureTrainingShape(shape, {
    ...settings,
    rounds: flags.repetitions,
    signal: terminal.signal,
  });
  await writeResult(terminal, flags.json, result, () => trainingTable(shape, result));
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
        const [what, fix] = [
          `Making the benchmark's weights failed with exit code ${code}.`,
          "The lines above say why.",
        ];
        reject(new BiogptError("bench/prepare", { what, fix }));
      }
    });
  });
}

function trainingTable(shape: string, result: TrainingMeasurement): string[] {
  const { parameters, method, batch, length, tokensPerSecond, gflops, shareOfGemm, gemmGflops } = result;
  const share = `${(100 * shareOfGemm).toFixed(0)} % of a bare product's ${gemmGflops.toFixed(0)}`;
  return aligned([
    [shape, `${formatAmount(parameters, "parameters")}, ${method}, batch ${batch} x ${length}`],
    ["training", formatAmount(tokensPerSecond, "tokens/s")],
    ["operations", `${gflops.toFixed(0)} GFLOP/s, ${share}`],
    ["memory", `${formatAmount(result.peakMemoryBytes, "bytes")} at most`],
    ["device", result.device],
  ]);
}

function table(shape: string, result: BenchmarkResult): string[] {
  const { dtype, device, load, prefill, decode, beam, peakMemoryBytes, profile = [] } = result;
  const facts: Fact[] = [
    ["load to first token", `${load.seconds.toFixed(2)} s`],
    [`prompt of ${prefill.tokens}`, `${prefill.tokensPerSecond.toFixed(0)} tokens/s`],
  ];
  for (const { batch, context, tokensPerSecond } of decode)
    facts.push([`decoding, ${countOf(batch, "row")}, context ${context}`, `${tokensPerSecond.toFixed(1)} tokens/s`]);
  if (beam !== undefined)
    facts.push([`beam search, ${beam.beams} beams`, `${beam.tokensPerSecond.toFixed(1)} steps/s`]);
  facts.push(["peak memory", formatAmount(peakMemoryBytes, "bytes")]);
  for (const { operator, count: times, totalMilliseconds } of profile.slice(0, 12))
    facts.push([`  ${operator} × ${times}`, `${totalMilliseconds.toFixed(0)} ms`]);
  return [`${shape}, ${dtype}, ${device}`, ...aligned(facts).map((line) => `  ${line}`)];
}
