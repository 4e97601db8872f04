/** What a fine-tuning learns from and is evaluated on: the base's tokenizer with the prompt's learned tokens, examples as sequences, batches. */
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { resolveModel } from "../../pretrained/hub/hub.ts";
import { tokenizerFolderOf } from "../../pretrained/load/open-model-folder.ts";
import { openModelTokenizer } from "../../pretrained/load/tokenizer-folder.ts";
import { copyTokenizer, saveTokenizer } from "../../pretrained/save/tokenizer-files.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { evaluationBatches, type PlannedBatches, plannedBatches } from "../../training/data/planned-batches.ts";
import type { FineTuningSettings, LoopSettings } from "../../training/settings/tables.ts";
import type { TrainingBatch } from "../../training/step/training-step.ts";
import { type Examples, readExamples } from "./examples.ts";
import type { FineTuningRequest } from "./fine-tuning-request.ts";
import { expectEnd } from "./pretrain-request.ts";
import { contextShortener, taskSentences } from "./task-lines.ts";

interface Work {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/** The tokenizer of a run: the base's, with as many learned tokens behind it as the prompt needs. */
export interface RunTokenizer {
  readonly tokenizer: Tokenizer;
  /** Ids of the learned tokens between source and target. */
  readonly prompt: readonly number[];
  /** Rows of the vocabulary before the prompt's were added. */
  readonly oldRows: number;
  /** Writes it into the run's folder, which has its own copy. */
  save(run: string): Promise<void>;
}

/** The folder of the base model: absolute, of a name that of its files. */
export async function baseFolder(name: string, work: Work): Promise<string> {
  const found = await resolveModel(name, work);
  return (await stat(found)).isDirectory() ? resolve(found) : dirname(resolve(found));
}

/** @throws BiogptError `training/settings` where the base has learned tokens, but fewer than the prompt needs */
export async function runTokenizer(base: string, wanted: number, work: Work): Promise<RunTokenizer> {
  const { signal } = work;
  const folder = await tokenizerFolderOf(base, work);
  const plain = await openModelTokenizer(folder, { signal });
  expectEnd(plain, folder);
  const there = plain.learnedIds.length;
  const grows = there === 0 && wanted > 0;
  if (!grows && there < wanted) {
    throw new BiogptError("training/settings", {
      what: `The model has ${there} learned prompt tokens, the settings want ${wanted}.`,
      why: "Further ones would get ids behind the first, which no other program expects.",
      fix: `Set prompt to ${there}, or start from the model before its fine-tuning.`,
    });
  }
  const tokenizer = grows ? await openModelTokenizer(folder, { signal, learnedTokens: wanted }) : plain;
  if (tokenizer.learnedIds.length < wanted) {
    throw new BiogptError("training/settings", {
      what: `The tokenizer in ${folder} takes no learned prompt tokens, the settings want ${wanted}.`,
      fix: "Set prompt to 0: the target then follows the source.",
    });
  }
  return {
    tokenizer,
    prompt: tokenizer.learnedIds.slice(0, wanted),
    oldRows: plain.vocabularySize,
    save: (run) => (grows ? saveTokenizer(folder, run, tokenizer) : copyTokenizer(folder, run)),
  };
}

export interface FineTuningData {
  readonly examples: Examples;
  readonly source: PlannedBatches;
  /** To evaluate on; undefined where there is nothing. */
  readonly held: readonly TrainingBatch[] | undefined;
  /** The settings with what the number of examples decides: updates, and how often to look. */
  readonly loop: LoopSettings;
}

/** @throws BiogptError `training/bad-example`, `training/example-too-long`, `training/empty-corpus`, `training/settings` */
export async function fineTuningData(
  { settings, files, own }: FineTuningRequest,
  { tokenizer, prompt }: RunTokenizer,
  { maxPositions, signal }: { readonly maxPositions: number; readonly signal?: AbortSignal | undefined },
): Promise<FineTuningData> {
  const { maxSource, tooLong, loss, unit, contextWords } = settings;
  const parse = own?.parse ?? (unit === "sentence" ? taskSentences(files.task) : undefined);
  const options = {
    ...{ tokenizer, prompt, maxPositions, maxSource, tooLong, loss, signal },
    ...(parse === undefined ? {} : { parse }),
    ...(contextWords === undefined ? {} : { shorten: contextShortener(contextWords, files.task) }),
  };
  const examples = await readExamples(files.examples, options);
  const valid = files.valid === undefined ? undefined : await readExamples(files.valid, options);
  const { tokenBudget, accumulate, seed } = settings;
  const batches = { tokenBudget, accumulate, seed, padId: tokenizer.padId, maxLength: maxPositions };
  const source = plannedBatches(examples.sequences, batches);
  return {
    examples,
    source,
    held:
      valid === undefined ? undefined : evaluationBatches(spread(valid.sequences, settings.evaluateSequences), batches),
    loop: loopSettings(settings, source),
  };
}

/** At most so many of a list, at equal distances. */
function spread<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!);
}

function loopSettings(settings: FineTuningSettings, { updatesPerEpoch }: PlannedBatches): LoopSettings {
  return {
    ...settings,
    steps: settings.steps ?? settings.epochs * updatesPerEpoch,
    evaluateEvery: settings.evaluateEvery ?? updatesPerEpoch,
    checkpointEvery: settings.checkpointEvery ?? updatesPerEpoch,
    keep: Math.max(settings.keep, settings.average),
  };
}
