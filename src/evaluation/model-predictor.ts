/**
 * A fine-tuned model as something that answers a task's examples, as the released recipes infer.
 *
 *     </s> source prompt ─▶ answer ─▶ text          source cut at the recipe's length, the prompt being the model's learned tokens
 *
 * Follows  microsoft/BioGPT's inference scripts (greedy unless asked otherwise). Long sources are cut, as published; the
 *          windows of `extract` are another setting and give other scores.
 */
import { BiogptError } from "../base/errors.ts";
import type { Constraint } from "../generation/constraints/constraints.ts";
import type { Model } from "../pretrained/model.ts";
import { answerParts } from "../tasks/answer-parts.ts";
import type { TaskExample, TaskName } from "../tasks/example.ts";
import { taskNamed } from "../tasks/registry.ts";
import type { Content } from "../tasks/relation-extraction/content.ts";
import type { RelationScheme } from "../tasks/relation-extraction/schemes.ts";
import { sentenceSources } from "../tasks/relation-extraction/sentence-sources.ts";
import type { SourcePlaces } from "../tasks/relation-extraction/source-spans.ts";
import { ellipsisOf, promptSequence, truncateSource } from "../tasks/sequence.ts";
import { inputOf } from "../tasks/task-file.ts";
import { promptBegin } from "../tokenizers/tokenizer.ts";
import type { Answer, Predict } from "./evaluated-task.ts";

export interface ModelPredictorOptions {
  /** Hypotheses of the search. Default 1: greedy. */
  readonly beams?: number | undefined;
  /** Most generated tokens. Default 375, the longest target that the relation recipes train on, or what the model's positions leave. */
  readonly maxNewTokens?: number | undefined;
  /** Text of a hard prompt in place of learned tokens, such as "we can conclude that". */
  readonly hardPrompt?: string | undefined;
  /** Restricts each answer, given the ids of its source and where they stand: `groundedDecoding`. */
  readonly constraint?: (sourceIds: readonly number[], places?: SourcePlaces) => Constraint;
  /** The scheme of a model that reads sentences: each is answered by itself, and the answers are joined. Default: documents. */
  readonly sentencesOf?: RelationScheme | undefined;
  /** The text that sources were made of, for the places that `constraint` is given. Default: it is given none. */
  readonly content?: RelationScheme["content"] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Positions that a model shorter than the recipe's keeps for the answer. */
const LEAST_ANSWER = 64;

/** What a model of a task is given for a source: all ids, those of the source as it was cut, and where these stand. */
export interface TaskPrompt {
  readonly ids: readonly number[];
  readonly sourceIds: readonly number[];
  readonly places: SourcePlaces | undefined;
}

/**
 * @param hardPrompt text in place of learned tokens
 * @returns from a source, and the content it is the text of, if places are wanted
 * @throws BiogptError `tasks/not-fine-tuned` when the model has no learned tokens and no hard prompt is given
 */
export function taskPrompts(
  model: Model,
  task: TaskName,
  hardPrompt?: string,
): (source: string, content?: Content) => TaskPrompt {
  const { tokenizer, config } = model;
  const prompt = hardPrompt === undefined ? tokenizer.learnedIds : [...tokenizer.encode(hardPrompt)];
  if (prompt.length === 0) {
    throw new BiogptError("tasks/not-fine-tuned", {
      what: `${model.name} has no learned prompt tokens, so it was not fine-tuned on a task.`,
      fix: "Fine-tune it first, or name the hard prompt that it was trained with.",
    });
  }
  const ellipsisId = ellipsisOf(tokenizer);
  const { recipes, shortenSource } = taskNamed(task);
  const { maxSourceTokens } = recipes.paper;
  const roomy = maxSourceTokens + prompt.length + LEAST_ANSWER <= config.maxPositions;
  const most = roomy ? maxSourceTokens : Math.max(1, config.maxPositions - 1 - prompt.length - LEAST_ANSWER);
  const { contextWords } = shortenSource === undefined ? {} : inputOf(model);
  return (whole, content) => {
    const source = contextWords === undefined ? whole : shortenSource!(whole, contextWords);
    const { ids, starts, ends } = tokenizer.encodeWithOffsets(source);
    const sourceIds = truncateSource(ids, most, ellipsisId);
    return {
      ids: [...promptBegin(tokenizer), ...promptSequence(sourceIds, { ids: prompt })],
      sourceIds,
      places: content?.text === source ? { content, starts, ends } : undefined, // a user's file may pair it with another document
    };
  };
}

/** @throws BiogptError `tasks/not-fine-tuned` when the model has no learned tokens and no hard prompt is given */
export function modelPredictor(model: Model, task: TaskName, options: ModelPredictorOptions = {}): Predict {
  const {
    beams = 1,
    maxNewTokens = 375,
    hardPrompt,
    constraint,
    content: contentOf,
    sentencesOf: scheme,
    signal,
  } = options;
  const promptOf = taskPrompts(model, task, hardPrompt);
  const answerOf = async (
    source: string,
    content: Content | undefined,
  ): Promise<Required<Omit<Answer, "relations">>> => {
    const { ids, sourceIds, places } = promptOf(source, content);
    const [[answer] = []] = await model.generate([ids], {
      maxNewTokens: Math.max(1, Math.min(maxNewTokens, model.config.maxPositions - ids.length)),
      ...(beams > 1 ? { beams, earlyStopping: true } : {}),
      ...(constraint === undefined ? {} : { constraint: constraint(sourceIds, places) }),
      signal,
    });
    return answer === undefined
      ? { text: "", statements: [] }
      : { text: answer.text, statements: answerParts(answer, model) };
  };
  if (scheme === undefined)
    return ({ source, document }: TaskExample): Promise<Answer> => answerOf(source, contentOf?.(document));
  return async ({ document }: TaskExample): Promise<Answer> => {
    const answers = await Promise.all(
      sentenceSources(document, scheme).map(({ content }) => answerOf(content.text, content)),
    );
    return {
      text: scheme.template.render(answers.flatMap(({ text }) => scheme.template.parse(text))),
      statements: answers.flatMap(({ statements }) => statements),
    };
  };
}
