/** Fine-tuning of a reader of relations between names as a program calls it. */

import type { ReaderScheme } from "../../tasks/mention-relations/reader-scheme.ts";
import { ownReaderScheme, READER_SCHEMES, readerScheme } from "../../tasks/mention-relations/schemes.ts";
import { readRelationSchema } from "../../tasks/relation-extraction/own-scheme-file.ts";
import type { WorkflowContext } from "../workflow.ts";
import { type FineTuneReaderOptions, finetuneReader } from "./finetune-reader.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export interface FineTuneRelationsOptions extends Omit<FineTuneReaderOptions, "schemes"> {
  /** Schemes of the package. Default, without `schema`: all of them. */
  readonly schemes?: readonly string[] | undefined;
  /** A scheme of one's own: a JSON file (docs/formats/relations.md), whose kinds of arguments are types of names in the data. */
  readonly schema?: string | undefined;
}

/**
 * Fine-tunes a model to find names and the relations between them, from documents in which both are marked.
 *
 * @throws BiogptError those of `finetuneEntities`, `tasks/unknown-scheme`, `tasks/relation-schema`
 *
 * @example
 * ```ts
 * await finetuneRelations({ model: "biogpt-mini", data: ["train.pubtator"], schemes: ["chemical-disease"], out: "reader" });
 * ```
 */
export function finetuneRelations(
  { schemes: names, schema, ...options }: FineTuneRelationsOptions,
  context: WorkflowContext<TrainingEvent> = {},
): Promise<TrainingResult> {
  const own = schema === undefined ? [] : [ownReaderScheme(readRelationSchema(schema))];
  const named: readonly ReaderScheme[] =
    names?.map(readerScheme) ?? (own.length > 0 ? [] : Object.values(READER_SCHEMES));
  return finetuneReader({ ...options, schemes: [...named, ...own] }, context);
}
