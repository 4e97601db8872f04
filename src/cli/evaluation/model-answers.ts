/** A model's answers to a task, by the decoding that a command names. */
import type { Predict, Subset } from "../../evaluation/evaluate-task.ts";
import type { ConceptLookup } from "../../evaluation/scorers/score-relations.ts";
import type { Precision } from "../../pretrained/load/precision.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { CalibrationMap } from "../../tasks/calibration-map.ts";
import type { TaskName } from "../../tasks/example.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import { keptSetup } from "../kept-statements.ts";
import type { Terminal } from "../terminal.ts";

/** Splits that thresholds are learnt on; other ones than validation are for models that were not trained on them. */
export type LearnOn = "valid" | "train" | "both";

export interface ModelAnswerOptions {
  /** Default greedy. */
  readonly decoding?: "greedy" | "beam" | "grounded" | "ranked" | "labels";
  /** Of ranked and grounded decoding: least probability, where no file holds one. */
  readonly threshold?: number;
  readonly thresholds?: string;
  readonly learnThresholds?: string;
  /** What they are learnt on. Default valid. */
  readonly learnOn?: LearnOn;
  /** Default 5 for beam, else 1. */
  readonly beams?: number;
  /** Default 375. */
  readonly maxNewTokens?: number;
  /** Documents in work at once. Default 8, 16 for HoC's labels; ranked decoding chooses by its beams. */
  readonly batch?: number;
  /** What thresholds are learnt for. */
  readonly subset?: Subset;
  readonly lookup?: ConceptLookup;
  readonly dtype?: Precision;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly offline?: boolean;
}

/** HoC's sentences in work at once by default: each is short, and the label strings of all step together. PubMedQA's contexts are long. */
const SENTENCES_AT_ONCE = 16;

export interface Answerer extends Disposable {
  readonly predict: Predict;
  readonly decoding: string;
  /** Documents in work at once, where it matters and nothing else was asked for. */
  readonly batch?: number;
  /** What its probabilities mean. */
  readonly calibration?: CalibrationMap | undefined;
  /** What a report says of it. */
  readonly run: readonly (readonly [name: string, value: string])[];
}

/** @throws BiogptError `evaluation/option` for a decoding that means nothing for the task; those of `loadModel` */
export async function modelAnswerer(
  name: string,
  flags: ModelAnswerOptions,
  data: TaskData,
  terminal: Terminal,
): Promise<Answerer> {
  const { RELATION_SCHEMES, schemeTemplate } = await import("../../tasks/relation-extraction/schemes.ts");
  const found = Object.values(RELATION_SCHEMES).find(({ task }) => task === data.task);
  const scheme = found && { ...found, template: schemeTemplate(found, data.setting.split(",")[0]!) };
  return openAnswerer(name, flags, { task: data.task, scheme, data }, terminal);
}

/** Answers of a model that was fine-tuned on the user's own relations. @throws BiogptError as `modelAnswerer` */
export function schemeAnswerer(
  name: string,
  flags: ModelAnswerOptions,
  scheme: RelationScheme,
  terminal: Terminal,
): Promise<Answerer> {
  return openAnswerer(name, flags, { task: "ddi", scheme }, terminal); // whose recipe such models are trained by
}

interface Asked {
  /** Whose recipe limits the source. */
  readonly task: TaskName;
  readonly scheme: RelationScheme | undefined;
  /** For label scoring. */
  readonly data?: TaskData;
}

async function openAnswerer(
  name: string,
  flags: ModelAnswerOptions,
  { task, scheme, data }: Asked,
  terminal: Terminal,
): Promise<Answerer> {
  const { loadModel } = await import("../../pretrained/load/load.ts");
  const { labelAnswerer } = await import("./label-answers.ts");
  const { modelPredictor } = await import("../../evaluation/model-predictor.ts");
  const { MOST_CONTINUATION_SLOTS } = await import("../../generation/index.ts");
  const { groundedDecoding } = await import("../../tasks/relation-extraction/grounded.ts");
  const { readingOf } = await import("../../tasks/reading.ts");
  const { BiogptError } = await import("../../base/errors.ts");
  const { decoding = "greedy", dtype, device, threads, offline, maxNewTokens } = flags;
  const sentenceLabels = decoding === "labels" && task === "hoc";
  const batch = flags.batch ?? (sentenceLabels ? SENTENCES_AT_ONCE : 8);
  const refuse = (what: string, why: string, fix: string) =>
    new BiogptError("evaluation/option", { what, why, fix, kind: "usage" });
  if (decoding === "labels" && data === undefined)
    throw refuse(
      "Label scoring means nothing for relations.",
      "They are no closed set.",
      "Use greedy, beam or grounded.",
    );
  if (decoding === "ranked" && data === undefined)
    throw refuse(
      "Ranked decoding is for the benchmark tasks here.",
      "Its thresholds are learnt and kept by their schemes.",
      "Use greedy, beam or grounded.",
    );
  const beams = flags.beams ?? (decoding === "beam" ? 5 : 1);
  const learning = data === undefined || flags.learnThresholds === undefined ? data : learningData(data, flags.learnOn);
  const kept =
    (decoding === "ranked" || decoding === "grounded") && learning !== undefined
      ? await keptSetup(decoding, flags, learning)
      : undefined;
  const { signal, progress } = terminal;
  const model = await loadModel(name, {
    ...{ precision: dtype, device, threads, offline, signal, progress },
    normalizePunctuation: false, // the recipes' text is taken as it is
    slots: kept?.slots ?? (sentenceLabels ? batch * MOST_CONTINUATION_SLOTS : batch * beams + 1),
  });
  for (const warning of model.warnings) terminal.note(`note: ${warning}`);
  try {
    const { unit, contextWords } = readingOf(model);
    const run = [
      ["model", `${model.name}, ${model.hash}`] as const,
      ["precision", model.precision] as const,
      ...(task === "pubmedqa" && contextWords !== undefined
        ? [["reads", `the last ${contextWords} words of a context`] as const]
        : []),
    ];
    const dispose = { run, [Symbol.dispose]: () => model[Symbol.dispose]() };
    if (kept !== undefined) return { ...(await kept.answer(model, terminal)), ...dispose };
    if (decoding === "labels" && learning !== undefined)
      return { ...(await labelAnswerer(model, { ...flags, batch }, learning, terminal)), batch, ...dispose };
    const bySentence = scheme !== undefined && unit === "sentence";
    const predict = modelPredictor(model, task, {
      beams,
      signal,
      ...(bySentence ? { sentencesOf: scheme } : {}),
      ...(maxNewTokens === undefined ? {} : { maxNewTokens }),
      ...(decoding === "grounded" && scheme !== undefined
        ? {
            constraint: groundedDecoding(model.tokenizer, scheme, { allowEmpty: bySentence }),
            content: scheme.content,
          }
        : {}),
    });
    const how = decoding === "beam" || beams > 1 ? `${decoding} ${beams}` : decoding;
    return { predict, decoding: bySentence ? `${how}, sentences` : how, ...dispose };
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
}

/** The data with what thresholds are learnt on in place of validation. */
function learningData(data: TaskData, learnOn: LearnOn = "valid"): TaskData {
  if (learnOn === "valid") return data;
  const { train = [], valid = [] } = data.splits;
  return { ...data, splits: { ...data.splits, valid: learnOn === "train" ? train : [...train, ...valid] } };
}
