/** A reader's answers to a relation task: names that it recognises, and the pairs of them that its rule keeps, none where it finds none. */
import {
  type CandidatesOf,
  decidedPredictor,
  learnRelationRule,
  relationSchemeOf,
} from "../../evaluation/candidate-relations.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import { saveLearnt } from "../../tasks/learnt-file.ts";
import { candidateRelations, sidesOf } from "../../tasks/mention-relations/document-relations.ts";
import { ruleForPairs } from "../../tasks/mention-relations/read-relations.ts";
import { schemeOfData } from "../../tasks/registry.ts";
import { chooseRule, describeDecisionRule, pairRuleOf } from "../../tasks/relation-extraction/decision-rule.ts";
import { readLearntRule } from "../../tasks/relation-extraction/learnt-rules.ts";
import { readerFor } from "../extract-by-reading.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import type { Answers } from "./answers.ts";
import type { DecisionOptions } from "./decided-answers.ts";
import type { AnswerOptions } from "./options.ts";

const USUAL_BATCH = 8;

/**
 * @returns undefined where the model writes and no reader was asked for
 * @throws BiogptError `tasks/wrong-model`, `tasks/option`, `evaluation/option`; those of `openRelationReader`
 */
export async function pairAnswers(
  name: string,
  options: AnswerOptions & DecisionOptions,
  data: TaskData,
  context: WorkflowContext,
): Promise<Answers | undefined> {
  if (schemeOfData(data) === undefined) return undefined;
  const scheme = relationSchemeOf(data);
  const { dtype: precision, device, threads, offline, threshold, thresholds, learnThresholds } = options;
  const load = { precision, device, threads, offline };
  const opened = await readerFor(name, [scheme.name], options.decoding, { load, context });
  if (opened === undefined) return undefined;
  const { reader, task } = opened;
  const { signal, onEvent } = context;
  const schemes = reader.schemes.filter((one) => one.name === scheme.name);
  const given = thresholds === undefined ? undefined : readLearntRule(thresholds, scheme.name, "pairs");
  const ofPairs = pairRuleOf(given ?? ruleForPairs(task, scheme.name));
  const candidatesOf: CandidatesOf = async ({ document }) => {
    for await (const read of reader.read([document], { schemes, signal })) {
      return candidateRelations(read, scheme.name, ofPairs).map(({ pair, relation, probability }) => {
        // As a model would write them that was taught the scheme's lower-cased text: the scorers compare them with its gold.
        const written = (text: string): string => (scheme.lowercase ? text.toLowerCase() : text);
        const place = pair.places[0]!;
        const [head, tail] = sidesOf(pair, place).map((side) => written(read.mentions[place[side]]!.text));
        return { head: head!, tail: tail!, relation, probability };
      });
    }
    return [];
  };
  const learnt = async () => {
    const { subset, lookup } = options;
    const progress = progressEvents(onEvent);
    const concurrency = options.batch ?? USUAL_BATCH;
    const bounds = await learnRelationRule(candidatesOf, data, {
      least: 0,
      concurrency,
      subset,
      lookup,
      progress,
      signal,
    });
    const rule = { ...bounds, ...ofPairs };
    const written = await saveLearnt(learnThresholds!, { decisionRules: { [scheme.name]: { pairs: rule } } });
    onEvent?.({ type: "note", text: `Wrote ${written}.` });
    return rule;
  };
  const rule =
    learnThresholds !== undefined
      ? await learnt()
      : given !== undefined && threshold === undefined
        ? chooseRule(given, undefined, given).rule
        : ruleForPairs(task, scheme.name, threshold);
  return {
    predict: decidedPredictor(candidatesOf, data, rule, 0),
    decoding: `pairs, ${describeDecisionRule(rule)}${rule.calibration === undefined ? "" : ", calibrated"}`,
    batch: USUAL_BATCH,
    calibration: rule.calibration,
    run: [["model", `${reader.name}, ${reader.hash}`]],
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}
