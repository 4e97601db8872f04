/** A model on relations of the user's own, scored by hard match: what `extract` would say of the same documents, or the published way. */

import { createHash, type Hash } from "node:crypto";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import {
  type OwnRelationsReport,
  evaluateOwnRelations as scoreOwnRelations,
} from "../../evaluation/evaluate-relations.ts";
import type { Answer, Predict } from "../../evaluation/evaluated-task.ts";
import { openBytes } from "../../files/bytes.ts";
import { readLines } from "../../files/lines.ts";
import type { GoldRelations, TaskExample } from "../../tasks/example.ts";
import { NEAREST_TO_OWN_RELATIONS } from "../../tasks/registry.ts";
import type { ExtractedRelation } from "../../tasks/relation-extraction/extract.ts";
import { ownExample } from "../../tasks/relation-extraction/own-examples.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import { inputOf } from "../../tasks/task-file.ts";
import { type ExtractEvent, extract } from "../extract.ts";
import { type ExtractionDecoding, planExtraction } from "../extraction-plan.ts";
import { findModel } from "../open-model.ts";
import { schemeFor } from "../relation-scheme.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import type { Answers } from "./answers.ts";
import { beamsOf, DEFAULT_BATCH, modelFacts, openForAnswers, writtenAnswers } from "./model-answers.ts";
import { checkOptions, type EvaluationOptions, OWN_RELATIONS } from "./options.ts";
import { writeRelationsReport } from "./report-file.ts";

/** The options that mean something for relations of one's own; any other is refused. */
export type OwnRelationsOptions = EvaluationOptions & { readonly model: string };

/**
 * Evaluates a model on documents of the user's own, whose relations are known.
 *
 * Without `decoding`, and with `grounded` and `ranked`, the answers are those of `extract`: its windows, its decision rule from the model's
 * folder, only relations that stand in the text. `greedy` and `beam` are the published way: a long text is cut, and everything counts.
 *
 * @throws BiogptError `evaluation/no-schema`, `evaluation/no-split` for a file without documents, `evaluation/option`, `tasks/own-relations`
 *
 * @example
 * ```ts
 * const { precision, recall, byRelation } = await evaluateOwnRelations({ data: "test.jsonl", model: "run" });
 * ```
 */
export async function evaluateOwnRelations(
  options: OwnRelationsOptions,
  context: WorkflowContext = {},
): Promise<OwnRelationsReport> {
  throwIfAborted(context.signal);
  checkOptions(OWN_RELATIONS, options);
  const { model, data, schema, report: page, command, offline, draws = 1000, seed = 1 } = options;
  const { signal, onEvent } = context;
  const progress = progressEvents(onEvent);
  const bootstrap = { draws, seed };
  const about = {
    model,
    ...(offline === undefined ? {} : { offline }),
    ...(schema === undefined ? {} : { scheme: schema }),
  };
  const scheme = await schemeFor(about, { signal, progress });
  if (schema === undefined && scheme.task !== OWN_RELATIONS) {
    throw new BiogptError("evaluation/no-schema", {
      what: `${model} was not fine-tuned on relations of your own, so it holds no schema.`,
      fix: "Name the schema with --schema, or the run folder of `biogpt finetune relations` with --model.",
    });
  }
  const { examples, skipped, sha256 } = await readOwn(options, scheme, signal);
  if (skipped > 0) note(`note: ${skipped} relations are left out, as an argument is not in the text`);
  using answers = await ownAnswers(options, scheme, examples, context);
  const evaluation = await scoreOwnRelations(scheme, examples, answers.predict, {
    ...{ decoding: answers.decoding, concurrency: answers.batch ?? options.batch ?? DEFAULT_BATCH, bootstrap },
    ...{ signal, progress },
  });
  if (page !== undefined) {
    const leftOut =
      skipped > 0 ? [["relations left out", `${skipped}, as an argument is not in the text`] as const] : [];
    const run = [...answers.run, ["data", data], ["sha256 of the data", sha256], ...leftOut] as const;
    await writeRelationsReport(page, { scheme, evaluation, run, command, bootstrap });
    note(`Wrote ${page}.`);
  }
  return evaluation.report;

  function note(text: string): void {
    onEvent?.({ type: "note", text });
  }
}

async function readOwn(
  { data, skipUnanchored = false }: OwnRelationsOptions,
  scheme: RelationScheme,
  signal: AbortSignal | undefined,
): Promise<{ examples: TaskExample<GoldRelations>[]; skipped: number; sha256: string }> {
  const examples: TaskExample<GoldRelations>[] = [];
  let skipped = 0;
  const { chunks } = await openBytes(data, { signal });
  const hash = createHash("sha256");
  for await (const { text, number } of readLines(data, hashed(chunks, hash))) {
    if (text.trim() === "") continue;
    const { example, unanchored } = ownExample(text, { path: data, line: number }, { scheme, skipUnanchored });
    examples.push(example);
    skipped += unanchored;
  }
  if (examples.length === 0) {
    throw new BiogptError("evaluation/no-split", {
      what: `${data} holds no documents.`,
      fix: 'Give one {"text": …, "relations": […]} a line.',
    });
  }
  return { examples, skipped, sha256: hash.digest("hex") };
}

/** The same bytes, unpacked if the file is packed, which `hash` sees as they pass. */
async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

async function ownAnswers(
  options: OwnRelationsOptions,
  scheme: RelationScheme,
  examples: readonly TaskExample<GoldRelations>[],
  context: WorkflowContext,
): Promise<Answers> {
  const { model: name, decoding, batch = DEFAULT_BATCH } = options;
  if (decoding !== "greedy" && decoding !== "beam") return extractedAnswers(options, scheme, examples, context);
  const model = await openForAnswers(name, options, batch * beamsOf(options) + 1, context);
  return {
    ...writtenAnswers(model, NEAREST_TO_OWN_RELATIONS, scheme, options, context),
    run: modelFacts(model, undefined),
    [Symbol.dispose]: () => model[Symbol.dispose](),
  };
}

/** What `extract` says of the documents, all of them asked for at once when the first answer is wanted. */
async function extractedAnswers(
  { model: name, decoding: asked, beams, threshold, maxNewTokens, batch, ...options }: OwnRelationsOptions,
  scheme: RelationScheme,
  examples: readonly TaskExample<GoldRelations>[],
  { signal, onEvent }: WorkflowContext,
): Promise<Answers> {
  const { dtype, device, threads, offline } = options;
  const load = { precision: dtype, device, threads, offline };
  const found = await findModel(name, load, { signal, onEvent });
  const settings = { decoding: asked as ExtractionDecoding | undefined, beams, threshold, maxNewTokens, batch };
  const plan = planExtraction(found.task, scheme.name, settings);
  const { model, [Symbol.dispose]: dispose } = await found.open(plan.slots);
  const told = (event: ExtractEvent): void => {
    if (event.type === "progress" || event.type === "note") onEvent?.(event);
  };
  const ask = async (): Promise<ReadonlyMap<TaskExample, Answer>> => {
    const answers = new Map<TaskExample, Answer>();
    const documents = examples.map(({ document }) => document);
    const results = extract(documents, { model, scheme, strict: true, ...settings }, { signal, onEvent: told });
    for await (const { relations } of results) answers.set(examples[answers.size]!, answerOf(relations, scheme));
    return answers;
  };
  let all: Promise<ReadonlyMap<TaskExample, Answer>> | undefined;
  const predict: Predict = async (example) => {
    all ??= ask();
    return (await all).get(example)!;
  };
  const how = [
    plan.decoding === "ranked" || plan.beams > 1 ? `${plan.decoding} ${plan.beams}` : plan.decoding,
    ...(inputOf(model).unit === "sentence" ? ["sentences"] : []),
    ...(plan.said === "" ? [] : [plan.said]),
  ];
  return {
    ...{ predict, decoding: how.join(", "), batch: plan.batch, run: modelFacts(model, undefined) },
    [Symbol.dispose]: dispose,
  };
}

/** A document's relations as the scorer reads an answer. */
function answerOf(relations: readonly ExtractedRelation[], { template }: RelationScheme): Required<Answer> {
  const triples = relations.map(({ head, tail, relation, probability }) => ({
    ...{ head: inOneLine(head.text), tail: inOneLine(tail.text), relation, probability },
  }));
  return {
    text: template.render(triples),
    relations: triples,
    statements: triples.map((one) => ({ text: template.render([one]), probability: one.probability })),
  };
}

/** A name that a line break parts is the same name. */
function inOneLine(text: string): string {
  return text.replace(/\s+/gu, " ");
}
