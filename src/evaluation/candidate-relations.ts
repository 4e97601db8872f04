/**
 * Relation tasks answered by the candidate relations that a decision rule keeps, ranked or written under the constraint; the rule is learnt
 * on validation.
 *
 * Goes through the same sentences and the same scorer as generated answers, so the rows compare. All candidates are handed
 * on with their probabilities, those that are not kept too: the report's curve is over them.
 */
import { BiogptError } from "../base/errors.ts";
import type { Model } from "../pretrained/model.ts";
import type { AnswerPart } from "../tasks/answer-parts.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { GoldRelations, TaskExample } from "../tasks/example.ts";
import { schemeOfData } from "../tasks/registry.ts";
import { LEAST_OF_SENTENCE, type RankOptions, rankCandidates } from "../tasks/relation-extraction/candidate-ranking.ts";
import { type CandidateRelation, pooledCandidates } from "../tasks/relation-extraction/candidate-relation.ts";
import type { Content } from "../tasks/relation-extraction/content.ts";
import { type DecisionBounds, type DecisionRule, keptCount } from "../tasks/relation-extraction/decision-rule.ts";
import { groundedDecoding } from "../tasks/relation-extraction/grounded.ts";
import type { RuleDecoding } from "../tasks/relation-extraction/learnt-rules.ts";
import type { RelationScheme } from "../tasks/relation-extraction/schemes.ts";
import { sentenceSources } from "../tasks/relation-extraction/sentence-sources.ts";
import { inputOf } from "../tasks/task-file.ts";
import { type Judged, learnCalibration } from "./calibration/calibration.ts";
import { learnDecisionRule } from "./calibration/learn-decision-rule.ts";
import { eachExample } from "./each-example.ts";
import { chooseSubset, type EvaluateOptions } from "./evaluate-task.ts";
import type { Predict } from "./evaluated-task.ts";
import { type ModelPredictorOptions, modelPredictor, taskPrompts } from "./model-predictor.ts";
import { examine } from "./report/report-examples.ts";
import { prefixScorer } from "./scorers/score-relations.ts";

/** The recipes leave out documents without relations. */
const LEAST_KEPT = 1;

/**
 * The task's scheme in the form that its data were written in.
 *
 * @param decoding what needs it, for the error. Default: grounded
 * @throws BiogptError `evaluation/option` for a task without relations
 */
export function relationSchemeOf(data: TaskData, decoding: RuleDecoding = "grounded"): RelationScheme {
  const scheme = schemeOfData(data);
  if (scheme === undefined) {
    const ranks = decoding === "ranked";
    throw new BiogptError("evaluation/option", {
      what: `${ranks ? "Ranked" : "Grounded"} decoding means nothing for ${data.task}.`,
      why: ranks ? "It ranks relations between two arguments." : "It grounds the arguments of relations.",
      fix: "Use greedy, beam or labels.",
    });
  }
  return scheme;
}

/** A source's candidate relations, most probable first. */
export type CandidatesOf = (example: TaskExample) => Promise<readonly CandidateRelation[]>;

/** @throws BiogptError as `relationSchemeOf` and `taskPrompts` */
export function rankedCandidates(model: Model, data: TaskData, options: RankOptions = {}): CandidatesOf {
  const scheme = relationSchemeOf(data, "ranked");
  const promptOf = taskPrompts(model, data.task);
  const rank = (content: Content, source: string, more: RankOptions): Promise<CandidateRelation[]> => {
    const { ids, sourceIds, places } = promptOf(source, content);
    return rankCandidates(model, ids, sourceIds, scheme, { ...options, ...more, places });
  };
  if (inputOf(model).unit === "document") return ({ source, document }) => rank(scheme.content(document), source, {});
  return async ({ document }) => {
    const sentences = sentenceSources(document, scheme);
    const ofSentence = { allowEmpty: true, least: LEAST_OF_SENTENCE };
    const ranked = await Promise.all(sentences.map(({ content }) => rank(content, content.text, ofSentence)));
    return pooledCandidates(ranked, scheme);
  };
}

export type GroundedAnswerOptions = Pick<ModelPredictorOptions, "beams" | "maxNewTokens" | "signal">;

/** A model's answers, written whole under the constraint. @throws BiogptError as `relationSchemeOf` and `taskPrompts` */
export function groundedPredictor(model: Model, data: TaskData, options: GroundedAnswerOptions = {}): Predict {
  const scheme = relationSchemeOf(data, "grounded");
  const bySentence = inputOf(model).unit === "sentence";
  return modelPredictor(model, data.task, {
    ...options,
    ...(bySentence ? { sentencesOf: scheme } : {}),
    constraint: groundedDecoding(model.tokenizer, scheme, { allowEmpty: bySentence }),
    content: scheme.content,
  });
}

/** The candidate relations of such answers. @throws BiogptError as `groundedPredictor` */
export function groundedCandidates(model: Model, data: TaskData, options: GroundedAnswerOptions = {}): CandidatesOf {
  const scheme = relationSchemeOf(data, "grounded");
  const predict = groundedPredictor(model, data, options);
  return async (example) => {
    const answer = await predict(example);
    const statements = typeof answer === "string" ? [] : (answer.statements ?? []);
    const written = statements.flatMap(({ text, probability }) =>
      scheme.template
        .parse(text)
        .slice(0, 1)
        .map((triple) => ({ ...triple, probability })),
    );
    return pooledCandidates([written], scheme);
  };
}

/**
 * Answers of the candidates that the rule keeps of each document.
 *
 * @param least kept of a document whatever the rule says. Default 1, as the recipes' documents all have a relation
 */
export function decidedPredictor(
  candidatesOf: CandidatesOf,
  data: TaskData,
  rule: DecisionBounds,
  least: number = LEAST_KEPT,
): Predict {
  const { template } = relationSchemeOf(data);
  const write = candidateWriter(data);
  return async (example) => {
    const probable = await candidatesOf(example);
    const kept = probable.slice(0, keptCount(probable, rule, { least }));
    return { text: template.render(kept), statements: write(probable) };
  };
}

function candidateWriter(data: TaskData): (probable: readonly CandidateRelation[]) => AnswerPart[] {
  const { template } = relationSchemeOf(data);
  return (probable) => probable.map((one) => ({ text: template.render([one]), probability: one.probability }));
}

/**
 * The rule of the highest official score on validation, with the map from a probability to the share of right ones there; only to be
 * used on other examples than these. Right is what the report calls right: by concept for BC5CDR, by wording for DDI and KD-DTI.
 *
 * @throws BiogptError `evaluation/no-split` without validation examples
 */
export async function learnRelationRule(
  candidatesOf: CandidatesOf,
  data: TaskData,
  {
    least = LEAST_KEPT,
    ...options
  }: Pick<EvaluateOptions, "subset" | "lookup" | "concurrency" | "progress" | "signal"> & { readonly least?: number },
): Promise<DecisionRule> {
  const valid = (data.splits.valid ?? []) as readonly TaskExample<GoldRelations>[];
  if (valid.length === 0) {
    throw new BiogptError("evaluation/no-split", {
      what: `The data of ${data.task} have no validation examples to learn thresholds from.`,
      fix: "Import the data with their validation files, or give --threshold.",
      kind: "usage",
    });
  }
  const chosen = chooseSubset(valid, data, options);
  const examples = chosen.examples as readonly TaskExample<GoldRelations>[];
  const probable = await eachExample(examples, candidatesOf, { ...options, activity: "learning thresholds" });
  const answered = examples.map((example, at) => ({ example, triples: probable[at]! }));
  const { rule } = learnDecisionRule(probable, prefixScorer(answered, valid, options), { least });
  const calibration = learnCalibration(judgeCandidates(data, examples, probable, chosen.setting));
  return calibration.steps.length === 0 ? rule : { ...rule, calibration }; // no step: validation had nothing to judge
}

/** The candidates of validation examples, each pair once, as the report judges them. */
export function judgeCandidates(
  data: TaskData,
  examples: readonly TaskExample[],
  probable: readonly (readonly CandidateRelation[])[],
  setting: readonly string[],
): readonly Judged[] {
  const write = candidateWriter(data);
  const report = { split: "valid", setting: [data.setting, ...setting].join(", ") } as const;
  const evaluated = examples.map((example, at) => ({
    ...{ example, output: "", read: [] },
    statements: write(probable[at]!),
  }));
  return examine(data, { examples: evaluated, report }).judged;
}
