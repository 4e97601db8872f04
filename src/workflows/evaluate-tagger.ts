/** A tagger held against annotated documents, as `biogpt evaluate entities` does. */
import { readNamedMentions } from "../corpora/entities/named-data.ts";
import { learnNameCalibration } from "../evaluation/calibration/learn-name-calibration.ts";
import { type EntityEvaluation, evaluateEntities } from "../evaluation/evaluate-entities.ts";
import type { JudgedName } from "../evaluation/scorers/entity-scorer.ts";
import type { Precision } from "../pretrained/load/precision.ts";
import type { DeviceName } from "../runtime/device.ts";
import type { NameCalibrations } from "../tasks/entities/name-calibration.ts";
import { type FoundMention, openTagger } from "../tasks/entities/tagger.ts";
import { saveLearnt } from "../tasks/learnt-file.ts";
import { folderOfModel } from "./open-model.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface EvaluateTaggerOptions {
  /** Name or folder of a tagger. */
  readonly model: string;
  /** Files of mentions, or corpora by name and split (`BC5CDR:test`). */
  readonly data: readonly string[];
  /** Folder of the corpora, where some are named. */
  readonly corpora?: string | undefined;
  /** First documents of each part that are scored. Default: all. */
  readonly limit?: number | undefined;
  /**
   * Learns on all that is scored what the tagger's probabilities mean, and writes it into this file; the scores are by what the
   * folder said before. Default: nothing is learnt.
   */
  readonly learnThresholds?: string | undefined;
  /** Least probability of a name that counts. Default: what the model's folder says, else 0. */
  readonly threshold?: number | undefined;
  /** Draws of the bootstrap interval. Default 1000; 0 for none. */
  readonly draws?: number | undefined;
  /** How the blocks' weights are stored. Default `fp32`. */
  readonly precision?: Precision | undefined;
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
}

/** The score on one file or split. */
export interface PartEvaluation extends Omit<EntityEvaluation, "names"> {
  readonly name: string;
  /** Of the tagger's types those that the part annotates. */
  readonly types: readonly string[];
  /** Gold mentions that are not where the data say, and left out. */
  readonly misplaced: number;
}

export interface TaggerEvaluation {
  readonly model: string;
  readonly parts: readonly PartEvaluation[];
  /** What was learnt, and the file where it stands. */
  readonly learnt: { readonly file: string; readonly nameCalibration: NameCalibrations } | null;
}

/**
 * Scores names exactly: document, passage, start, end and type; BC2GM with its alternatives.
 *
 * @throws BiogptError `corpora/…`, `tasks/tag-classes`, `aborted`
 * @example
 *     const { parts } = await evaluateTagger({ model: "tagger", data: ["BC5CDR:test"], corpora: "data/tasks" });
 */
export async function evaluateTagger(
  { model, data, corpora, limit, learnThresholds, threshold, draws, precision, device, threads }: EvaluateTaggerOptions,
  { signal, onEvent }: WorkflowContext<NoteEvent | ProgressEvent> = {},
): Promise<TaggerEvaluation> {
  const named = data.map((name) => readNamedMentions(name, corpora));
  const progress = progressEvents(onEvent);
  const folder = await folderOfModel(model, { signal, progress });
  using tagger = await openTagger(folder, { precision, device, threads, signal, progress });
  const parts: PartEvaluation[] = [];
  const judged: JudgedName<FoundMention>[] = [];
  for (const { name, documents: all, types: annotated, misplaced } of named) {
    const documents = all.slice(0, limit);
    const types = tagger.types.filter((type) => annotated.includes(type));
    if (types.length === 0) onEvent?.({ type: "note", text: `note: ${name} annotates nothing that the tagger finds` });
    const { names, ...evaluation } = await evaluateEntities(tagger, documents, types, {
      signal,
      threshold: threshold ?? tagger.nameThreshold,
      ...(draws === undefined ? {} : { draws }),
      onDocument: (done) =>
        progress?.({ activity: `tagging ${name}`, done, total: documents.length, unit: "documents" }),
    });
    parts.push({ name, types, misplaced: misplaced.length, ...evaluation });
    judged.push(...names);
  }
  if (learnThresholds === undefined) return { model: folder, parts, learnt: null };
  const nameCalibration = learnNameCalibration(
    judged.map(({ name: { type, tagProbability }, right }) => ({ type, probability: tagProbability, correct: right })),
  );
  const file = await saveLearnt(learnThresholds, { nameCalibration });
  onEvent?.({ type: "note", text: `Wrote ${file}.` });
  return { model: folder, parts, learnt: { file, nameCalibration } };
}
