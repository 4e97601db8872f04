/** The options of `biogpt evaluate`, and which of them make sense together. */
import { BiogptError } from "../../base/errors.ts";
import type { SplitName } from "../../corpora/tasks/task-files.ts";
import type { Subset } from "../../evaluation/evaluate-task.ts";
import type { ConceptLookup } from "../../evaluation/scorers/score-relations.ts";
import type { BuildOptions } from "../../tasks/build-examples.ts";
import { taskName } from "../../tasks/registry.ts";
import type { ModelAnswerOptions } from "./model-answers.ts";

export interface EvaluateFlags extends Pick<BuildOptions, "format" | "template" | "setting">, ModelAnswerOptions {
  readonly model?: string;
  readonly schema?: string;
  readonly skipUnanchored?: boolean;
  readonly report?: string;
  readonly data: string;
  readonly gold?: boolean;
  readonly baseline?: string;
  readonly split: SplitName;
  readonly subset?: Subset;
  readonly limit?: number;
  readonly lookup?: ConceptLookup;
  readonly tokenizer?: string;
  readonly draws: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Whether the task's name means relations of the user's own. */
export function isOwn(task: string): boolean {
  return task.toLowerCase() === "relations";
}

/**
 * Looks at everything that can be wrong before data are read or a model is loaded: no option is without effect.
 *
 * @param name the task's, as the user wrote it
 * @throws BiogptError `evaluation/option`; may be `tasks/unknown-task`, which whoever reads the data asks for anyway
 */
export function checkOptions(name: string, flags: EvaluateFlags): void {
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
  if (own && flags.split !== "test")
    throw refuse("Documents of your own have no splits.", "Name the file with --data.");
  if (flags.tokenizer !== undefined && flags.gold !== true) {
    throw refuse("--tokenizer has no effect without --gold.", "Leave it out.");
  }
  if (flags.model === undefined) {
    const idle = MODEL_FLAGS.find((flag) => flags[flag] !== undefined);
    if (idle !== undefined) throw refuse(`--${kebab(idle)} has no effect without --model.`, "Leave it out.");
  }
  if (flags.beams !== undefined && (flags.decoding ?? "greedy") === "greedy" && flags.beams > 1) {
    throw refuse("Greedy decoding has one hypothesis.", "Use --decoding beam, or leave --beams out.");
  }
  if (flags.decoding === "labels" && (flags.beams ?? flags.maxNewTokens) !== undefined) {
    throw refuse("Label scoring generates nothing.", "Leave --beams and --max-new-tokens out.");
  }
  if (flags.decoding === "ranked") {
    if (flags.beams === 1) throw refuse("Ranked decoding with one beam has nothing to rank.", "Use --beams 2 or more.");
    if (flags.maxNewTokens !== undefined)
      throw refuse("A ranked statement ends by itself.", "Leave --max-new-tokens out.");
  }
  checkThresholds(name, flags);
  if (flags.lookup !== undefined && taskName(name) !== "bc5cdr")
    throw refuse("--lookup is BC5CDR's alone.", "Leave it out.");
}

function checkThresholds(
  task: string,
  { decoding, split, threshold, thresholds, learnThresholds, learnOn }: EvaluateFlags,
): void {
  if (learnOn !== undefined && learnThresholds === undefined)
    throw refuse("--learn-on has no effect without --learn-thresholds.", "Leave it out.");
  const given = [threshold, thresholds, learnThresholds].filter((value) => value !== undefined).length;
  if (given === 0) return;
  const labels = decoding === "labels";
  if (decoding !== "ranked" && decoding !== "grounded" && !labels)
    throw refuse("Thresholds are for --decoding ranked, grounded or labels.", "Leave them out.");
  if (labels && threshold !== undefined)
    throw refuse(
      `Each ${task.toLowerCase() === "hoc" ? "hallmark has a threshold" : "answer has an offset"} of its own.`,
      "Give them in a file: --thresholds.",
    );
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
    "threshold",
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
  return new BiogptError("evaluation/option", { what, fix, kind: "usage" });
}
