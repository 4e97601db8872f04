/**
 * A fine-tuned model as something that answers a task's examples, as the released recipes infer.
 *
 *     </s> source prompt ─▶ answer ─▶ text          source cut at the recipe's length, the prompt being the model's learned tokens
 *
 * Follows  microsoft/BioGPT's inference scripts (greedy unless asked otherwise). Long sources are cut, as published; the
 *          windows of `extract` are another setting and give other scores.
 */
import { BiogptError } from "../base/errors.ts";
import type { Constraint } from "../generation/constraints.ts";
import type { Model } from "../pretrained/model.ts";
import type { TaskExample, TaskName } from "../tasks/example.ts";
import { TASK_RECIPES } from "../tasks/recipes.ts";
import { sentenceSources } from "../tasks/relation-extraction/reading-unit.ts";
import type { RelationScheme } from "../tasks/relation-extraction/schemes.ts";
import { promptSequence, truncateSource } from "../tasks/sequence.ts";
import { statementsOf } from "../tasks/statements.ts";
import type { Answer, Predict } from "./evaluate-task.ts";

export interface ModelPredictorOptions {
  /** Hypotheses of the search. Default 1: greedy. */
  readonly beams?: number;
  /** Most generated tokens. Default 375, the longest target that the relation recipes train on, or what the model's positions leave. */
  readonly maxNewTokens?: number;
  /** Text of a hard prompt in place of learned tokens, such as "we can conclude that". */
  readonly hardPrompt?: string;
  /** Restricts each answer, given the ids of its source: `groundedDecoding`. */
  readonly constraint?: (sourceIds: readonly number[]) => Constraint;
  /** The scheme of a model that reads sentences: each is answered by itself, and the answers are joined. Default: documents. */
  readonly sentencesOf?: RelationScheme;
  readonly signal?: AbortSignal;
}

/** Positions that a model shorter than the recipe's keeps for the answer. */
const LEAST_ANSWER = 64;

/** What a model of a task is given for a source: all ids, and those of the source as it was cut. */
export interface TaskPrompt {
  readonly ids: readonly number[];
  readonly sourceIds: readonly number[];
}

/**
 * @param hardPrompt text in place of learned tokens
 * @throws BiogptError `tasks/not-fine-tuned` when the model has no learned tokens and no hard prompt is given
 */
export function taskPrompts(model: Model, task: TaskName, hardPrompt?: string): (source: string) => TaskPrompt {
  const { tokenizer, config } = model;
  const prompt = hardPrompt === undefined ? tokenizer.learnedIds : [...tokenizer.encode(hardPrompt)];
  if (prompt.length === 0) {
    throw new BiogptError("tasks/not-fine-tuned", {
      what: `${model.name} has no learned prompt tokens, so it was not fine-tuned on a task.`,
      fix: "Fine-tune it first, or name the hard prompt that it was trained with.",
      kind: "usage",
    });
  }
  const ellipsisId = tokenizer.id("...") ?? tokenizer.unknownId;
  const { maxSourceTokens } = TASK_RECIPES[task];
  const roomy = maxSourceTokens + prompt.length + LEAST_ANSWER <= config.maxPositions;
  const most = roomy ? maxSourceTokens : Math.max(1, config.maxPositions - 1 - prompt.length - LEAST_ANSWER);
  return (source) => {
    const sourceIds = truncateSource(tokenizer.encode(source), most, ellipsisId);
    return { ids: [tokenizer.endId, ...promptSequence(sourceIds, { ids: prompt })], sourceIds };
  };
}

/** @throws BiogptError `tasks/not-fine-tuned` when the model has no learned tokens and no hard prompt is given */
export function modelPredictor(model: Model, task: TaskName, options: ModelPredictorOptions = {}): Predict {
  const { beams = 1, maxNewTokens = 375, hardPrompt, constraint, sentencesOf: scheme, signal } = options;
  const promptOf = taskPrompts(model, task, hardPrompt);
  const answerOf = async (source: string): Promise<Required<Answer>> => {
    const { ids, sourceIds } = promptOf(source);
    const [[answer] = []] = await model.generate([ids], {
      maxNewTokens: Math.max(1, Math.min(maxNewTokens, model.config.maxPositions - ids.length)),
      ...(beams > 1 ? { beams, earlyStopping: true } : {}),
      ...(constraint === undefined ? {} : { constraint: constraint(sourceIds) }),
      signal,
    });
    return answer === undefined
      ? { text: "", statements: [] }
      : { text: answer.text, statements: statementsOf(answer, model) };
  };
  if (scheme === undefined) return ({ source }: TaskExample): Promise<Answer> => answerOf(source);
  return async ({ document }: TaskExample): Promise<Answer> => {
    const answers = await Promise.all(sentenceSources(document, scheme).map(({ text }) => answerOf(text)));
    return {
      text: scheme.template.render(answers.flatMap(({ text }) => scheme.template.parse(text))),
      statements: answers.flatMap(({ statements }) => statements),
    };
  };
}
