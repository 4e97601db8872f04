/**
 * Relation tasks answered by ranked decoding, as one more decoding of `evaluate`; what is kept is learnt on validation.
 *
 * Goes through the same sentences and the same scorer as generated answers, so the rows compare. All ranked statements are handed on
 * with their probabilities, those that are not kept too: the report's curve is over them.
 */
import { BiogptError } from "../base/errors.ts";
import type { Model } from "../pretrained/model.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { GoldRelations, TaskExample } from "../tasks/example.ts";
import type { Content } from "../tasks/relation-extraction/content.ts";
import {
  type KeepRule,
  keptCount,
  LEAST_OF_SENTENCE,
  pooledStatements,
  type RankedRule,
  type RankedStatement,
  type RankOptions,
  rankStatements,
} from "../tasks/relation-extraction/ranked.ts";
import { readingUnitOf, sentenceSources } from "../tasks/relation-extraction/reading-unit.ts";
import { RELATION_SCHEMES, type RelationScheme, schemeTemplate } from "../tasks/relation-extraction/schemes.ts";
import type { Statement } from "../tasks/statements.ts";
import { type Judged, learnCalibration } from "./calibration.ts";
import { chooseSubset, type EvaluateOptions, eachExample, type Predict } from "./evaluate-task.ts";
import { learnKeepRule } from "./keep-rule.ts";
import { taskPrompts } from "./model-predictor.ts";
import { examine } from "./report-examples.ts";
import { prefixScorer } from "./score-relations.ts";

/** The recipes leave out documents without relations. */
const LEAST_KEPT = 1;

/**
 * The task's scheme in the form that its data were written in.
 *
 * @throws BiogptError `evaluation/option` for a task without relations
 */
export function rankedScheme(data: TaskData): RelationScheme {
  const scheme = Object.values(RELATION_SCHEMES).find(({ task }) => task === data.task);
  if (scheme === undefined) {
    throw new BiogptError("evaluation/option", {
      what: `Ranked decoding means nothing for ${data.task}.`,
      why: "It ranks statements about two arguments.",
      fix: "Use greedy, beam or labels.",
      kind: "usage",
    });
  }
  return { ...scheme, template: schemeTemplate(scheme, data.setting.split(",")[0]!) };
}

/** @throws BiogptError as `rankedScheme` and `taskPrompts` */
export function rankedPredictor(model: Model, data: TaskData, rule: KeepRule, options: RankOptions = {}): Predict {
  const { template } = rankedScheme(data);
  const rank = ranker(model, data, options);
  const statementsOf = statementWriter(data);
  return async (example) => {
    const ranked = await rank(example);
    const kept = ranked.slice(0, keptCount(ranked, rule, { least: LEAST_KEPT }));
    return {
      text: template.render(kept),
      statements: statementsOf(ranked),
    };
  };
}

function statementWriter(data: TaskData): (ranked: readonly RankedStatement[]) => Statement[] {
  const { template } = rankedScheme(data);
  return (ranked) => ranked.map((one) => ({ text: template.render([one]), probability: one.probability }));
}

function ranker(
  model: Model,
  data: TaskData,
  options: RankOptions,
): (example: TaskExample) => Promise<RankedStatement[]> {
  const scheme = rankedScheme(data);
  const promptOf = taskPrompts(model, data.task);
  const rank = (content: Content, source: string, more: RankOptions): Promise<RankedStatement[]> => {
    const { ids, sourceIds, places } = promptOf(source, content);
    return rankStatements(model, ids, sourceIds, scheme, { ...options, ...more, places });
  };
  if (readingUnitOf(model) === "document") return ({ source, document }) => rank(scheme.content(document), source, {});
  return async ({ document }) => {
    const sentences = sentenceSources(document, scheme);
    const ofSentence = { allowEmpty: true, least: LEAST_OF_SENTENCE };
    const ranked = await Promise.all(sentences.map(({ content }) => rank(content, content.text, ofSentence)));
    return pooledStatements(ranked, scheme);
  };
}

/**
 * The rule of the highest official score on validation, with the map from a probability to the share of right ones there; only to be
 * used on other examples than these. Right is what the report calls right: by concept for BC5CDR, by wording for DDI and KD-DTI.
 *
 * @throws BiogptError `evaluation/no-split` without validation examples
 */
export async function learnRankedRule(
  model: Model,
  data: TaskData,
  options: RankOptions & Pick<EvaluateOptions, "subset" | "lookup" | "concurrency" | "progress">,
): Promise<RankedRule> {
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
  const ranked = await eachExample(examples, ranker(model, data, options), {
    ...options,
    activity: "learning thresholds",
  });
  const answered = examples.map((example, at) => ({ example, triples: ranked[at]! }));
  const { rule } = learnKeepRule(ranked, prefixScorer(answered, valid, options), { least: LEAST_KEPT });
  const calibration = learnCalibration(judgeRanked(data, examples, ranked, chosen.setting));
  return calibration.steps.length === 0 ? rule : { ...rule, calibration }; // no step: validation had nothing to rank
}

/** The ranked statements of validation examples, each pair once, as the report judges them. */
export function judgeRanked(
  data: TaskData,
  examples: readonly TaskExample[],
  ranked: readonly (readonly RankedStatement[])[],
  setting: readonly string[],
): readonly Judged[] {
  const statementsOf = statementWriter(data);
  const report = { split: "valid", setting: [data.setting, ...setting].join(", ") } as const;
  const evaluated = examples.map((example, at) => ({
    ...{ example, output: "", read: [] },
    statements: statementsOf(ranked[at]!),
  }));
  return examine(data, { examples: evaluated, report }).judged;
}
