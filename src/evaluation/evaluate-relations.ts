/**
 * A user's own relations, scored by hard match: triples compared by wording as DDI's and KD-DTI's are (hard-match.ts).
 *
 * Precision, recall and F1 are micro scores over all triples; documents without relations count as well. Of a symmetric scheme
 * (a, b) and (b, a) are one relation.
 */
import type { ReportProgress } from "../base/progress.ts";
import type { GoldRelations, TaskExample } from "../tasks/example.ts";
import type { RelationScheme } from "../tasks/relation-extraction/schemes.ts";
import type { RelationTriple } from "../tasks/relation-extraction/templates.ts";
import { answerAll } from "./evaluate-task.ts";
import type { EvaluatedExample, Predict } from "./evaluated-task.ts";
import { oneWay } from "./one-way.ts";
import { type BootstrapOptions, bootstrap, type ConfidenceInterval } from "./scorers/bootstrap.ts";
import { addCounts, type PrecisionRecall, ratio, scoresOf } from "./scorers/counts.ts";
import { scoreHardMatch } from "./scorers/hard-match.ts";
import { countUnsupported } from "./scorers/score-relations.ts";

/** One line of `biogpt evaluate relations --json`. Shares are in [0, 1]. */
export interface OwnRelationsReport extends PrecisionRecall {
  readonly task: "relations";
  readonly scheme: string;
  readonly decoding: string;
  /** Mean of the documents' F1, as DDI's and KD-DTI's. */
  readonly meanF1: number;
  /** Of `f1`. */
  readonly confidence: ConfidenceInterval | null;
  /** Share of arguments that stand nowhere in their document. */
  readonly inventedArguments: number;
  readonly documents: number;
  /** Documents in whose answer no relation could be read. */
  readonly failed: number;
  /** Labels that the gold or an answer has. */
  readonly byRelation: Readonly<Record<string, PrecisionRecall>>;
  readonly seconds: number;
}

export interface OwnRelationsEvaluation {
  readonly report: OwnRelationsReport;
  readonly examples: readonly EvaluatedExample[];
}

export interface OwnRelationsOptions {
  /** How the answers came about, for the report. */
  readonly decoding: string;
  /** Answers asked for at the same time. Default 1. */
  readonly concurrency?: number | undefined;
  readonly bootstrap?: BootstrapOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

export async function evaluateOwnRelations(
  scheme: RelationScheme,
  examples: readonly TaskExample<GoldRelations>[],
  predict: Predict,
  { decoding, concurrency = 1, bootstrap: draws, signal, progress }: OwnRelationsOptions,
): Promise<OwnRelationsEvaluation> {
  const started = performance.now();
  const answers = await answerAll(examples, predict, { signal, progress, concurrency });
  const read = answers.map(({ text, relations }) => relations ?? scheme.template.parse(text));
  const inputs = examples.map(({ id, gold }, at) => ({
    id,
    predicted: read[at]!.map((triple) => oneWay(triple, scheme)),
    gold: gold.relations.map((triple) => oneWay(triple, scheme)),
  }));
  const score = scoreHardMatch(inputs);
  const { precision, recall, f1 } = score.micro;
  const { invented, total } = countUnsupported(
    scheme,
    examples.map((example, at) => ({ example, triples: read[at]! })),
  );
  const labels = [
    ...new Set(inputs.flatMap(({ predicted, gold }) => [...gold, ...predicted].map(({ relation }) => relation))),
  ];
  const ofLabel = (triples: readonly RelationTriple[], label: string) =>
    triples.filter(({ relation }) => relation === label);
  const report: OwnRelationsReport = {
    ...{ task: "relations", scheme: scheme.name, decoding, precision, recall, f1, meanF1: score.meanF1 },
    confidence:
      bootstrap(score.documents, (sample) => scoresOf(addCounts(sample.map(({ counts }) => counts))).f1, draws) ?? null,
    inventedArguments: ratio(invented, total),
    documents: examples.length,
    failed: read.filter(({ length }) => length === 0).length,
    byRelation: Object.fromEntries(
      labels.map((label) => {
        const { micro } = scoreHardMatch(
          inputs.map(({ id, predicted, gold }) => ({
            id,
            predicted: ofLabel(predicted, label),
            gold: ofLabel(gold, label),
          })),
        );
        return [label, { precision: micro.precision, recall: micro.recall, f1: micro.f1 }];
      }),
    ),
    seconds: (performance.now() - started) / 1000,
  };
  const evaluated = examples.map((example, at) => {
    const { text, statements } = answers[at]!;
    return { example, output: text, statements, read: read[at]! };
  });
  return { report, examples: evaluated };
}
