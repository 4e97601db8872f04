/** What a model knows without fine-tuning: medical multiple choice, and the perplexity of documents. */
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { readDocuments } from "../corpora/literature/read.ts";
import { benchmarkName, readBenchmark } from "../corpora/tasks/benchmarks.ts";
import type { DataWarning, SourceFile } from "../corpora/tasks/task-files.ts";
import { type MultipleChoiceReport, multipleChoice } from "../evaluation/benchmarks/multiple-choice.ts";
import { type PerplexityReport, perplexityOf } from "../evaluation/benchmarks/perplexity.ts";
import { type LoadOptions, loadModel } from "../pretrained/load/load.ts";
import type { Model } from "../pretrained/model.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

export interface BenchmarkOptions {
  /** Folder of the benchmark; for perplexity files of documents. */
  readonly data: readonly string[];
  /** Name or folder. Default: the embedded model. */
  readonly model?: string | undefined;
  /** How the model is loaded. Default: as `loadModel`. */
  readonly load?: Omit<LoadOptions, "signal" | "progress"> | undefined;
  /** Solved examples before each question, 0 to 32. Default 0. No effect on perplexity, and refused there. */
  readonly shots?: number | undefined;
  /** Questions drawn at random, or the first documents. Default: all. */
  readonly limit?: number | undefined;
  /** Of the draws of questions and examples. Default 1. Refused for perplexity. */
  readonly seed?: number | undefined;
  /** Bootstrap draws of the confidence interval; 0 leaves it out. Default 1000. */
  readonly draws?: number | undefined;
  /** Questions or documents in work at once, 1 to 64. Default 4. */
  readonly batch?: number | undefined;
  /** Perplexity: whether the `</s>` after each document is predicted. Default true; false is refused elsewhere. */
  readonly end?: boolean | undefined;
  /** Perplexity: what the path "-" reads. */
  readonly standardInput?: AsyncIterable<Uint8Array> | undefined;
}

interface OfModel {
  readonly model: string;
  readonly modelHash: string;
}

/** What `biogpt benchmark --json` prints. */
export type BenchmarkResult =
  | (PerplexityReport & OfModel)
  | (MultipleChoiceReport &
      OfModel & { readonly files: readonly SourceFile[]; readonly surprises: readonly DataWarning[] });

/**
 * @param name `medqa`, `medmcqa`, `mmlu`, `bioasq`, `pubmedqa`, or `perplexity`
 * @throws BiogptError `evaluation/option`, those of the benchmark's reader and of `loadModel`
 *
 * @example
 * ```ts
 * const result = await benchmark("perplexity", { data: ["pubmed.xml.gz"], limit: 500 });
 * if ("perplexity" in result) console.log(result.perplexity);
 * ```
 */
export async function benchmark(
  name: string,
  options: BenchmarkOptions,
  context: WorkflowContext = {},
): Promise<BenchmarkResult> {
  throwIfAborted(context.signal);
  const isPerplexity = name.toLowerCase() === "perplexity";
  const { shots, seed, end = true, data, limit, batch = 4, draws = 1000, standardInput } = options;
  if (isPerplexity && shots !== undefined) throw refused("--shots has no effect on perplexity.", "Leave it out.");
  if (isPerplexity && seed !== undefined) throw refused("--seed has no effect on perplexity.", "Leave it out.");
  if (!isPerplexity && !end) throw refused("--no-end belongs to perplexity alone.", "Leave it out.");
  if (!isPerplexity && data.length !== 1) throw refused("A benchmark is one folder.", "Name one path with --data.");
  const { signal, onEvent } = context;
  const shared = { limit, concurrency: batch, bootstrap: { draws }, signal, progress: progressEvents(onEvent) };
  if (isPerplexity) {
    using model = await open(options, context);
    const documents = readDocuments(data, { signal, ...(standardInput === undefined ? {} : { standardInput }) });
    return { ...(await perplexityOf(model, documents, { ...shared, end })), ...factsOf(model) };
  }
  const questions = readBenchmark(benchmarkName(name), data[0]!);
  const { files, surprises } = questions;
  for (const { text } of surprises) onEvent?.({ type: "note", text: `note: ${text}` });
  using model = await open(options, context);
  const { report } = await multipleChoice(questions, model, { ...shared, shots: shots ?? 0, seed: seed ?? 1 });
  return { ...report, ...factsOf(model), files, surprises };
}

async function open({ model: name, load }: BenchmarkOptions, { signal, onEvent }: WorkflowContext): Promise<Model> {
  const model = await loadModel(name, { ...load, signal, progress: progressEvents(onEvent) });
  for (const warning of model.warnings) onEvent?.({ type: "note", text: `note: ${warning}` });
  return model;
}

function factsOf({ name, hash }: Model): OfModel {
  return { model: name, modelHash: hash };
}

function refused(what: string, fix: string): BiogptError {
  return new BiogptError("evaluation/option", { what, fix });
}
