/** A run in passes that goes on by its folder alone: what it was asked for stands in its run.json. */
import { BiogptError } from "../../base/errors.ts";
import type { AskedRun } from "../../training/run/run-folder.ts";
import type { WorkflowContext } from "../workflow.ts";
import type { FineTuneOptions } from "./fine-tuning-request.ts";
import { type FineTuneClassificationOptions, finetuneClassification } from "./finetune-classification.ts";
import { type FineTuneMoleculesOptions, finetuneMolecules } from "./finetune-molecules.ts";
import { type FineTuneReaderOptions, finetuneReader } from "./finetune-reader.ts";
import type { TrainingEvent, TrainingResult } from "./training-events.ts";

/** As `finetune` calls them. */
const TASKS: Readonly<Record<AskedRun["work"], readonly string[]>> = {
  reader: ["entities", "relations"],
  classification: ["classification"],
  molecules: ["molecules"],
};

/** @throws BiogptError `training/settings` where something is given that the run has already; those of its workflow */
export async function goOn(
  { work, options: asked }: AskedRun,
  { out, device, threads, settings, task, resume, ...given }: FineTuneOptions,
  context: WorkflowContext<TrainingEvent>,
): Promise<TrainingResult> {
  if (task !== undefined && !TASKS[work].includes(task)) {
    throw new BiogptError("training/settings", {
      what: `The run in ${out} is one of ${TASKS[work].join(" or ")}, not of ${task}.`,
      fix: "Give --resume and --out alone.",
      kind: "usage",
    });
  }
  const again = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (again !== undefined) {
    throw new BiogptError("training/settings", {
      what: `--${again} has no effect: the run in ${out} has what it was started with.`,
      fix: "Give --resume and --out alone, or start another run.",
      kind: "usage",
    });
  }
  const options = {
    ...asked,
    settings: { ...(asked["settings"] as object), ...settings },
    out,
    device,
    threads,
    resume,
  };
  switch (work) {
    case "reader":
      return finetuneReader(options as unknown as FineTuneReaderOptions, context);
    case "classification":
      return finetuneClassification(options as unknown as FineTuneClassificationOptions, context);
    case "molecules":
      return finetuneMolecules(options as unknown as FineTuneMoleculesOptions, context);
    default:
      return work satisfies never;
  }
}
