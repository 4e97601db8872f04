/**
 * A task's own score of a model in training: it answers some held-out documents greedily, and the official scorer judges them.
 *
 * Fine-tuning data may be an imported task folder (`biogpt data import`): its train and valid splits are then the examples.
 */
import { existsSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { TaskName } from "../../tasks/example.ts";
import { READING_FILE, type Reading, readingText } from "../../tasks/reading.ts";
import { importedTask } from "../../tasks/task-data.ts";

export interface TaskFiles {
  readonly examples: string;
  readonly valid?: string;
  /** The imported task's folder. */
  readonly task?: string;
}

/**
 * The files that `--data` and `--valid` mean.
 *
 * @param named the task that the data must be an import of
 * @throws BiogptError `training/bad-data` for a folder that is no imported task, `tasks/other-task` for that of another one
 */
export function taskFiles(data: string, valid: string | undefined, named?: TaskName): TaskFiles {
  if (!statSync(data, { throwIfNoEntry: false })?.isDirectory()) {
    if (named !== undefined) {
      throw new BiogptError("training/bad-data", {
        what: `${data} is no folder, so it is no import of ${named}.`,
        fix: `Import it first: biogpt data import ${named} PATH --out DIR. Examples of your own take the recipe by --config ${named}.`,
        kind: "usage",
      });
    }
    return valid === undefined ? { examples: data } : { examples: data, valid };
  }
  const examples = join(data, "train.jsonl");
  if (!existsSync(join(data, "manifest.json")) || !existsSync(examples)) {
    throw new BiogptError("training/bad-data", {
      what: `${data} is a folder without train.jsonl and manifest.json.`,
      why: "A folder must be what `biogpt data import` wrote; else --data is a file of examples.",
      fix: "Import the corpus first: biogpt data import BC5CDR PATH --out DIR.",
    });
  }
  if (named !== undefined) {
    const found = importedTask(data);
    if (found !== named) {
      throw new BiogptError("tasks/other-task", {
        what: `${data} holds ${found}, not ${named}.`,
        fix: `Name the import of ${named} with --data, or fine-tune on ${found}.`,
        kind: "usage",
      });
    }
  }
  const own = join(data, "valid.jsonl");
  const held = valid ?? (existsSync(own) ? own : undefined);
  return held === undefined ? { examples, task: data } : { examples, valid: held, task: data };
}

export interface TaskMetricOptions {
  /** Imported task folder. */
  readonly task: string;
  /** First documents of its valid split that are answered. */
  readonly documents: number;
  /** Folder for the model's files while it answers; removed afterwards. */
  readonly scratch: string;
  readonly saveModel: (folder: string) => Promise<void>;
  readonly device: DeviceName;
  readonly threads: number;
  /** What the model is trained to read. */
  readonly reading: Reading;
  readonly signal?: AbortSignal;
}

/** @returns scores by name: f1 or accuracy or microF1, precision and recall, the share of invented arguments */
export async function scoreTask(options: TaskMetricOptions): Promise<Record<string, number>> {
  const { task, documents, scratch, saveModel, device, threads, reading, signal } = options;
  const [{ readTaskData }, { evaluateTask }, { modelPredictor }, { relationSchemeOf }, { loadModelFolder }] =
    await Promise.all([
      import("../../tasks/task-data.ts"),
      import("../../evaluation/evaluate-task.ts"),
      import("../../evaluation/model-predictor.ts"),
      import("../../evaluation/kept-predictor.ts"),
      import("../../pretrained/load/load-folder.ts"),
    ]);
  const data = readTaskData(task);
  const valid = (data.splits.valid ?? []).slice(0, documents);
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    await saveModel(scratch);
    const text = readingText(reading);
    if (text !== undefined) await writeFileAtomically(join(scratch, READING_FILE), text);
    using model = await loadModelFolder(scratch, "the model in training", {
      precision: "fp32",
      device,
      threads,
      signal,
    });
    const { report } = await evaluateTask(
      { ...data, splits: { valid } },
      modelPredictor(model, data.task, {
        ...(reading.unit === "sentence" ? { sentencesOf: relationSchemeOf(data) } : {}),
        ...(signal === undefined ? {} : { signal }),
      }),
      { split: "valid", decoding: "greedy", concurrency: 8, ...(signal === undefined ? {} : { signal }) },
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
