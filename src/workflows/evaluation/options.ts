/** The options of an evaluation, and which of them make sense together. */
import { BiogptError } from "../../base/errors.ts";
import type { SplitName } from "../../corpora/tasks/task-files.ts";
import type { ConceptLookup, Subset } from "../../evaluation/evaluated-task.ts";
import { labelDecodingOf } from "../../evaluation/label-predictor.ts";
import { EVALUATED_TASKS, evaluatedTask } from "../../evaluation/registry.ts";
import type { Precision } from "../../pretrained/load/precision.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { BuildOptions, Decoding } from "../../tasks/task.ts";

/** Splits that thresholds are learnt on; other ones than validation are for models that were not trained on them. */
export type LearnOn = "valid" | "train" | "both";

/** How a model answers. */
export interface AnswerOptions {
  /**
   * Greedy and beam search as published; grounded: arguments can only be stretches of the source; ranked: the likeliest single relations;
   * labels: the likeliest of a closed set of answers. Default: the task's first, greedy; for relations of one's own what `extract` does.
   */
  readonly decoding?: Decoding | undefined;
  /** Ranked and grounded: least probability, 0 to 1, calibrated where there is a map. Default: what a file or the model's folder says. */
  readonly threshold?: number | undefined;
  /** File of what was learnt, in place of the model's own. */
  readonly thresholds?: string | undefined;
  /** File to write what is learnt now; it is used too. */
  readonly learnThresholds?: string | undefined;
  /** What is learnt on. Default `valid`. */
  readonly learnOn?: LearnOn | undefined;
  /** Hypotheses of the search, 1 to 64. Default 5 for beam, 16 for ranked, else 1. */
  readonly beams?: number | undefined;
  /** Most tokens of an answer, 1 to 2048. Default 375. */
  readonly maxNewTokens?: number | undefined;
  /** Documents in work at once, 1 to 64. Default 8; 16 where the labels of short texts are scored; ranked decoding chooses by its beams. */
  readonly batch?: number | undefined;
  /** Default `fp32`, or what the model's size asks for. */
  readonly dtype?: Precision | undefined;
  /** Default `cpu`. */
  readonly device?: DeviceName | undefined;
  /** Default: the physical cores. */
  readonly threads?: number | undefined;
  /** Never uses the network. Default false. */
  readonly offline?: boolean | undefined;
}

export interface EvaluationOptions extends AnswerOptions {
  /** What `importData` wrote, or the raw corpus; of one's own relations a file of documents, one a line. */
  readonly data: string;
  /** Name or folder of the model that answers. One of `model`, `gold` and `baseline` is given. */
  readonly model?: string | undefined;
  /** Answers with the gold targets, through tokenizer and detokenizer: the most that any model can reach. */
  readonly gold?: boolean | undefined;
  /** Answers trivially: `always-empty`, `always-yes` or `copy-all-pairs`. */
  readonly baseline?: string | undefined;
  /** Default `test`. */
  readonly split?: SplitName | undefined;
  /** Default: the named documents, where the gold of some holds ids in place of names. */
  readonly subset?: Subset | undefined;
  /** The first so many documents alone, for a trial. Default: all. */
  readonly limit?: number | undefined;
  /** BC5CDR: how strings become ids. Default `published`. */
  readonly lookup?: ConceptLookup | undefined;
  /** With `gold`: folder of the vocabulary to go through. Default: Moses alone. */
  readonly tokenizer?: string | undefined;
  /** Of a raw corpus: which files, which target form, which setting. */
  readonly format?: BuildOptions["format"] | undefined;
  readonly template?: BuildOptions["template"] | undefined;
  readonly setting?: BuildOptions["setting"] | undefined;
  /** Own relations: file of their schema. Default: the model's own. */
  readonly schema?: string | undefined;
  /** Own relations: leaves out those whose arguments are not in the text, and counts them. Default false: they are refused. */
  readonly skipUnanchored?: boolean | undefined;
  /** Path of an HTML page to write. */
  readonly report?: string | undefined;
  /** How the evaluation was started, for the page. Default: the page does not say. */
  readonly command?: string | undefined;
  /** Bootstrap draws of the confidence interval; 0 leaves it out. Default 1000. */
  readonly draws?: number | undefined;
  /** Of the bootstrap. Default 1. */
  readonly seed?: number | undefined;
}

/** What stands in a task's place for relations of the user's own. */
export const OWN_RELATIONS = "relations";

/** Whether the task's name means relations of the user's own. */
export function isOwn(task: string): boolean {
  return task.toLowerCase() === OWN_RELATIONS;
}

/**
 * Looks at everything that can be wrong before data are read or a model is loaded: no option is without effect.
 *
 * @param name the task's, as the user wrote it
 * @throws BiogptError `evaluation/option`; may be `tasks/unknown-task`, which whoever reads the data asks for anyway
 */
export function checkOptions(name: string, flags: EvaluationOptions): void {
  const answering = [flags.model !== undefined, flags.gold === true, flags.baseline !== undefined].filter(
    Boolean,
  ).length;
  if (answering !== 1) {
    throw refuse(
      `${answering === 0 ? "Nothing" : "More than one thing"} was named to answer the task.`,
      "Name one of --model, --gold and --baseline.",
    );
  }
  const own = isOwn(name);
  const foreign = (own ? TASK_FLAGS : OWN_FLAGS).find((flag) => flags[flag] !== undefined);
  if (foreign !== undefined)
    throw refuse(`--${kebab(foreign)} is ${own ? "not for" : "only for"} relations of your own.`, "Leave it out.");
  if (own && (flags.split ?? "test") !== "test")
    throw refuse("Documents of your own have no splits.", "Name the file with --data.");
  if (flags.tokenizer !== undefined && flags.gold !== true) {
    throw refuse("--tokenizer has no effect without --gold.", "Leave it out.");
  }
  if (flags.model === undefined) {
    const idle = MODEL_FLAGS.find((flag) => flags[flag] !== undefined);
    if (idle !== undefined) throw refuse(`--${kebab(idle)} has no effect without --model.`, "Leave it out.");
  }
  if (flags.beams !== undefined && (flags.decoding ?? (own ? undefined : "greedy")) === "greedy" && flags.beams > 1) {
    throw refuse("Greedy decoding has one hypothesis.", "Use --decoding beam, or leave --beams out.");
  }
  if (flags.decoding === "labels" && (flags.beams ?? flags.maxNewTokens) !== undefined) {
    throw refuse("Label scoring generates nothing.", "Leave --beams and --max-new-tokens out.");
  }
  if (flags.decoding === "ranked") {
    if (flags.beams === 1) throw refuse("Ranked decoding with one beam has nothing to rank.", "Use --beams 2 or more.");
    if (flags.maxNewTokens !== undefined)
      throw refuse("A ranked relation ends by itself.", "Leave --max-new-tokens out.");
  }
  if (own && flags.decoding === "labels")
    throw refuse("Label scoring means nothing for relations.", "Use ranked, grounded, greedy or beam.");
  if (own && flags.threshold !== undefined && (flags.decoding === "greedy" || flags.decoding === "beam"))
    throw refuse("Thresholds are for --decoding ranked and grounded.", "Leave them out.");
  if (own) return;
  checkThresholds(name, flags);
  if (flags.lookup !== undefined && evaluatedTask(name).lookups === undefined) {
    const users = EVALUATED_TASKS.filter(({ lookups }) => lookups !== undefined).map(({ task }) => task.title);
    throw refuse(`--lookup is ${users.join("'s and ")}'s alone.`, "Leave it out.");
  }
}

function checkThresholds(
  task: string,
  { decoding, split = "test", threshold, thresholds, learnThresholds, learnOn }: EvaluationOptions,
): void {
  if (learnOn !== undefined && learnThresholds === undefined)
    throw refuse("--learn-on has no effect without --learn-thresholds.", "Leave it out.");
  const given = [threshold, thresholds, learnThresholds].filter((value) => value !== undefined).length;
  if (given === 0) return;
  const labels = decoding === "labels";
  if (decoding !== "pairs" && decoding !== "ranked" && decoding !== "grounded" && !labels)
    throw refuse("Thresholds are for --decoding pairs, ranked, grounded or labels.", "Leave them out.");
  if (labels && threshold !== undefined)
    throw refuse(`Each ${labelDecodingOf({ task }).own} of its own.`, "Give them in a file: --thresholds.");
  if (given > 1)
    throw refuse(
      "Thresholds are given, read or learnt, one of these.",
      `Give one of ${labels ? "" : "--threshold, "}--thresholds and --learn-thresholds.`,
    );
  if (learnThresholds !== undefined && split !== "test" && (learnOn ?? "valid") !== OTHER_SPLIT[split])
    throw refuse(`Thresholds learnt on ${split} cannot be scored there.`, "Use --split test.");
}

/** What may be learnt on where the other is scored. */
const OTHER_SPLIT = { valid: "train", train: "valid" } as const;

/** Options of the benchmark tasks alone, and those of the user's own relations alone. */
const TASK_FLAGS = [
  ...([
    "gold",
    "baseline",
    "tokenizer",
    "subset",
    "limit",
    "lookup",
    "thresholds",
    "learnThresholds",
    "learnOn",
  ] as const),
  ...(["format", "template", "setting"] as const),
] as const;
const OWN_FLAGS = ["schema", "skipUnanchored"] as const;

const MODEL_FLAGS = [
  ...(["decoding", "beams", "maxNewTokens", "batch", "dtype", "device", "threads", "offline"] as const),
  ...(["threshold", "thresholds", "learnThresholds", "learnOn"] as const),
] as const;

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function refuse(what: string, fix: string): BiogptError {
  return new BiogptError("evaluation/option", { what, fix });
}
