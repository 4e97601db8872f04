/**
 * Fine-tuning of a reader: a tagger of names, and with relation schemes a scorer of pairs of them besides; resumable.
 *
 *     documents without leaks ─▶ windows read twice ─▶ backbone + head ─▶ loop ─▶ the run's folder is a tagger, or a reader of relations
 */
import { BiogptError } from "../../base/errors.ts";
import { evaluateEntities } from "../../evaluation/evaluate-entities.ts";
import { saveClassifierFolder } from "../../pretrained/heads/classifier-folder.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { copyTokenizer } from "../../pretrained/save/tokenizer-files.ts";
import { trainableModel } from "../../pretrained/save/trainable-folder.ts";
import { tagClasses } from "../../tasks/entities/labels.ts";
import { openTagger, type Tagger } from "../../tasks/entities/tagger.ts";
import { readerBatch } from "../../tasks/mention-relations/reader-batches.ts";
import { savePairs } from "../../tasks/mention-relations/reader-folder.ts";
import { type ReaderScheme, scoreCount } from "../../tasks/mention-relations/reader-scheme.ts";
import { type ReaderSequence, readerTrainingData } from "../../tasks/mention-relations/training-data.ts";
import type { ModelTask } from "../../tasks/model-task.ts";
import { bucketedBatches, bucketedEvaluation } from "../../training/data/bucketed-batches.ts";
import { readerHead } from "../../training/step/reader-head.ts";
import { withHead } from "../../training/step/trainable-model.ts";
import { classHead } from "../../training/step/training-head.ts";
import type { TrainingBatch } from "../../training/step/training-step.ts";
import { noteEvents, type WorkflowContext } from "../workflow.ts";
import { type EntitySettings, parseEntitySettings, readingOf } from "./entity-settings.ts";
import { baseFolder } from "./fine-tuning-data.ts";
import { openReaderBase } from "./reader-base.ts";
import { type ReaderCorpus, readReaderData } from "./reader-data.ts";
import {
  inRunFolder,
  loopOfPasses,
  namedFiles,
  type PassOptions,
  type PassWork,
  trainInPasses,
} from "./train-in-passes.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export interface FineTuneReaderOptions extends PassOptions<EntitySettings> {
  /** Model to start from: a name or a folder; a tagger or a reader goes on where it is, if it finds the same. */
  readonly model: string;
  /** What is learnt: files of mentions, or corpora by name and split (`BC5CDR:train`). */
  readonly data: readonly string[];
  /** Documents whose names were found by a tagger, alike: pairs of them are learnt, words are not. Default none. */
  readonly silver?: readonly string[] | undefined;
  /** What is evaluated on, alike. Documents of it are never trained on. Default: nothing, and the last checkpoint is the best. */
  readonly valid?: readonly string[] | undefined;
  /** What will be scored later, alike: its documents are never trained on either. Default: nothing. */
  readonly without?: readonly string[] | undefined;
  /** Folder of the corpora, where some are named. */
  readonly corpora?: string | undefined;
  /** Types of names. Default: all that the data annotate. */
  readonly types?: readonly string[] | undefined;
  /** What is learnt of pairs of names. Default: nothing, and the run's folder is a tagger alone. */
  readonly schemes?: readonly ReaderScheme[] | undefined;
}

/** Lengths of windows of hundreds of tokens are multiples of this: fewer shapes are compiled. */
const LONG_STEP = 128;

type Context = WorkflowContext<TrainingEvent>;

/**
 * Fine-tunes a model to find names, and relations between them; on abort a checkpoint is written, from which `resume` goes on.
 *
 * @throws BiogptError `training/stopped` (kind aborted), `training/in-use`, `training/run-exists`, `training/settings`, `corpora/…`
 */
export async function finetuneReader(options: FineTuneReaderOptions, context: Context = {}): Promise<TrainingResult> {
  return inRunFolder(options, parseEntitySettings, prepareAndTrain, context);
}

const prepareAndTrain: PassWork<FineTuneReaderOptions, EntitySettings> = async (options, settings, before, context) => {
  const { signal, onEvent } = context;
  const note = noteEvents(onEvent);
  const base = await openReaderBase(await baseFolder(options.model, { signal }), signal);
  const tokenizer = await openTokenizerFolder(base.tokenizerFolder, { normalizePunctuation: true, signal });
  const { schemes = [] } = options;
  const { train, valid, types } = readReaderData(options, schemes, note);
  const reading = readingOf(settings, schemes.length > 0 ? base.config.maxPositions : undefined);
  const longest = reading.copies * (reading.tokens + 1);
  if (longest > base.config.maxPositions && !settings.samePositions) {
    throw new BiogptError("training/settings", {
      what: `${settings.copies} copies of ${reading.tokens} tokens take ${longest} positions; the model has ${base.config.maxPositions}.`,
      fix: "Lower windowTokens, or set samePositions.",
      kind: "usage",
    });
  }
  const data = readerTrainingData(train, types, schemes, tokenizer, reading);
  const extend = (batch: TrainingBatch, sequences: readonly ReaderSequence[]): TrainingBatch => ({
    ...batch,
    further: readerBatch(sequences, schemes, settings.pairWeight, batch),
  });
  const batches = {
    ...{ accumulate: settings.accumulate, seed: settings.seed, padId: tokenizer.padId },
    longest: base.config.maxPositions,
    ...(schemes.length === 0 ? {} : { extend, step: LONG_STEP }),
  };
  const source = bucketedBatches(data.sequences, batches);
  const loop = loopOfPasses(settings, source);
  const pairs = data.sequences.reduce((sum, sequence) => sum + sequence.pairs.length, 0);
  const stated = data.sequences.reduce((sum, { pairs: all }) => sum + all.filter(({ score }) => score >= 0).length, 0);
  const ofPairs = schemes.length === 0 ? "" : `, ${pairs} pairs of which ${stated} are in a relation`;
  note(`${data.sequences.length} windows, ${types.join(", ")}${ofPairs}; ${loop.steps} updates`);
  const classes = tagClasses(types);
  const ofNames = { name: "classes", width: base.config.width, classes: classes.length, labels: data.labels };
  const head = schemes.length === 0 ? classHead(ofNames) : readerHead({ ...ofNames, relations: scoreCount(schemes) });
  const model = withHead(trainableModel(base.config), head);
  const task: ModelTask =
    schemes.length === 0
      ? { task: "entities", entities: reading }
      : { task: "relations", schemes: schemes.map(({ name }) => name), entities: reading, reader: schemes };
  const held =
    valid.length === 0
      ? undefined
      : bucketedEvaluation(readerTrainingData(valid, types, schemes, tokenizer, reading).sequences, batches);
  return trainInPasses(
    {
      ...{ work: "reader", options, settings, before, model, source, loop, held, task },
      described: {
        settings: { ...settings, types, ...(schemes.length === 0 ? {} : { schemes: schemes.map(({ name }) => name) }) },
        data: {
          model: base.folder,
          data: namedFiles([...options.data, ...(options.silver ?? [])]),
          valid: namedFiles(options.valid),
          without: namedFiles(options.without),
          tokenizer: tokenizer.hash,
        },
      },
      initial: () => base.initialValues(types, schemes, settings.seed),
      save: async (folder, step) => {
        const value = (name: string): Promise<Float32Array> => step.parameter(name);
        await saveClassifierFolder(folder, {
          family: base.family,
          config: base.config,
          kind: "tokens",
          classes,
          value,
        });
        if (schemes.length > 0) await savePairs(folder, base.config.width, schemes, value);
        await copyTokenizer(base.tokenizerFolder, folder);
      },
      score:
        settings.scoreDocuments === 0
          ? undefined
          : async (folder, { threads, signal: within }) => {
              using tagger = await openTagger(folder, { threads, signal: within });
              return await score(tagger, valid, types, { documents: settings.scoreDocuments, signal: within });
            },
    },
    context,
  );
};

/** Exact F1 of each type, on the first documents of each validation part, over the parts that annotate it. */
async function score(
  tagger: Tagger,
  valid: readonly ReaderCorpus[],
  types: readonly string[],
  { documents: most, signal }: { readonly documents: number; readonly signal: AbortSignal | undefined },
): Promise<Record<string, number>> {
  const metrics: Record<string, number> = {};
  for (const { name, documents, types: annotated } of valid) {
    const scored = types.filter((type) => annotated.includes(type));
    const { byType } = await evaluateEntities(tagger, documents.slice(0, most), scored, { signal, draws: 0 });
    for (const type of scored) metrics[valid.length === 1 ? `f1-${type}` : `f1-${type} of ${name}`] = byType[type]!.f1;
  }
  return metrics;
}
