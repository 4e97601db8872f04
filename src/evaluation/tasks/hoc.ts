/**
 * HoC: micro F1 over sentences, "empty" counted as a class; beside it without "empty", and by article where these are known.
 *
 * Source  scores: Luo et al., 2022, BioGPT, arXiv:2210.10341, tables 1 to 6 and 11; reproductions from microsoft/BioGPT issues 84, 90.
 * Units   percent; `f1` is a micro F1 with "empty"
 */
import type { GoldLabels, TaskExample } from "../../tasks/example.ts";
import { hallmarkTarget, parseHallmarks } from "../../tasks/hallmarks/hallmarks.ts";
import { hoc } from "../../tasks/hallmarks/hoc.ts";
import type { EvaluatedTask } from "../evaluated-task.ts";
import { examineLabels } from "../report/examine-labels.ts";
import { resampled } from "../scorers/bootstrap.ts";
import { type HocScore, scoreHoc } from "../scorers/classification.ts";
import { addCounts, type PrecisionRecall, scoresOf } from "../scorers/counts.ts";
import { hallmarkDecoding } from "./hallmark-decoding.ts";

export const evaluatedHoc: EvaluatedTask = {
  task: hoc,
  score(outputs) {
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
      details: detailsOf(score),
      drawn: resampled(score.items, (sample) => scoresOf(addCounts(sample)).f1),
      inventedArguments: null,
      read,
    };
  },
  mainScore: { name: 'micro F1 with "empty"', label: 'F1 (micro, with "empty")', of: ({ microF1 }) => microF1 },
  furtherScores: [],
  baselines: [{ name: "always-empty", predictor: () => () => hallmarkTarget(["empty"]) }],
  paper: {
    biogpt: { system: "BioGPT", f1: 85.12 },
    large: { system: "BioGPT-Large", f1: 84.4 },
    others: [
      { system: "BioBERT", f1: 81.54 },
      { system: "PubMedBERT", f1: 82.32 },
      { system: "PubMedBERT large", f1: 82.7 },
      { system: "BioLinkBERT-base", f1: 84.35 },
      { system: "GPT-2", f1: 81.84 },
      { system: "BioGPT, reproduced by a user", f1: 85.31 },
    ],
  },
  examine: () =>
    examineLabels(
      ({ gold }: TaskExample) => [...new Set((gold as GoldLabels).labels)],
      (text) => parseHallmarks(text) ?? [],
    ),
  labels: hallmarkDecoding,
};

function detailsOf({ withoutEmpty, documents, byLabel }: HocScore): Record<string, unknown> {
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
