/** What `biogpt finetune` does: a model, examples of source and target, and the loop. */
import { existsSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { freemem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { resolveModel } from "../../pretrained/hub/hub.ts";
import { tokenizerFolderOf } from "../../pretrained/load/open-model-folder.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { type DeviceName, openDevice } from "../../runtime/device.ts";
import { READING_FILE, type Reading, readingText } from "../../tasks/reading.ts";
import { taskName } from "../../tasks/registry.ts";
import { evaluationBatches, plannedBatches } from "../../training/data/planned-batches.ts";
import { averageCheckpoints } from "../../training/run/average.ts";
import { checkpointFolder, checkpointSteps, regularSteps, restoreOptimizer } from "../../training/run/checkpointing.ts";
import { type Evaluation, evaluateSequences } from "../../training/run/evaluate.ts";
import { train } from "../../training/run/loop.ts";
import type { Parallel } from "../../training/run/parallel.ts";
import { activationBytes } from "../../training/run/plan.ts";
import {
  createRun,
  expectSameRun,
  expectUnusedRun,
  newestCheckpoint,
  RUN_FORMAT,
  type RunDescription,
  readRun,
} from "../../training/run/run-folder.ts";
import { parseFineTuningSettings } from "../../training/run/settings.ts";
import { createTrainingStep, type TrainingBatch } from "../../training/step/training-step.ts";
import type { Terminal } from "../terminal.ts";
import { VERSION } from "../version.ts";
import { contextShortener } from "./context-words.ts";
import { type Examples, readExamples } from "./examples.ts";
import { chooseMethod } from "./method.ts";
import {
  copyTokenizer,
  decayRule,
  hashOfFile,
  saveModelFiles,
  saveTokenizer,
  showAsModel,
  showBest,
  weightsOfFolder,
} from "./model-files.ts";
import { OWN_RELATIONS, ownRelations } from "./own-relations.ts";
import { inProcessGroup } from "./process-group.ts";
import { readSettings, required } from "./read-settings.ts";
import { expectEffect, RECIPES_OF, type RecipeFamily } from "./recipe-settings.ts";
import { reporter } from "./report.ts";
import { taskSentences } from "./sentence-lines.ts";
import { scoreTask, taskFiles } from "./task-metric.ts";

export interface FineTuneFlags {
  /** Whose recipe is taken; the data must then be its import, or lines of the user's own relations. */
  readonly task?: string;
  /** Whose recipe for it. Default: the paper's. */
  readonly recipe?: RecipeFamily;
  /** Of the user's own relations. */
  readonly schema?: string;
  readonly skipUnanchored?: boolean;
  readonly model?: string;
  readonly data?: string;
  readonly valid?: string;
  readonly config?: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly device: DeviceName;
  readonly threads?: number;
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** The recipe nearest to the user's own relations: labelled ones, of short texts. */
const RECIPE_OF_OWN = "ddi";
/** More shapes than real data have: BC5CDR's batches come in nineteen. */
const MOST_SHAPES = 32;
/** Share of the free memory that compiled shapes may hold on to. */
const MEMORY_FOR_SHAPES = 0.25;

export async function finetune(flags: FineTuneFlags, terminal: Terminal): Promise<void> {
  await inProcessGroup(terminal, flags, (parallel, device) =>
    finetuneWith({ ...flags, ...device }, terminal, parallel),
  );
}

async function finetuneWith(flags: FineTuneFlags, terminal: Terminal, parallel: Parallel): Promise<void> {
  const out = resolve(flags.out);
  const going = flags.resume ? readRun(out) : undefined;
  const named = flags.task === undefined || flags.task === OWN_RELATIONS ? undefined : taskName(flags.task);
  const recipe = named ?? (flags.task === OWN_RELATIONS ? RECIPE_OF_OWN : undefined);
  if (flags.recipe !== undefined && (recipe === undefined || going !== undefined)) {
    throw new BiogptError("cli/usage", {
      what: "--recipe has no effect here.",
      why: going === undefined ? "No task is named whose recipe it could be." : "A run goes on with its own settings.",
      fix: going === undefined ? "Name the task: biogpt finetune bc5cdr --recipe small." : "Leave it out.",
      kind: "usage",
    });
  }
  const settings = readSettings(
    { config: flags.config, overrides: flags.overrides, recipe },
    { before: going?.settings, presets: RECIPES_OF[flags.recipe ?? "paper"], parse: parseFineTuningSettings },
  );
  expectEffect(settings, flags.overrides);
  const own = ownRelations(flags, settings.unit, going?.data);
  const { signal } = terminal;
  const progress = parallel.rank === 0 ? terminal.progress : undefined;
  const path = (given: string | undefined, name: string): string | undefined =>
    given === undefined ? going?.data[name] : resolve(given);
  const given = required(path(flags.data, "data"), "--data FILE|DIR", "finetune");
  const reading: Reading = { unit: settings.unit, contextWords: settings.contextWords };
  const { examples: data, valid, task } = taskFiles(given, path(flags.valid, "valid"), named);
  if (settings.scoreDocuments > 0 && (task === undefined || valid === undefined || settings.evaluateEvery === 0)) {
    throw new BiogptError("training/settings", {
      what: "scoreDocuments needs an imported task with a valid split, and evaluations.",
      fix: "Give --data the folder that `biogpt data import` wrote, or leave scoreDocuments out.",
      kind: "usage",
    });
  }
  const model = required(flags.model ?? going?.data["model"], "--model DIR|NAME", "finetune");
  const base = await modelFolder(model, terminal);

  // The base's tokenizer, with as many learned tokens behind it as the prompt needs; the run has its own copy.
  const tokenizerFolder = await tokenizerFolderOf(base, { signal, progress });
  const plain = await openTokenizerFolder(tokenizerFolder, { signal });
  const grows = plain.learnedIds.length === 0 && settings.prompt > 0;
  if (!grows && plain.learnedIds.length < settings.prompt)
    throw tooFewLearned(plain.learnedIds.length, settings.prompt);
  const tokenizer = grows
    ? await openTokenizerFolder(tokenizerFolder, { signal, learnedTokens: settings.prompt })
    : plain;
  const { vocabularySize } = tokenizer;
  const weights = await weightsOfFolder(base, { vocabularySize, seed: settings.seed, signal, progress });
  const config = {
    ...weights.config,
    dropout: settings.dropout ?? weights.config.dropout,
    attentionDropout: settings.attentionDropout ?? weights.config.attentionDropout,
  };
  const { maxPositions } = config;
  const exampleOptions = {
    ...{ tokenizer, prompt: tokenizer.learnedIds.slice(0, settings.prompt), maxPositions, signal },
    ...{ maxSource: settings.maxSource, tooLong: settings.tooLong, loss: settings.loss },
    ...(own === undefined ? {} : { parse: own.parse }),
    ...(own === undefined && settings.unit === "sentence" ? { parse: taskSentences(task) } : {}),
    ...(settings.contextWords === undefined ? {} : { shorten: contextShortener(settings.contextWords) }),
  };
  const examples = await readExamples(data, exampleOptions);
  const held = valid === undefined ? undefined : await readExamples(valid, exampleOptions);
  const batchOptions = {
    ...{ tokenBudget: settings.tokenBudget, accumulate: settings.accumulate, seed: settings.seed },
    ...{ padId: tokenizer.padId, maxLength: maxPositions },
  };
  const source = plannedBatches(examples.sequences, batchOptions);
  const loop = {
    ...settings,
    steps: settings.steps ?? settings.epochs * source.updatesPerEpoch,
    evaluateEvery: settings.evaluateEvery ?? source.updatesPerEpoch,
    checkpointEvery: settings.checkpointEvery ?? source.updatesPerEpoch,
    keep: Math.max(settings.keep, settings.average),
  };

  using device = await openDevice(
    flags.device,
    flags.threads === undefined ? { signal } : { signal, threads: flags.threads },
  );
  const description: RunDescription = {
    format: RUN_FORMAT,
    kind: "fine-tuning",
    settings,
    data: {
      model: base,
      data: given,
      examplesHash: await hashOfFile(data),
      tokenizer: tokenizer.hash,
      ...(valid === undefined ? {} : { valid, validHash: await hashOfFile(valid) }),
      ...own?.data,
    },
    device: device.name,
    threads: device.threads,
    processes: parallel.size,
    version: VERSION,
  };
  if (parallel.rank === 0) {
    if (going !== undefined) expectSameRun(out, going, description);
    else expectUnusedRun(out);
    tell(terminal, examples, source.groups, loop.steps);
    own?.tell(terminal);
  }
  await parallel.sum([0]);

  const checkpoint = going === undefined ? undefined : newestCheckpoint(out);
  const oldRows = plain.vocabularySize;
  // An adapter names its base: a path in full, as the working directory will be another.
  const method = chooseMethod({ config, settings, oldRows, base: existsSync(model) ? resolve(model) : model });
  const { initial } =
    checkpoint === undefined || !method.plain
      ? weights
      : await weightsOfFolder(checkpoint.folder, { vocabularySize: config.vocabularySize, seed: settings.seed });
  const [firstBatch] = source.microBatches(0, 0, 1);
  const kept = activationBytes(
    { model: method.model, heads: config.heads, mlpWidth: config.mlpWidth, mode: settings.mode },
    settings.tokenBudget,
    settings.tokenBudget,
  );
  using step = await createTrainingStep({
    device,
    model: method.model,
    initial: (name) => method.added(name) ?? initial(name),
    ...(method.trainable === undefined ? {} : { trainable: method.trainable }),
    shape: firstBatch!,
    dropout: { embedding: config.dropout, residual: config.dropout, attention: config.attentionDropout },
    frozenMaps: settings.frozenMaps,
    mode: settings.mode,
    seed: settings.seed + parallel.rank,
    zLoss: settings.zLoss,
    optimizer: settings.optimizer,
    keptShapes: Math.max(2, Math.min(MOST_SHAPES, Math.floor((MEMORY_FOR_SHAPES * freemem()) / kept))),
  });
  if (checkpoint !== undefined) await restoreOptimizer(checkpoint.folder, step);
  if (checkpoint !== undefined && parallel.rank === 0) await showBest(out, checkpoint);
  if (parallel.rank === 0 && going === undefined) {
    await createRun(out, description);
    await (grows ? saveTokenizer(out, tokenizer) : copyTokenizer(tokenizerFolder, out));
  }
  if (parallel.rank === 0) await own?.save(out);
  const readingFile = readingText(reading);
  if (parallel.rank === 0 && readingFile !== undefined) await writeFileAtomically(join(out, READING_FILE), readingFile);
  const rule = decayRule(method.model, settings.decay);
  const heldBatches = held === undefined ? undefined : evaluationBatches(held.sequences, batchOptions);
  const report = reporter(terminal, loop.steps, parallel.rank === 0);
  const save = async (folder: string): Promise<void> => {
    const value = (name: string): Promise<Float32Array> => method.value(step, name, weights.initial);
    await saveModelFiles(folder, value, { config, tokenizer: out, weights: settings.weights });
    await method.saveBeside(step, folder);
  };
  const evaluate = async (batches: readonly TrainingBatch[]): Promise<Evaluation> => {
    const evaluation = await evaluateSequences(step, batches, parallel);
    if (settings.scoreDocuments === 0 || task === undefined || parallel.rank > 0) return evaluation;
    const metrics = await scoreTask({
      ...{ task, documents: settings.scoreDocuments, scratch: join(out, ".scoring"), saveModel: save },
      ...{ device: device.name, threads: device.threads, reading },
    });
    return { ...evaluation, metrics };
  };
  const { state, stoppedEarly } = await train({
    run: out,
    settings: loop,
    step,
    source,
    ...(heldBatches === undefined ? {} : { evaluate: () => evaluate(heldBatches) }),
    saveModel: save,
    exactWeights: !method.plain || settings.weights !== "float32",
    ...(method.onGradients === undefined ? {} : { onGradients: method.onGradients }),
    ...(checkpoint === undefined ? {} : { from: checkpoint.state }),
    parallel,
    decays: (name) => rule(name) && method.decays(name),
    signal,
    ...(progress === undefined ? {} : { progress }),
    onUpdate: report.update,
    onEvaluation: report.evaluation,
    onCheckpoint: async (folder, best) => {
      if (best || !existsSync(join(out, "model.safetensors"))) await showAsModel(out, folder);
      report.checkpoint(folder);
    },
  });
  if (parallel.rank > 0) return;
  if (settings.average > 0) await showAverage(out, { count: settings.average, every: loop.checkpointEvery }, terminal);
  await report.end(state, { out: flags.out, stoppedEarly, averaged: settings.average, json: flags.json === true });
}

/** Makes the mean of the newest checkpoints the run's model. */
async function showAverage(
  run: string,
  { count, every }: { readonly count: number; readonly every: number },
  terminal: Terminal,
): Promise<void> {
  const newest = regularSteps(checkpointSteps(run), every).reverse().slice(0, count);
  const folders = newest.map((step) => checkpointFolder(run, step));
  const folder = join(run, "averaged");
  await mkdir(folder, { recursive: true });
  const files = folders.map((checkpoint) => join(checkpoint, "model.safetensors"));
  await averageCheckpoints(files, join(folder, "model.safetensors"));
  await showAsModel(run, folder, folders[0]!);
  terminal.note(`averaged the checkpoints of steps ${newest.join(", ")}`);
}

async function modelFolder(name: string, { signal, progress }: Terminal): Promise<string> {
  const found = await resolveModel(name, { signal, progress });
  return (await stat(found)).isDirectory() ? resolve(found) : dirname(resolve(found));
}

function tell(terminal: Terminal, { sequences, withoutTarget, cut }: Examples, groups: number, steps: number): void {
  terminal.note(`${sequences.length} examples in ${groups} micro-batches an epoch, ${steps} updates`);
  if (withoutTarget > 0) terminal.note(`note: ${withoutTarget} examples with an empty target are left out`);
  if (cut > 0) terminal.note(`note: ${cut} examples were longer than the limits and cut, as the paper's recipe does`);
}

function tooFewLearned(there: number, wanted: number): BiogptError {
  return new BiogptError("training/settings", {
    what: `The model has ${there} learned prompt tokens, the settings want ${wanted}.`,
    why: "Further ones would get ids behind the first, which no other program expects.",
    fix: `Set prompt to ${there}, or start from the model before its fine-tuning.`,
    kind: "usage",
  });
}
