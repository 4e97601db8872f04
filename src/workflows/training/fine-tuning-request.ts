/** What a fine-tuning is asked for, made sure of before any data or weights are read: settings, files, the task, relations of the user's own. */
import { resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import type { DeviceName } from "../../runtime/device.ts";
import type { ModelTask } from "../../tasks/model-task.ts";
import { NEAREST_TO_OWN_RELATIONS, taskNamed } from "../../tasks/registry.ts";
import type { Task } from "../../tasks/task.ts";
import type { RunDescription } from "../../training/run/run-folder.ts";
import { expectEffect, parseFineTuningSettings } from "../../training/settings/parse-settings.ts";
import { FINE_TUNING, type FineTuningSettings, type GivenFineTuningSettings } from "../../training/settings/tables.ts";
import { modelTask } from "./model-task.ts";
import { OWN_RELATIONS, type OwnRelations, ownRelations } from "./own-relations.ts";
import { type RecipeFamily, recipesOf } from "./recipes.ts";
import { readSettings, required } from "./run-settings.ts";
import { type TaskFiles, taskFiles } from "./task-files.ts";

export interface FineTuneOptions {
  /**
   * Whose recipe is taken: `bc5cdr`, `ddi`, `kd-dti`, `hoc` or `pubmedqa`, `data` being its import; or `relations`, lines of the user's own
   * relations. Default: none, `data` being examples.
   */
  readonly task?: string | undefined;
  /** With a task: the paper's recipe for it, or ours for small models. Default `paper`. */
  readonly recipe?: RecipeFamily | undefined;
  /** With `relations`: path of the JSON that names their kinds of arguments and labels. */
  readonly schema?: string | undefined;
  /** With `relations`: leaves out those whose arguments are not in the text. Default false: they are refused. */
  readonly skipUnanchored?: boolean | undefined;
  /** Folder or name of the model to start from. Required, but for a run that goes on. */
  readonly model?: string | undefined;
  /** File of examples, or the folder of an imported task. Required, but for a run that goes on. */
  readonly data?: string | undefined;
  /** File of examples to evaluate on. Default: the task folder's; without any there is no best checkpoint. */
  readonly valid?: string | undefined;
  /** A JSON file of settings, which win over the recipe of `task`; or, without a task, the name of a recipe. */
  readonly config?: string | undefined;
  /** Settings by name, which win over all others. */
  readonly settings?: GivenFineTuningSettings | undefined;
  /** Run folder: new or empty, or with `resume` the run's. */
  readonly out: string;
  /** Goes on with the run in `out`; nothing else need be given. Default false. */
  readonly resume?: boolean | undefined;
  /** Default `cpu`. */
  readonly device?: DeviceName | undefined;
  /** Default: the physical cores. */
  readonly threads?: number | undefined;
}

export interface FineTuningRequest {
  readonly settings: FineTuningSettings;
  /** Folder or name of the base, as given. */
  readonly model: string;
  /** `data` as a full path. */
  readonly data: string;
  readonly files: TaskFiles;
  readonly own: OwnRelations | undefined;
  /** What the model's folder is to say of it. */
  readonly task: ModelTask;
}

/**
 * @param before the run that goes on
 * @throws BiogptError `cli/usage`, `training/settings`, `training/bad-data`, `tasks/unknown-task`, `tasks/other-task`
 */
export function fineTuningRequest(options: FineTuneOptions, before: RunDescription | undefined): FineTuningRequest {
  const { task, settings: given = {} } = options;
  const named = task === undefined || task === OWN_RELATIONS ? undefined : taskNamed(task);
  const recipe = task === OWN_RELATIONS ? NEAREST_TO_OWN_RELATIONS : named;
  const settings = settingsFor(options, recipe, before);
  expectEffect(FINE_TUNING, settings, given);
  const own = ownRelations(options, settings.unit, before?.data);
  const path = (value: string | undefined, name: string): string | undefined =>
    value === undefined ? before?.data[name] : resolve(value);
  const data = required(path(options.data, "data"), "--data FILE|DIR", "finetune");
  const files = taskFiles(data, path(options.valid, "valid"), named?.name);
  expectScorable(settings, files);
  const model = required(options.model ?? before?.data["model"], "--model DIR|NAME", "finetune");
  return { settings, model, data, files, own, task: modelTask(files.task, own?.schema, settings) };
}

function settingsFor(
  { recipe: family, config, settings }: FineTuneOptions,
  recipe: Task | undefined,
  before: RunDescription | undefined,
): FineTuningSettings {
  if (family !== undefined && (recipe === undefined || before !== undefined)) {
    throw new BiogptError("cli/usage", {
      what: "--recipe has no effect here.",
      why: before === undefined ? "No task is named whose recipe it could be." : "A run goes on with its own settings.",
      fix: before === undefined ? "Name the task: biogpt finetune bc5cdr --recipe small." : "Leave it out.",
    });
  }
  return readSettings(
    { config, overrides: settings ?? {}, recipe: recipe?.name },
    { before: before?.settings, presets: recipesOf(family ?? "paper"), parse: parseFineTuningSettings },
  );
}

function expectScorable({ scoreDocuments, evaluateEvery }: FineTuningSettings, { task, valid }: TaskFiles): void {
  if (scoreDocuments === 0 || (task !== undefined && valid !== undefined && evaluateEvery !== 0)) return;
  throw new BiogptError("training/settings", {
    what: "scoreDocuments needs an imported task with a valid split, and evaluations.",
    fix: "Give --data the folder that `biogpt data import` wrote, or leave scoreDocuments out.",
  });
}
