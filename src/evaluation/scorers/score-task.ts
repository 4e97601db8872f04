/** A task's answers read by its post-processing and scored by its official scorer. */
import type { TaskData } from "../../tasks/build-examples.ts";
import type { GoldAnswer, GoldLabels, GoldRelations, TaskExample, TaskName } from "../../tasks/example.ts";
import { parseHallmarks } from "../../tasks/hallmarks/hallmarks.ts";
import { parseAnswer } from "../../tasks/question-answering/yes-no.ts";
import { RELATION_SCHEMES, type RelationScheme, schemeTemplate } from "../../tasks/relation-extraction/schemes.ts";
import type { EvaluatedExample, EvaluateOptions, TaskReport } from "../evaluate-task.ts";
import { type Resampled, resampled } from "./bootstrap.ts";
import { type HocScore, scoreAnswers, scoreHoc } from "./classification.ts";
import { addCounts, type PrecisionRecall, scoresOf } from "./counts.ts";
import { type ScoredRelations, scoreRelations } from "./score-relations.ts";

export interface Output {
  readonly example: TaskExample;
  readonly output: string;
}

export interface ScoredTask {
  readonly scores: Pick<TaskReport, "precision" | "recall" | "f1" | "accuracy" | "macroF1" | "microF1">;
  readonly details: Record<string, unknown>;
  /** The task's own score, of drawn documents. */
  readonly drawn: Resampled;
  /** Null for tasks without arguments. */
  readonly inventedArguments: number | null;
  /** What was read from each output; undefined where nothing could be. */
  readonly read: readonly EvaluatedExample["read"][];
}

export type ScoreOptions = Pick<EvaluateOptions, "lookup">;

/** @param all every example of the split, whose mentions BC5CDR's published lookup knows */
export function scoreTask(
  data: TaskData,
  outputs: readonly Output[],
  all: readonly TaskExample[],
  options: ScoreOptions,
): ScoredTask {
  return SCORERS[data.task]!(outputs, all, data, options);
}

type Scorer = (
  outputs: readonly Output[],
  all: readonly TaskExample[],
  data: TaskData,
  options: ScoreOptions,
) => ScoredTask;

/** Outputs as relations of the form that the data were written in. */
const relations =
  (scheme: RelationScheme): Scorer =>
  (outputs, all, data, options) => {
    const template = schemeTemplate(scheme, data.setting.split(",")[0]!);
    const scored: ScoredRelations = scoreRelations(
      scheme,
      outputs.map(({ example, output }) => ({
        example: example as TaskExample<GoldRelations>,
        triples: template.parse(output),
      })),
      all as readonly TaskExample<GoldRelations>[],
      options,
    );
    return { ...scored, read: outputs.map(({ output }) => template.parse(output)) };
  };

const SCORERS: Readonly<Record<TaskName, Scorer>> = {
  bc5cdr: relations(RELATION_SCHEMES["chemical-disease"]),
  ddi: relations(RELATION_SCHEMES["drug-drug"]),
  "kd-dti": relations(RELATION_SCHEMES["drug-target"]),
  hoc(outputs) {
    const read = outputs.map(({ output }) => parseHallmarks(output));
    const score = scoreHoc(
      outputs.map(({ example }, at) => {
        const { labels, article } = example.gold as GoldLabels;
        return { id: example.id, predicted: read[at], gold: labels, ...(article === undefined ? {} : { article }) };
      }),
    );
    const { precision, recall, f1 } = score.withEmpty;
    return {
      scores: { precision, recall, microF1: f1 },
      details: hocDetails(score),
      drawn: resampled(score.items, (sample) => scoresOf(addCounts(sample)).f1),
      inventedArguments: null,
      read,
    };
  },
  pubmedqa(outputs) {
    const read = outputs.map(({ output }) => parseAnswer(output));
    const score = scoreAnswers(
      outputs.map(({ example }, at) => ({ predicted: read[at], gold: (example.gold as GoldAnswer).answer })),
    );
    return {
      scores: { precision: null, recall: null, accuracy: score.accuracy, macroF1: score.macroF1 },
      details: {
        correct: score.correct.filter(Boolean).length,
        byAnswer: Object.fromEntries(
          [...score.byAnswer].map(([answer, { precision, recall, f1 }]) => [answer, { precision, recall, f1 }]),
        ),
      },
      drawn: resampled(score.correct, (sample) => sample.filter(Boolean).length / sample.length),
      inventedArguments: null,
      read,
    };
  },
};

function hocDetails({ withoutEmpty, documents, byLabel }: HocScore): Record<string, unknown> {
  const plain = ({ precision, recall, f1 }: PrecisionRecall): PrecisionRecall => ({ precision, recall, f1 });
  return {
    withoutEmpty: plain(withoutEmpty),
    documentLevel:
      documents === undefined
        ? null
        : {
            articles: documents.count,
            micro: plain(documents.micro),
            macroF1: documents.macroF1,
            exampleBased: documents.exampleBased,
          },
    byLabel: Object.fromEntries([...byLabel].map(([label, score]) => [label, plain(score)])),
  };
}
