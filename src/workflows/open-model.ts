/** A model as a workflow is given it: loaded already, or by its name, and then closed when the work is done. */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { BiogptError } from "../base/errors.ts";
import type { OpenEncoderOptions } from "../pretrained/heads/open-encoder.ts";
import { resolveModel } from "../pretrained/hub/hub.ts";
import { type LoadOptions, loadModel } from "../pretrained/load/load.ts";
import { type LoadPlan, planLine } from "../pretrained/load/load-plan.ts";
import { Model } from "../pretrained/model.ts";
import type { ModelTask } from "../tasks/model-task.ts";
import { taskOf, taskOfFolder } from "../tasks/task-file.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

/** How a model is loaded that is given by its name. */
export type LoadSettings = Omit<LoadOptions, "signal" | "progress">;

export interface ModelSettings {
  /** A model, or the name or folder of one, which is loaded for this work alone. */
  readonly model?: string | Model | undefined;
  /** For a model that is given by its name. Default: as `loadModel`. */
  readonly load?: LoadSettings | undefined;
}

/** A model that is known but not loaded yet, so that what its folder says can be asked first. */
export interface FoundModel {
  readonly task: ModelTask;
  /** @param slots sequences at once, for a model that is loaded now */
  open(slots?: number): Promise<OpenedModel>;
}

export interface OpenedModel extends Disposable {
  readonly model: Model;
}

/** @throws BiogptError those of `resolveModel` and `taskOf` */
export async function findModel(
  model: string | Model | undefined,
  load: LoadSettings | undefined,
  { signal, onEvent }: WorkflowContext,
): Promise<FoundModel> {
  if (model instanceof Model) return { task: taskOf(model), open: async () => ({ model, [Symbol.dispose]: () => {} }) }; // its owner closes it
  const progress = progressEvents(onEvent);
  const task = model === undefined ? {} : taskOfFolder(await folderOfModel(model, { ...load, signal, progress }));
  return {
    task,
    async open(slots) {
      const usual = slots === undefined ? {} : { slots };
      const onPlan = (plan: LoadPlan): void => {
        const text = planLine(plan);
        if (text !== undefined) onEvent?.({ type: "note", text: `note: ${text}` });
      };
      const opened = await loadModel(model, { ...usual, onPlan, ...load, signal, progress });
      for (const warning of opened.warnings) onEvent?.({ type: "note", text: `note: ${warning}` });
      return { model: opened, [Symbol.dispose]: () => opened[Symbol.dispose]() };
    },
  };
}

/** Opens what reads whole sequences by a model's name; where nothing is said of it, with weights in `fp32`. @throws BiogptError `tasks/option`, those of `resolveModel` and `open` */
export async function openByName<Opened>(
  name: string,
  load: LoadSettings = {},
  { signal, onEvent }: WorkflowContext,
  open: (folder: string, options: OpenEncoderOptions) => Promise<Opened>,
): Promise<Opened> {
  const options = readingOptions(load);
  const progress = progressEvents(onEvent);
  const folder = await folderOfModel(name, { offline: load.offline, signal, progress });
  return open(folder, { ...options, signal, progress });
}

/** Settings of loading that mean nothing to what reads whole texts: it writes none, and cuts words as it learnt to. */
const OF_WRITING = {
  contextLength: "--context-length",
  cacheMemory: "--cache-memory",
  cacheType: "--cache-type",
  moses: "--moses",
} as const;

/** @throws BiogptError `tasks/option` */
function expectOfReading(settings: LoadSettings): void {
  const names = Object.keys(OF_WRITING) as (keyof typeof OF_WRITING)[];
  const given = names.find((name) => settings[name] !== undefined);
  const idle = given === undefined ? settings.normalizePunctuation === false && "--no-normalize" : OF_WRITING[given];
  if (idle === false) return;
  throw new BiogptError("tasks/option", {
    what: `${idle} has no effect on what reads whole texts and writes none.`,
    fix: "Leave it out.",
    kind: "usage",
  });
}

/** What a model that reads whole texts takes of the settings of loading. @throws BiogptError `tasks/option` for one that means nothing to it */
export function readingOptions(
  load: LoadSettings = {},
): Pick<LoadSettings, "precision" | "device" | "threads" | "cacheFolder"> {
  expectOfReading(load);
  const { precision, device, threads, cacheFolder } = load;
  return { precision, device, threads, cacheFolder };
}

/** The folder that a model's name stands for: a weight file's has the rest. @throws BiogptError those of `resolveModel` */
export async function folderOfModel(
  name: string,
  { offline, signal, progress }: Pick<LoadOptions, "offline" | "signal" | "progress">,
): Promise<string> {
  const path = await resolveModel(name, { ...(offline === undefined ? {} : { offline }), signal, progress });
  return (await stat(path)).isDirectory() ? path : dirname(path);
}
