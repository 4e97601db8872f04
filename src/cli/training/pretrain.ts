/** What `biogpt pretrain` does: settings, data, model and device brought together, then the loop. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { trainableBioGpt } from "../../models/biogpt/trainable.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { type DeviceName, openDevice } from "../../runtime/device.ts";
import { packedBatches } from "../../training/data/batch-source.ts";
import { openCorpusTokens } from "../../training/data/corpus-tokens.ts";
import { PackedStream } from "../../training/data/packed-stream.ts";
import { restoreOptimizer } from "../../training/run/checkpointing.ts";
import { evaluateHeldOut } from "../../training/run/evaluate.ts";
import { train } from "../../training/run/loop.ts";
import type { Parallel } from "../../training/run/parallel.ts";
import { PRESETS } from "../../training/run/presets.ts";
import {
  createRun,
  expectSameRun,
  expectUnusedRun,
  newestCheckpoint,
  RUN_FORMAT,
  readRun,
} from "../../training/run/run-folder.ts";
import { parsePretrainingSettings } from "../../training/run/settings.ts";
import { createTrainingStep } from "../../training/step/training-step.ts";
import type { Terminal } from "../terminal.ts";
import { VERSION } from "../version.ts";
import {
  copyTokenizer,
  decayRule,
  modelConfig,
  newWeights,
  saveModelFiles,
  showAsModel,
  showBest,
  weightsOfFolder,
} from "./model-files.ts";
import { inProcessGroup } from "./process-group.ts";
import { readSettings, required } from "./read-settings.ts";
import { expectEffect } from "./recipe-settings.ts";
import { reporter } from "./report.ts";

export interface PretrainFlags {
  readonly config?: string;
  readonly data?: string;
  readonly heldOut?: string;
  readonly tokenizer?: string;
  readonly out: string;
  readonly from?: string;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly device: DeviceName;
  readonly threads?: number;
  /** Settings given as options of their own: they win over the file. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** Trains alone, or as one of several processes that mpirun started. */
export async function pretrain(flags: PretrainFlags, terminal: Terminal): Promise<void> {
  await inProcessGroup(terminal, flags, (parallel, device) =>
    pretrainWith({ ...flags, ...device }, terminal, parallel),
  );
}

async function pretrainWith(flags: PretrainFlags, terminal: Terminal, parallel: Parallel): Promise<void> {
  const out = resolve(flags.out);
  const going = flags.resume ? readRun(out) : undefined;
  if (going === undefined) required(flags.config, "--config FILE|PRESET", "pretrain");
  const settings = readSettings(flags, { before: going?.settings, presets: PRESETS, parse: parsePretrainingSettings });
  expectEffect(settings, flags.overrides);
  const place = (given: string | undefined, name: string): string | undefined =>
    given === undefined ? going?.data[name] : resolve(given);
  const data = required(place(flags.data, "documents"), "--data DIR", "pretrain");
  const heldOut = place(flags.heldOut, "heldOut");
  const from = place(flags.from, "from");
  const tokenizerFolder = going === undefined ? required(flags.tokenizer ?? from, "--tokenizer DIR", "pretrain") : out;
  const { signal } = terminal;
  const progress = parallel.rank === 0 ? terminal.progress : undefined;

  const tokenizer = await openTokenizerFolder(tokenizerFolder, { signal });
  const weights =
    from === undefined
      ? newWeights(
          modelConfig(settings.model, tokenizer.vocabularySize, settings.length),
          settings.seed,
          settings.initialization,
        )
      : await weightsOfFolder(from, { vocabularySize: tokenizer.vocabularySize, seed: settings.seed });
  const { config } = weights;
  if (settings.length > config.maxPositions) throw tooLong(settings.length, config.maxPositions);
  if (flags.dryRun && parallel.rank > 0) return;
  if (flags.dryRun) {
    const { showPlan } = await import("./plan.ts");
    await showPlan({ settings, config, data, tokenizer, flags, processes: parallel.size, terminal });
    return;
  }

  if (parallel.rank === 0) await openCorpusTokens({ data, heldOut, tokenizer, signal, progress }).then(close);
  await parallel.sum([0]); // the others wait until the shards are written
  const tokens = await openCorpusTokens({ data, heldOut, tokenizer, encode: false, signal });
  using device = await openDevice(
    flags.device,
    flags.threads === undefined ? { signal } : { signal, threads: flags.threads },
  );
  const description = {
    format: RUN_FORMAT,
    kind: "pretraining",
    settings,
    data: {
      documents: data,
      tokens: hashOf(tokens.train.manifest.shards),
      heldOutTokens: hashOf(tokens.heldOut.manifest.shards),
      tokenizer: tokenizer.hash,
      ...(heldOut === undefined ? {} : { heldOut }),
      ...(from === undefined ? {} : { from }),
    },
    device: device.name,
    threads: device.threads,
    processes: parallel.size,
    version: VERSION,
  } as const;
  if (parallel.rank === 0) {
    if (going === undefined) expectUnusedRun(out);
    else {
      expectSameRun(out, going, description);
      const { device: before, threads, processes } = going;
      if (before !== device.name || threads !== device.threads || processes !== parallel.size) {
        terminal.note(
          `note: the run was started on ${before} with ${threads} threads in ${processes} processes; it goes on with ${device.threads} on ${device.name} in ${parallel.size}, so its numbers will differ in the last bits.`,
        );
      }
    }
  }
  await parallel.sum([0]);

  const checkpoint = going === undefined ? undefined : newestCheckpoint(out);
  const start =
    checkpoint === undefined
      ? weights
      : await weightsOfFolder(checkpoint.folder, { vocabularySize: config.vocabularySize, seed: settings.seed });
  const share = settings.batch / parallel.size;
  const microBatch = Math.max(1, Math.min(settings.microBatch ?? share, Math.floor(share)));
  using step = await createTrainingStep({
    device,
    model: trainableBioGpt(config),
    initial: start.initial,
    shape: { batch: microBatch, length: settings.length },
    dropout: { embedding: config.dropout, residual: config.dropout, attention: config.attentionDropout },
    mode: settings.mode,
    seed: settings.seed + parallel.rank,
    zLoss: settings.zLoss,
    optimizer: settings.optimizer,
  });
  if (checkpoint !== undefined) await restoreOptimizer(checkpoint.folder, step);
  if (checkpoint !== undefined && parallel.rank === 0) await showBest(out, checkpoint);

  if (parallel.rank === 0 && going === undefined) {
    await createRun(out, description);
    await copyTokenizer(tokenizerFolder, out);
  }
  const stream = new PackedStream(tokens.train, settings);
  const heldOutStream = new PackedStream(tokens.heldOut, { length: settings.length, seed: 1, inOrder: true });
  const { tokenCount, characterCount } = tokens.heldOut.manifest;
  const decays = decayRule(trainableBioGpt(config), settings.decay);
  const report = reporter(terminal, settings.steps, parallel.rank === 0);
  if (parallel.rank === 0) {
    terminal.note(
      `training ${settings.steps - (checkpoint?.state.step ?? 0)} updates of ${settings.batch} x ${settings.length} tokens on ${device.description}, ${tokens.train.tokenCount.toLocaleString("en-US")} tokens an epoch`,
    );
  }
  try {
    const { state, stoppedEarly } = await train({
      run: out,
      settings,
      step,
      source: packedBatches(stream, { batch: settings.batch, microBatch }),
      evaluate: () =>
        evaluateHeldOut(
          step,
          {
            stream: heldOutStream,
            sequences: Math.min(settings.evaluateSequences, Math.ceil(heldOutStream.blocksPerEpoch)),
            microBatch,
            tokensPerCharacter: tokenCount / characterCount,
          },
          parallel,
        ),
      saveModel: (folder) =>
        saveModelFiles(folder, (name) => step.parameter(name), { config, tokenizer: out, weights: settings.weights }),
      exactWeights: settings.weights !== "float32",
      ...(checkpoint === undefined ? {} : { from: checkpoint.state }),
      parallel,
      decays,
      signal,
      ...(progress === undefined ? {} : { progress }),
      onUpdate: report.update,
      onEvaluation: report.evaluation,
      onCheckpoint: async (folder, best) => {
        if (best || !existsSync(join(out, "model.safetensors"))) await showAsModel(out, folder);
        report.checkpoint(folder);
      },
    });
    if (parallel.rank === 0)
      await report.end(state, { out: flags.out, stoppedEarly, averaged: 0, json: flags.json === true });
  } finally {
    close(tokens);
  }
}

function tooLong(length: number, maxPositions: number): BiogptError {
  return new BiogptError("training/settings", {
    what: `Sequences of ${length} tokens do not fit into the model's ${maxPositions} positions.`,
    fix: "Lower length.",
    kind: "usage",
  });
}

/** One short name for all shards: their own hashes, the first digits of each. */
function hashOf(shards: readonly { readonly sha256: string }[]): string {
  return shards.map(({ sha256 }) => sha256.slice(0, 16)).join("-");
}

function close(tokens: Awaited<ReturnType<typeof openCorpusTokens>>): void {
  tokens.train[Symbol.dispose]();
  tokens.heldOut[Symbol.dispose]();
}
