/** Fine-tuning of a tagger as a program calls it. */
import type { WorkflowContext } from "../workflow.ts";
import { type FineTuneReaderOptions, finetuneReader } from "./finetune-reader.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

export type FineTuneEntitiesOptions = Omit<FineTuneReaderOptions, "schemes" | "silver">;

/**
 * Fine-tunes a model to find names; on abort a checkpoint is written, from which `resume` goes on.
 *
 * @throws BiogptError `training/stopped` (kind aborted), `training/in-use`, `training/run-exists`, `training/settings`, `corpora/…`
 *
 * @example
 * ```ts
 * await finetuneEntities({ model: "biogpt-mini", data: ["train.pubtator"], valid: ["dev.pubtator"], out: "tagger" });
 * ```
 */
export function finetuneEntities(
  options: FineTuneEntitiesOptions,
  context: WorkflowContext<TrainingEvent> = {},
): Promise<TrainingResult> {
  return finetuneReader(options, context);
}
