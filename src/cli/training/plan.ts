/** `pretrain --dry-run`: what the run would cost, printed before anything starts. */
import { join } from "node:path";
import type { BioGptConfig } from "../../models/biogpt/config.ts";
import { trainableBioGpt } from "../../models/biogpt/trainable.ts";
import { openDevice } from "../../runtime/device.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { tokensFolder } from "../../training/data/corpus-tokens.ts";
import { readTokenManifest } from "../../training/data/token-shards.ts";
import { measureGemm } from "../../training/run/benchmark.ts";
import { planRun } from "../../training/run/plan.ts";
import type { PretrainingSettings } from "../../training/run/settings.ts";
import { formatAmount, formatDuration, type Terminal } from "../terminal.ts";
import type { PretrainFlags } from "./pretrain.ts";

const DAY = 86_400;

export interface PlanRequest {
  readonly settings: PretrainingSettings;
  readonly config: BioGptConfig;
  readonly data: string;
  readonly tokenizer: Tokenizer;
  readonly flags: PretrainFlags;
  readonly processes: number;
  readonly terminal: Terminal;
}

export async function showPlan(request: PlanRequest): Promise<void> {
  const { settings, config, data, tokenizer, flags, processes, terminal } = request;
  const { signal } = terminal;
  using device = await openDevice(
    flags.device,
    flags.threads === undefined ? { signal } : { signal, threads: flags.threads },
  );
  const gemmGflops = await measureGemm(device);
  const { steps, batch, length, mode } = settings;
  const microBatch = Math.min(settings.microBatch ?? batch, Math.max(1, Math.floor(batch / processes)));
  const plan = planRun({
    ...{ model: trainableBioGpt(config), heads: config.heads, mlpWidth: config.mlpWidth, mode },
    ...{ steps, batch, microBatch, length, gemmGflops },
  });
  const folder = tokensFolder(data, tokenizer);
  const shards = readTokenManifest(join(folder, "train")) ?? readTokenManifest(join(folder, "all"));
  const corpusTokens = shards?.tokenCount ?? null;
  const epochs = corpusTokens === null ? null : plan.tokens / corpusTokens;
  if (flags.json) {
    await terminal.writeLine(JSON.stringify({ ...plan, gemmGflops, corpusTokens, epochs, device: device.description }));
    return;
  }
  const rows: readonly (readonly [string, string])[] = [
    [
      "parameters",
      `${formatAmount(plan.parameters, "")}(${config.layers} layers, width ${config.width}, vocabulary ${config.vocabularySize})`,
    ],
    ["corpus", corpusTokens === null ? "not tokenized yet" : formatAmount(corpusTokens, "tokens an epoch")],
    [
      "training",
      `${steps} updates of ${batch} x ${length} = ${formatAmount(plan.tokens, "tokens")}${epochs === null ? "" : `, ${epochs.toFixed(2)} epochs`}`,
    ],
    ["operations", `${plan.flops.toExponential(2)} FLOP, ${plan.flopsPerToken.toExponential(2)} a token`],
    [
      "memory",
      `about ${formatAmount(plan.memoryBytes, "bytes")} with ${microBatch} sequences at once; checkpoints of ${formatAmount(plan.checkpointBytes, "bytes")}`,
    ],
    ["device", `${device.description}: ${Math.round(gemmGflops)} GFLOP/s in a bare product just now`],
    [
      "time",
      `about ${plan.seconds > 4 * DAY ? formatAmount(plan.seconds / DAY, "days") : formatDuration(plan.seconds)} (${formatAmount(plan.tokensPerSecond, "tokens/s")})`,
    ],
  ];
  for (const [name, text] of rows) await terminal.writeLine(`${name.padEnd(11)} ${text}`);
}
