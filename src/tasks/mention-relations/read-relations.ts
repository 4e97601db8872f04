/** Relations between recognised names, as `biogpt extract` finds them with a reader: the default road. */
import type { Document } from "../../corpora/document.ts";
import { sha256 } from "../../tokenizers/sha256.ts";
import type { ModelTask } from "../model-task.ts";
import { READING_VERSION } from "../reading-version.ts";
import { chooseRule, type DecisionRule } from "../relation-extraction/decision-rule.ts";
import { ruleOf } from "../relation-extraction/decision-rule-schema.ts";
import type { DocumentRelations } from "../relation-extraction/extract.ts";
import { documentRelations, type RelationsOf } from "./document-relations.ts";
import type { ReaderScheme } from "./reader-scheme.ts";
import type { ReadDocument, RelationReader } from "./relation-reader.ts";

/** Where a reader's folder says nothing: only what is likelier than not. */
const USUAL_RULE: DecisionRule = { threshold: 0.5 };

export interface ReadSettings {
  readonly reader: RelationReader;
  readonly task: ModelTask;
  /** Names of the schemes, of those that the reader has. */
  readonly schemes: readonly string[];
  /** Least probability, as it is written. Default: what the model's folder says. */
  readonly threshold?: number | undefined;
  /** Also what every sentence that names both denies. Default false. */
  readonly denied?: boolean | undefined;
  /** Documents in work at once. Default 1. */
  readonly batch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is kept of a scheme. */
export function ruleForPairs({ decisionRules = {} }: ModelTask, scheme: string, threshold?: number): DecisionRule {
  return chooseRule(ruleOf(decisionRules, scheme, "pairs"), threshold, USUAL_RULE).rule;
}

/** Each document's relations of all the schemes, in order of the documents. */
export async function* readRelations(
  documents: AsyncIterable<Document>,
  { reader, task, schemes: names, threshold, denied, batch, signal }: ReadSettings,
): AsyncGenerator<ReadDocument<Document> & { readonly found: readonly DocumentRelations[] }> {
  const schemes = names.map((name) => reader.schemes.find((scheme) => scheme.name === name)!);
  const wanted = schemes.map((scheme): RelationsOf => {
    const rule = ruleForPairs(task, scheme.name, threshold);
    const { name: model } = reader;
    return { scheme, rule, denied, model, pipeline: pipelineOf(reader, scheme, rule) };
  });
  for await (const read of reader.read(documents, { schemes, together: batch, signal }))
    yield { ...read, found: wanted.map((one) => documentRelations(read, one)) };
}

/** First 16 digits of a hash over all that decides what is said: equal pipelines give equal relations. */
function pipelineOf(reader: RelationReader, scheme: ReaderScheme, rule: DecisionRule): string {
  const made = JSON.stringify([READING_VERSION, reader.hash, scheme, rule]);
  return sha256(made).slice(0, 16);
}
