/** The files that a fine-tuning's `data` and `valid` mean: examples, or the train and valid splits of an imported task (`biogpt data import`). */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import type { TaskName } from "../../tasks/example.ts";
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
      });
    }
  }
  const own = join(data, "valid.jsonl");
  const held = valid ?? (existsSync(own) ? own : undefined);
  return held === undefined ? { examples, task: data } : { examples, valid: held, task: data };
}
