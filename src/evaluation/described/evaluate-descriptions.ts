/**
 * What written descriptions are worth: their scores in every variant, which things they name, and the same of a row that copies the answer of the most
 * similar known molecule or protein, with what the outputs have more than it.
 *
 * On these sets copying beats most language models, so a score without that row beside it says little.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import type { ReportProgress } from "../../base/progress.ts";
import type { DescribedRecord } from "../../corpora/tasks/described.ts";
import type { DescribedOutput } from "../../corpora/tasks/described-predictions.ts";
import { type BootstrapOptions, type ConfidenceInterval, interval, type Resampled } from "../scorers/bootstrap.ts";
import { mean } from "../scorers/counts.ts";
import { corpusBleu, smoothedBleu } from "../scorers/text/bleu.ts";
import { type EntityScore, entityScore, type NamedCounts, namedCounts } from "../scorers/text/named-phrases.ts";
import {
  type DescriptionPair,
  metricsOf,
  type SampleScores,
  type ScoreDescriptionsOptions,
  type ScoredDescriptions,
  scoreDescriptions,
  scoreSamples,
  type Variant,
  type VariantSamples,
} from "../scorers/text/score-descriptions.ts";
import type { DescribedSet } from "./described-sets.ts";
import { nearestRecords } from "./nearest-records.ts";

export interface EvaluateDescriptionsOptions extends ScoreDescriptionsOptions {
  /** Training records, whose answers the nearest-neighbour row copies; absent leaves the row out. */
  readonly known?: readonly DescribedRecord[] | undefined;
  readonly bootstrap?: BootstrapOptions;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

type OfVariants<T> = Readonly<Partial<Record<Variant, T>>>;

export interface NearestReport {
  /** Records whose answers could be copied. */
  readonly known: number;
  /** Of the pairs those whose very molecule or protein is among the known ones. */
  readonly sameInput: number;
  /** Mean similarity to what was copied, 0 to 1. */
  readonly similarity: number;
  readonly metrics: ScoredDescriptions["metrics"];
  readonly entities: EntityScore;
  /** BLEU-4 of the outputs less that of the row, each draw being of the same pairs for both. */
  readonly gain: OfVariants<{ readonly bleu4: number; readonly confidence: ConfidenceInterval | null }>;
}

/** What `biogpt evaluate chebi20 --json` prints, with how the outputs came about. Scores are shares, 0 to 1. */
export interface DescriptionReport {
  readonly task: string;
  readonly pairs: number;
  readonly metrics: ScoredDescriptions["metrics"];
  readonly entities: EntityScore;
  /** Of BLEU-4, by variant; null without draws. */
  readonly confidence: OfVariants<ConfidenceInterval | null>;
  /** Null where no training records were given. */
  readonly nearest: NearestReport | null;
  /** What was left out, a sentence each. */
  readonly skipped: readonly string[];
}

/** A pair as it was scored, for reports. */
export interface ScoredDescription extends DescribedOutput {
  /** ROUGE-L, 0 to 1. */
  readonly rougeL: number;
  readonly named: NamedCounts;
  readonly nearest?: { readonly answer: string; readonly similarity: number };
}

export interface DescriptionEvaluation {
  readonly report: DescriptionReport;
  readonly examples: readonly ScoredDescription[];
}

/** Pairs scored between two looks at the signal. */
const PAIRS_AT_ONCE = 100;

/** @throws BiogptError `evaluation/no-pairs`, `molecules/no-rdkit`, `aborted` */
export async function evaluateDescriptions(
  { name: task, kind }: Pick<DescribedSet, "name" | "kind">,
  outputs: readonly DescribedOutput[],
  options: EvaluateDescriptionsOptions = {},
): Promise<DescriptionEvaluation> {
  const { known, bootstrap, signal } = options;
  const pairs = outputs.map(({ record, output }): DescriptionPair => ({ output, truth: record.answer }));
  if (pairs.length === 0) scoreDescriptions(pairs); // which says that there is none
  const { samples, skipped } = await scoredInParts(pairs, options, "scoring");
  const named = pairs.map(namedCounts);
  const found =
    known === undefined
      ? undefined
      : await nearestRecords(
          outputs.map(({ record }) => record),
          known,
          options,
        );
  const missing = [...skipped];
  let nearest: NearestReport | null = null;
  if (known === undefined) {
    missing.push(
      "The nearest-neighbour row: no training records were named (--train). Retrieval beats most models here.",
    );
  } else if (found!.known === 0) {
    missing.push(`The nearest-neighbour row: no ${kind} of the training records could be read.`);
  } else {
    const copied = pairs.map(({ truth }, at): DescriptionPair => ({ truth, output: found!.answers[at]?.answer ?? "" }));
    const theirs = await scoredInParts(copied, options, "scoring the nearest neighbours");
    nearest = {
      known: found!.known,
      sameInput: found!.sameInput,
      similarity: mean(found!.answers.map((answer) => answer?.similarity ?? 0)),
      metrics: metricsOf(theirs.samples),
      entities: entityScore(copied.map(namedCounts)),
      gain: eachVariant(samples, (ofVariant, variant) => {
        const [ours, others] = [bleu4Of(ofVariant, variant), bleu4Of(theirs.samples[variant]!, variant)];
        const places = pairs.map((_, at) => at);
        const confidence = interval(ours, { ...bootstrap, than: others }) ?? null;
        return { bleu4: ours.score(places) - others.score(places), confidence };
      }),
    };
    if (found!.unread > 0)
      missing.push(`${found!.unread} inputs could not be read for the nearest-neighbour row; their rows are empty.`);
  }
  throwIfAborted(signal);
  const report: DescriptionReport = {
    task,
    pairs: pairs.length,
    metrics: metricsOf(samples),
    entities: entityScore(named),
    confidence: eachVariant(samples, (ofVariant, variant) => interval(bleu4Of(ofVariant, variant), bootstrap) ?? null),
    nearest,
    skipped: missing,
  };
  const examples = outputs.map((output, at): ScoredDescription => {
    const copied = found?.answers[at];
    return { ...output, rougeL: samples.A![at]!.rougeL, named: named[at]!, ...(copied && { nearest: copied }) };
  });
  return { report, examples };
}

async function scoredInParts(
  pairs: readonly DescriptionPair[],
  { wordPieces, wordNet, signal, progress }: EvaluateDescriptionsOptions,
  activity: string,
): Promise<{ readonly samples: VariantSamples; readonly skipped: readonly string[] }> {
  const all: Partial<Record<Variant, SampleScores[]>> = {};
  let skipped: readonly string[] = [];
  for (let at = 0; at < pairs.length; at += PAIRS_AT_ONCE) {
    throwIfAborted(signal);
    const part = scoreSamples(pairs.slice(at, at + PAIRS_AT_ONCE), {
      ...(wordPieces && { wordPieces }),
      ...(wordNet && { wordNet }),
    });
    skipped = part.skipped;
    for (const variant of Object.keys(part.samples) as Variant[]) {
      const before = all[variant] ?? [];
      before.push(...part.samples[variant]!);
      all[variant] = before;
    }
    progress?.({ activity, done: Math.min(pairs.length, at + PAIRS_AT_ONCE), total: pairs.length, unit: "pairs" });
    await new Promise(setImmediate); // so that a signal is heard
  }
  return { samples: all, skipped };
}

function bleu4Of(samples: readonly SampleScores[], variant: Variant): Resampled {
  const counts = samples.map(({ bleu }) => bleu);
  const each = variant === "B" ? counts.map((one) => smoothedBleu(one, 4)) : [];
  return {
    count: samples.length,
    score: (drawn) =>
      variant === "B"
        ? mean(drawn.map((at) => each[at]!))
        : corpusBleu(
            drawn.map((at) => counts[at]!),
            4,
          ),
  };
}

function eachVariant<T>(
  samples: VariantSamples,
  make: (samples: readonly SampleScores[], variant: Variant) => T,
): OfVariants<T> {
  return Object.fromEntries(
    Object.entries(samples).map(([variant, ofVariant]) => [variant, make(ofVariant, variant as Variant)]),
  );
}
