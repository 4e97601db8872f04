/** What the evaluation of the relation tasks shares: parsed by the form of the data, scored over triples, the pairs of the training names as baseline. */
import type { GoldRelations, TaskExample } from "../../tasks/example.ts";
import type { RelationTriple } from "../../tasks/relation-extraction/templates.ts";
import type { Task } from "../../tasks/task.ts";
import type { EvaluatedTask, Measure } from "../evaluated-task.ts";
import { examineRelationsOf } from "../report/examine-relations.ts";
import { copyAllPairs } from "../scorers/copy-all-pairs.ts";
import { scoreRelations } from "../scorers/score-relations.ts";

/** Of hard match. */
export const F1_BY_DOCUMENT: Measure = {
  name: "F1, mean of the documents'",
  label: "F1 (mean of documents)",
  of: ({ f1 }) => f1,
};

/** Over all triples. */
export const MICRO_F1: Measure = { name: "micro F1", label: "F1 (micro)", of: ({ microF1 }) => microF1 };

/** @param task one with a scheme */
export function evaluatedRelations(task: Task): Pick<EvaluatedTask, "task" | "score" | "baselines" | "examine"> {
  const scheme = task.scheme!;
  return {
    task,
    score(outputs, all, data, options) {
      const read = outputs.map(({ output }) => task.parse(output, data) as readonly RelationTriple[]);
      const scored = scoreRelations(
        scheme,
        outputs.map(({ example }, at) => ({ example: example as TaskExample<GoldRelations>, triples: read[at]! })),
        all as readonly TaskExample<GoldRelations>[],
        options,
      );
      return { ...scored, read };
    },
    baselines: [
      { name: "copy-all-pairs", predictor: (data) => copyAllPairs(scheme, data) },
      { name: "always-empty", predictor: () => () => "" },
    ],
    examine: examineRelationsOf,
  };
}
