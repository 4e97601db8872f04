/** A task's own score of a model in training: it answers some held-out documents greedily, and the official scorer judges them. */
import { mkdir, rm } from "node:fs/promises";
import type { ReportProgress } from "../../base/progress.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { ModelTask } from "../../tasks/model-task.ts";
import { writeModelTask } from "./model-task.ts";

export interface TaskScoreOptions {
  /** Imported task folder. */
  readonly task: string;
  /** First documents of its valid split that are answered. */
  readonly documents: number;
  /** Folder for the model's files while it answers; removed afterwards. */
  readonly scratch: string;
  readonly saveModel: (folder: string) => Promise<void>;
  readonly device: DeviceName;
  readonly threads: number;
  /** What the model is trained for. */
  readonly modelTask: ModelTask;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/** @returns scores by name: f1 or accuracy or microF1, precision and recall, the share of invented arguments */
export async function scoreTask(options: TaskScoreOptions): Promise<Record<string, number>> {
  const { task, documents, scratch, saveModel, device, threads, modelTask, signal, progress } = options;
  const [{ readTaskData }, { evaluateTask }, { modelPredictor }, { relationSchemeOf }, { loadModelFolder }] =
    await Promise.all([
      import("../../tasks/task-data.ts"),
      import("../../evaluation/evaluate-task.ts"),
      import("../../evaluation/model-predictor.ts"),
      import("../../evaluation/candidate-relations.ts"),
      import("../../pretrained/load/load-folder.ts"),
    ]);
  const data = readTaskData(task);
  const valid = (data.splits.valid ?? []).slice(0, documents);
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    await saveModel(scratch);
    await writeModelTask(scratch, modelTask);
    using model = await loadModelFolder(scratch, "the model in training", {
      precision: "fp32",
      device,
      threads,
      signal,
    });
    const { report } = await evaluateTask(
      { ...data, splits: { valid } },
      modelPredictor(model, data.task, {
        ...(modelTask.inputUnit === "sentence" ? { sentencesOf: relationSchemeOf(data) } : {}),
        ...(signal === undefined ? {} : { signal }),
      }),
      {
        ...{ split: "valid", decoding: "greedy", concurrency: 8 },
        ...(signal === undefined ? {} : { signal }),
        ...(progress === undefined ? {} : { progress }),
      },
    );
    const { f1, accuracy, microF1, precision, recall, inventedArguments } = report;
    const scores = { f1, accuracy, microF1, precision, recall, inventedArguments };
    return Object.fromEntries(
      Object.entries(scores).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
