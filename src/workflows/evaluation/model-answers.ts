/** A model as something that answers a task, by the decoding that is asked for. */

import { labelDecodingOf } from "../../evaluation/label-predictor.ts";
import { modelPredictor } from "../../evaluation/model-predictor.ts";
import { MOST_CONTINUATION_SLOTS } from "../../generation/index.ts";
import { loadModel } from "../../pretrained/load/load.ts";
import type { Model } from "../../pretrained/model.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import { expectMadeFor } from "../../tasks/fine-tuned.ts";
import { schemeOfData, taskNamed } from "../../tasks/registry.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import type { Task } from "../../tasks/task.ts";
import { inputOf } from "../../tasks/task-file.ts";
import { YES_NO } from "../answer.ts";
import { HALLMARKS } from "../classify.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import type { Answers } from "./answers.ts";
import { type DecisionOptions, decidedAnswers } from "./decided-answers.ts";
import { labelAnswers } from "./label-answers.ts";
import type { AnswerOptions, LearnOn } from "./options.ts";
import { pairAnswers } from "./pair-answers.ts";

/** Documents in work at once, where nothing else is asked for. */
export const DEFAULT_BATCH = 8;

/** What a report says of a model. */
export function modelFacts(model: Model, task: Task | undefined): Answers["run"] {
  const { contextWords } = inputOf(model);
  return [
    ["model", `${model.name}, ${model.hash}`],
    ["precision", model.precision],
    ...(task?.shortenSource !== undefined && contextWords !== undefined
      ? [["reads", `the last ${contextWords} words of a context`] as const]
      : []),
  ];
}

/** @param slots sequences that decode at once */
export async function openForAnswers(
  name: string,
  { dtype, device, threads, offline }: AnswerOptions,
  slots: number,
  { signal, onEvent }: WorkflowContext,
): Promise<Model> {
  const model = await loadModel(name, {
    ...{ precision: dtype, device, threads, offline, signal, progress: progressEvents(onEvent) },
    normalizePunctuation: false, // the recipes' text is taken as it is
    slots,
  });
  for (const warning of model.warnings) onEvent?.({ type: "note", text: `note: ${warning}` });
  return model;
}

/**
 * @param options of the decoding and the model, checked already
 * @throws BiogptError `evaluation/option` for a decoding that means nothing for the task, `tasks/wrong-model`; those of `loadModel`
 */
export async function modelAnswers(
  name: string,
  options: AnswerOptions & DecisionOptions,
  data: TaskData,
  context: WorkflowContext,
): Promise<Answers> {
  const { learnThresholds, learnOn } = options;
  const task = taskNamed(data.task);
  const read = await pairAnswers(name, options, data, context);
  if (read !== undefined) return read;
  const { decoding = task.decodings[0]! } = options;
  const labels = decoding === "labels" ? labelDecodingOf(data) : undefined;
  const batch = options.batch ?? labels?.concurrency ?? DEFAULT_BATCH;
  const learning = learnThresholds === undefined ? data : learningData(data, learnOn);
  const decided =
    decoding === "ranked" || decoding === "grounded" ? decidedAnswers(decoding, options, learning) : undefined;
  const slots =
    decided?.slots ??
    (labels?.candidatesTogether === true ? batch * MOST_CONTINUATION_SLOTS : batch * beamsOf(options) + 1);
  const model = await openForAnswers(name, options, slots, context);
  try {
    expectMadeFor(model, askedOf(task));
    const about = { run: modelFacts(model, task), [Symbol.dispose]: () => model[Symbol.dispose]() };
    if (decided !== undefined) return { ...(await decided.answer(model, context)), ...about };
    if (labels !== undefined)
      return { ...(await labelAnswers(model, { ...options, batch }, learning, context)), batch, ...about };
    return { ...writtenAnswers(model, task, schemeOfData(data), options, context), ...about };
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
}

/** What a model must be made for to answer a task, as its `task.json` says it. */
function askedOf({ scheme, items }: Task): string {
  return scheme?.name ?? (items === "labels" ? HALLMARKS : YES_NO);
}

/** Answers written freely, as published. @param task whose recipe limits the source */
export function writtenAnswers(
  model: Model,
  task: Task,
  scheme: RelationScheme | undefined,
  { maxNewTokens, ...options }: AnswerOptions,
  { signal }: WorkflowContext,
): Pick<Answers, "predict" | "decoding"> {
  const { decoding = "greedy" } = options;
  const beams = beamsOf(options);
  const bySentence = scheme !== undefined && inputOf(model).unit === "sentence";
  const predict = modelPredictor(model, task.name, {
    ...{ beams, maxNewTokens, signal },
    ...(bySentence ? { sentencesOf: scheme } : {}),
  });
  const how = decoding === "beam" || beams > 1 ? `${decoding} ${beams}` : decoding;
  return { predict, decoding: bySentence ? `${how}, sentences` : how };
}

export function beamsOf({ beams, decoding }: Pick<AnswerOptions, "beams" | "decoding">): number {
  return beams ?? (decoding === "beam" ? 5 : 1);
}

/** The data with what thresholds are learnt on in place of validation. */
function learningData(data: TaskData, learnOn: LearnOn = "valid"): TaskData {
  if (learnOn === "valid") return data;
  const { train = [], valid = [] } = data.splits;
  return { ...data, splits: { ...data.splits, valid: learnOn === "train" ? train : [...train, ...valid] } };
}
