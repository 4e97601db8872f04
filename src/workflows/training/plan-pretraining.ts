/** What a pretraining would cost, before anything starts: `pretrain --dry-run`. */
import { join, resolve } from "node:path";
import { trainableModel } from "../../pretrained/save/trainable-folder.ts";
import { tokensFolder } from "../../training/data/corpus-tokens.ts";
import { readTokenManifest } from "../../training/data/token-shards.ts";
import { measureGemm } from "../../training/run/benchmark.ts";
import { type Plan, planRun } from "../../training/run/plan.ts";
import { readRun } from "../../training/run/run-folder.ts";
import type { PretrainingSettings } from "../../training/settings/tables.ts";
import type { WorkflowContext } from "../workflow.ts";
import { type PretrainOptions, pretrainingStart, pretrainRequest } from "./pretrain-request.ts";
import { inProcessGroup } from "./process-group.ts";
import { trainingDevice } from "./run-training.ts";

export interface PretrainingPlan extends Plan {
  /** Rate of a bare matrix product on the device just now, GFLOP/s. */
  readonly gemmGflops: number;
  /** Tokens of the training part; null while it is not tokenized. */
  readonly corpusTokens: number | null;
  /** Passes over the corpus; null with them. */
  readonly epochs: number | null;
  /** In words. */
  readonly device: string;
}

/** The plan, and what it is made for. */
export interface PlannedPretraining {
  readonly plan: PretrainingPlan;
  readonly settings: PretrainingSettings;
  readonly model: { readonly layers: number; readonly width: number; readonly vocabularySize: number };
  /** Sequences that a process would compute at once. */
  readonly microBatch: number;
}

/**
 * Parameters, tokens, memory and time of the pretraining that the same options would start. Writes and trains nothing; measures the device
 * for a second.
 *
 * @returns undefined in processes of a group but the first
 * @throws BiogptError as `pretrain` for what is wrong with the options
 *
 * @example
 * ```ts
 * const planned = await planPretraining({ config: "biogpt", data: "corpus", tokenizer: "tokenizer", out: "run" });
 * console.log(planned?.plan.seconds);
 * ```
 */
export async function planPretraining(
  options: PretrainOptions,
  { signal }: WorkflowContext = {},
): Promise<PlannedPretraining | undefined> {
  return inProcessGroup({ threads: options.threads, signal }, async ({ parallel, threads }) => {
    const before = options.resume === true ? readRun(resolve(options.out)) : undefined;
    const request = pretrainRequest(options, before);
    const { tokenizer, weights } = await pretrainingStart(request, signal);
    if (parallel.rank > 0) return undefined;
    using device = await trainingDevice(options.device, { threads, signal });
    const gemmGflops = await measureGemm(device);
    const { settings, data } = request;
    const { steps, batch, length, mode } = settings;
    const { heads, mlpWidth, layers, width, vocabularySize } = weights.config;
    const microBatch = Math.min(settings.microBatch ?? batch, Math.max(1, Math.floor(batch / parallel.size)));
    const plan = planRun({
      ...{ model: trainableModel(weights.config), heads, mlpWidth, mode },
      ...{ steps, batch, microBatch, length, gemmGflops },
    });
    const folder = tokensFolder(data, tokenizer);
    const shards = readTokenManifest(join(folder, "train")) ?? readTokenManifest(join(folder, "all"));
    const corpusTokens = shards?.tokenCount ?? null;
    const epochs = corpusTokens === null ? null : plan.tokens / corpusTokens;
    return {
      plan: { ...plan, gemmGflops, corpusTokens, epochs, device: device.description },
      settings,
      model: { layers, width, vocabularySize },
      microBatch,
    };
  });
}
