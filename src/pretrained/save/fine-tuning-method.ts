/**
 * What fine-tuning trains: everything, low-rank summands of some linear maps, or the prompt's new rows; and how each is saved.
 *
 * A checkpoint is always a whole model, with LoRA's summands merged in, so that `--model` takes it; LoRA besides leaves `adapter/` in PEFT's layout.
 */
import { join } from "node:path";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { writeAdapter } from "../../checkpoints/adapter.ts";
import type { ModelConfig } from "../../models/family.ts";
import type { FineTuningSettings } from "../../training/settings/tables.ts";
import {
  adaptedMaps,
  downName,
  isLowRank,
  lowRankValues,
  mergeLowRank,
  upName,
  withLowRankMaps,
} from "../../training/step/lora.ts";
import { clearOldRows } from "../../training/step/new-rows.ts";
import type { TrainableModel } from "../../training/step/trainable-model.ts";
import type { TrainingStep } from "../../training/step/training-step.ts";
import { adaptableLayers, huggingFaceNames, trainableModel } from "./trainable-folder.ts";

export interface Method {
  readonly model: TrainableModel;
  /** Absent where everything is trained. */
  readonly trainable?: (name: string) => boolean;
  /** Which trained parameters may decay: not a table of which only new rows are trained, as decay would shrink the old. */
  decays(name: string): boolean;
  /** First values of parameters that the base model does not have. */
  readonly added: (name: string) => Float32Array | undefined;
  /** Whether a checkpoint's model files hold the trained parameters as they are. */
  readonly plain: boolean;
  /** Run on the summed gradients, before the update. */
  readonly onGradients?: (step: TrainingStep) => Promise<void>;
  /**
   * The value of one of the model's own tensors, as it is saved. What is frozen comes from `base`, as the step may hold it in 8 bits;
   * merging into the exact weights is what QLoRA does too (arXiv:2305.14314).
   */
  value(
    step: TrainingStep,
    name: string,
    base: (name: string) => Float32Array | Promise<Float32Array>,
  ): Promise<Float32Array>;
  /** What is saved beside the model. */
  saveBeside(step: TrainingStep, folder: string): Promise<void>;
}

export interface MethodOptions {
  readonly config: ModelConfig;
  readonly settings: Pick<FineTuningSettings, "method" | "rank" | "alpha" | "targets" | "seed">;
  /** Rows of the vocabulary before the prompt was added; those behind are new. */
  readonly oldRows: number;
  /** Of the base model, for the adapter's config. */
  readonly base: string;
}

/** @throws BiogptError `training/settings` */
export function chooseMethod(options: MethodOptions): Method {
  const { config, settings, oldRows } = options;
  const model = trainableModel(config);
  const whole: Method = {
    model,
    decays: () => true,
    added: () => undefined,
    plain: true,
    value: (step, name) => step.parameter(name),
    saveBeside: async () => {},
  };
  const newRows = config.vocabularySize > oldRows;
  const table = model.tokenTable.name;
  const onGradients = (step: TrainingStep): Promise<void> => clearOldRows(step, table, oldRows);
  const value: Method["value"] = async (step, name, base) => (name === table ? step.parameter(name) : base(name));
  switch (settings.method) {
    case "full":
      return whole;
    case "soft-prompt":
      if (!newRows) throw noNewRows(settings.method);
      return { ...whole, plain: false, trainable: (name) => name === table, value, decays: () => false, onGradients };
    case "lora":
      return lowRank(whole, options, newRows, table, onGradients);
    default:
      return settings.method satisfies never;
  }
}

function lowRank(
  whole: Method,
  { config, settings, base }: MethodOptions,
  newRows: boolean,
  table: string,
  onGradients: (step: TrainingStep) => Promise<void>,
): Method {
  const { rank, alpha, seed } = settings;
  const modules = moduleNames(config, settings.targets);
  const model = withLowRankMaps(whole.model, { rank, alpha, targets: modules.map(({ ours }) => ours) });
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
  const maps = new Set(
    adaptedMaps(
      config.layers,
      modules.map(({ ours }) => ours),
    ),
  );
  const parts = async (step: TrainingStep, map: string) => ({
    down: await step.parameter(downName(map)),
    up: await step.parameter(upName(map)),
  });
  return {
    model,
    plain: false,
    trainable: (name) => isLowRank(name) || (newRows && name === table),
    decays: (name) => name !== table,
    ...(newRows ? { onGradients } : {}),
    added: (name) => (isLowRank(name) ? lowRankValues(name, shapes.get(name)!, seed) : undefined),
    value: async (step, name, exact) => {
      const weight = newRows && name === table ? await step.parameter(name) : await exact(name);
      const map = name.replace(/\.weight$/, "");
      return maps.has(map) && map !== name
        ? mergeLowRank(weight, { ...(await parts(step, map)), rank, factor: alpha / rank })
        : weight;
    },
    saveBeside: async (step, folder) => {
      if (newRows) return; // an adapter alone cannot bring rows that its base model lacks
      const names = huggingFaceNames(config);
      const layers = new Map(
        [...names].flatMap(([name, theirs]) => {
          const map = name.replace(/\.weight$/, "");
          if (map === name || !maps.has(map)) return [];
          const half = (part: string) =>
            ({ dtype: "float32", shape: shapes.get(part)!, data: () => step.parameter(part) }) as const;
          return [[theirs.replace(/\.weight$/, ""), { a: half(downName(map)), b: half(upName(map)) }] as const];
        }),
      );
      await writeAdapter(join(folder, "adapter"), {
        rank,
        alpha,
        targetModules: settings.targets,
        baseModel: base,
        layers,
      });
    },
  };
}

/** PEFT's names of linear maps (`q_proj`, `fc1`, …) to ours inside a block. */
function moduleNames(config: ModelConfig, targets: readonly string[]): { readonly ours: string }[] {
  const known = new Map(adaptableLayers(config).map(({ ours, peft }) => [peft, ours]));
  return targets.map((target) => {
    const ours = known.get(target);
    if (ours !== undefined) return { ours };
    throw new BiogptError("training/settings", {
      what: `There is no linear map "${target}" in the model.`,
      fix: `targets may be ${[...known.keys()].join(", ")}.${didYouMean(target, known.keys())}`,
    });
  });
}

function noNewRows(method: string): BiogptError {
  return new BiogptError("training/settings", {
    what: `The method ${method} trains the prompt's new rows, and there are none.`,
    why: "The model already has learned tokens, or prompt is 0.",
    fix: "Start from a model without learned tokens and set prompt to 1 or more.",
  });
}
