/**
 * HoC by label scoring: the hallmarks of a sentence, each with a probability.
 *
 * A sentence can have several hallmarks, which the target joins with "|". So whole label strings are scored, those that training
 * data hold (37 of them stand five times or more), and a hallmark's probability is the sum over the strings that name it.
 * Without thresholds the best string is the answer, which is what greedy decoding would write if it wrote one of them;
 * with thresholds every hallmark that reaches its own is, and "empty" where none does.
 */
import { HOC_LABELS } from "../../corpora/tasks/hoc-labels.ts";
import type { GoldLabels, TaskExample } from "../example.ts";
import {
  type LabelMode,
  type LabelModel,
  type LabelScore,
  type LabelScorerOptions,
  labelScorer,
  usualMode,
} from "../label-scoring.ts";
import { hallmarkTarget } from "./hallmarks.ts";
import { hoc } from "./hoc.ts";

const EMPTY = "empty";

/** Pairs and triples of HoC's training file (BioGPT's TSV) that stand there five times or more, in its order of labels. */
const FREQUENT_COMBINATIONS: readonly string[] = [
  "evading growth suppressors|sustaining proliferative signaling",
  "resisting cell death|sustaining proliferative signaling",
  "resisting cell death|tumor promoting inflammation",
  "activating invasion and metastasis|sustaining proliferative signaling",
  "inducing angiogenesis|activating invasion and metastasis",
  "tumor promoting inflammation|genomic instability and mutation",
  "resisting cell death|evading growth suppressors|sustaining proliferative signaling",
  "enabling replicative immortality|genomic instability and mutation",
  "resisting cell death|activating invasion and metastasis",
  "enabling replicative immortality|sustaining proliferative signaling",
  "resisting cell death|evading growth suppressors",
  "resisting cell death|genomic instability and mutation",
  "inducing angiogenesis|sustaining proliferative signaling",
  "genomic instability and mutation|sustaining proliferative signaling",
  "tumor promoting inflammation|cellular energetics",
  "resisting cell death|enabling replicative immortality",
  "resisting cell death|avoiding immune destruction",
  "inducing angiogenesis|tumor promoting inflammation",
  "activating invasion and metastasis|avoiding immune destruction",
  "resisting cell death|cellular energetics",
  "genomic instability and mutation|activating invasion and metastasis",
  "evading growth suppressors|genomic instability and mutation",
  "activating invasion and metastasis|cellular energetics",
  "tumor promoting inflammation|sustaining proliferative signaling",
  "tumor promoting inflammation|enabling replicative immortality",
  "tumor promoting inflammation|activating invasion and metastasis",
];

/** What is scored where no training data are at hand: every single label, and the frequent combinations. */
export const HALLMARK_STRINGS: readonly string[] = [...HOC_LABELS, ...FREQUENT_COMBINATIONS];

/** Every label string of the examples that stands there `least` times (default 1), most frequent first, and every single label. */
export function labelStrings(examples: readonly TaskExample[], least = 1): string[] {
  const counts = new Map<string, number>();
  for (const { gold } of examples) {
    const string = (gold as GoldLabels).labels.join("|");
    counts.set(string, (counts.get(string) ?? 0) + 1);
  }
  const seen = [...counts].filter(([, count]) => count >= least).sort((a, b) => b[1] - a[1]);
  return [...new Set([...seen.map(([string]) => string), ...HOC_LABELS])];
}

export interface HallmarkScores {
  readonly mode: LabelMode;
  /** Each of HOC_LABELS, most probable first. Those of hallmarks can sum to more than 1: a sentence may have several. */
  readonly labels: readonly { readonly label: string; readonly probability: number }[];
  /** Of the best label string, in its own order; `["empty"]` for none. */
  readonly best: readonly string[];
  /** Of the best label string. */
  readonly probability: number;
  readonly sourceCut: boolean;
}

/** How far a hallmark's probability may be off for the sake of time, where labels are wanted: those are the exact ones. */
export const HALLMARK_TOLERANCE = 1e-3;

export interface HallmarkScorerOptions extends Partial<LabelScorerOptions> {
  /** Label strings to choose from. Default: `HALLMARK_STRINGS`, zero-shot the single labels, as a base model knows nothing of "|". */
  readonly strings?: readonly string[];
  /**
   * What `chooseHallmarks` will be given. With a tolerance, a sentence whose labels could depend on what was left out is scored again without
   * it, so labels are always the exact ones; only probabilities can be off by the tolerance.
   */
  readonly thresholds?: HallmarkThresholds | undefined;
}

/** @returns a function from a sentence, as `hallmarkSource` writes it, to its labels */
export function hallmarkScorer(
  model: LabelModel,
  { strings, thresholds, ...options }: HallmarkScorerOptions = {},
): (source: string) => Promise<HallmarkScores> {
  const mode = options.mode ?? usualMode(model);
  const choices = strings ?? (mode === "zero-shot" ? HOC_LABELS : HALLMARK_STRINGS);
  const targets = choices.map((string) => ({ label: string, target: hallmarkTarget(string.split("|")) }));
  const shared = { maxSourceTokens: hoc.recipes.paper.maxSourceTokens, ...options };
  const scorer = labelScorer(model, targets, shared);
  const exactScorer = labelScorer(model, targets, { ...shared, tolerance: 0 });
  return async (source) => {
    let scored = await scorer(source);
    if (!choiceIsCertain(scored.scores, thresholds)) scored = await exactScorer(source);
    const { mode, scores, sourceCut } = scored;
    const { label: best, probability } = scores[0]!;
    return { mode, labels: marginals(scores), best: best.split("|"), probability, sourceCut };
  };
}

/**
 * Whether strings that were not computed to their ends could change the choice, were they as likely as their upper bounds.
 *
 * With U the sum of those bounds beside 1 of the complete strings, a hallmark's probability p is truly at least p / (1 + U), and at most p and
 * the bounds of the strings that name it.
 */
function choiceIsCertain(scores: readonly LabelScore<string>[], thresholds: HallmarkThresholds | undefined): boolean {
  const [best] = scores;
  const bounds = scores
    .filter(({ complete }) => !complete)
    .map(({ label, logLikelihood }) => ({
      labels: label.split("|"),
      bound: Math.exp(logLikelihood - best!.logLikelihood) * best!.probability,
    }));
  if (thresholds === undefined) return bounds.every(({ bound }) => bound < best!.probability);
  const sum = bounds.reduce((total, { bound }) => total + bound, 0);
  return marginals(scores).every(({ label, probability }) => {
    const naming = bounds.filter(({ labels }) => labels.includes(label));
    const least = probability / (1 + sum);
    const most = naming.reduce((total, { bound }) => total + bound, probability);
    const threshold = thresholdOf(label, thresholds);
    return label === EMPTY || least >= threshold || most < threshold;
  });
}

function marginals(scores: readonly LabelScore<string>[]): { label: string; probability: number }[] {
  const sums = new Map(HOC_LABELS.map((label) => [label, 0]));
  for (const { label: string, probability } of scores) {
    for (const label of new Set(string.split("|"))) sums.set(label, (sums.get(label) ?? 0) + probability);
  }
  return [...sums]
    .map(([label, probability]) => ({ label, probability: Math.min(1, probability) }))
    .sort((a, b) => b.probability - a.probability);
}

/** A threshold for every hallmark, or one for each by name; a hallmark without one never reaches it. */
export type HallmarkThresholds = number | Readonly<Record<string, number>>;

/** The labels that a sentence gets: the best string's, or with thresholds those that reach theirs, most probable first. */
export function chooseHallmarks({ best, labels }: HallmarkScores, thresholds?: HallmarkThresholds): readonly string[] {
  if (thresholds === undefined) return best;
  const reached = labels.filter(
    ({ label, probability }) => label !== EMPTY && probability >= thresholdOf(label, thresholds),
  );
  return reached.length === 0 ? [EMPTY] : reached.map(({ label }) => label);
}

function thresholdOf(label: string, thresholds: HallmarkThresholds): number {
  return typeof thresholds === "number" ? thresholds : (thresholds[label] ?? Number.POSITIVE_INFINITY);
}
