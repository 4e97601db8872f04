/** The model of a fine-tuning: weights of the base or of a checkpoint, the method, and the training step over both. */
import { existsSync } from "node:fs";
import { freemem } from "node:os";
import { resolve } from "node:path";
import type { ModelConfig } from "../../models/family.ts";
import { chooseMethod, type Method } from "../../pretrained/save/fine-tuning-method.ts";
import { type InitialWeights, saveModelFiles, weightsOfFolder } from "../../pretrained/save/trainable-folder.ts";
import type { Device, DeviceName } from "../../runtime/device.ts";
import { decayRule } from "../../training/optimizers/weight-decay.ts";
import { activationBytes } from "../../training/run/plan.ts";
import type { FineTuningSettings } from "../../training/settings/tables.ts";
import { createTrainingStep, type TrainingBatch, type TrainingStep } from "../../training/step/training-step.ts";

/** More shapes than real data have: BC5CDR's batches come in nineteen. */
const MOST_SHAPES = 32;
/** Share of the free memory that compiled shapes may hold on to. */
const MEMORY_FOR_SHAPES = 0.25;

export interface FineTuningModelOptions {
  readonly device: Device<DeviceName>;
  readonly settings: FineTuningSettings;
  /** Weights and config of the base, grown by the prompt's rows; dropout as the run has it. */
  readonly weights: InitialWeights;
  readonly oldRows: number;
  /** Folder or name of the base, as given. */
  readonly base: string;
  /** Folder of the checkpoint that the run goes on from. */
  readonly checkpoint: string | undefined;
  /** The first of its batches, which is compiled for. */
  readonly firstBatch: TrainingBatch;
  /** Number of this process among those that train together. */
  readonly rank: number;
}

export interface FineTuningModel extends Disposable {
  readonly method: Method;
  readonly step: TrainingStep;
  readonly decays: (name: string) => boolean;
  /** Whether checkpoints store the exact weights beside the moments. */
  readonly exactWeights: boolean;
  /** Writes the model into a folder; `tokenizer` is the folder of the run's own. */
  save(folder: string, tokenizer: string): Promise<void>;
}

/** The base's config with the dropout that the settings ask for. */
export function withDropout(weights: InitialWeights, settings: FineTuningSettings): InitialWeights {
  const { dropout, attentionDropout } = weights.config;
  const config: ModelConfig = {
    ...weights.config,
    dropout: settings.dropout ?? dropout,
    attentionDropout: settings.attentionDropout ?? attentionDropout,
  };
  return { ...weights, config };
}

/** @throws BiogptError `training/settings`, those of `createTrainingStep` */
export async function openFineTuningModel(options: FineTuningModelOptions): Promise<FineTuningModel> {
  const { device, settings, weights, oldRows, base, checkpoint, firstBatch, rank } = options;
  const { config } = weights;
  // An adapter names its base: a path in full, as the working directory will be another.
  const method = chooseMethod({ config, settings, oldRows, base: existsSync(base) ? resolve(base) : base });
  const { initial } =
    checkpoint === undefined || !method.plain
      ? weights
      : await weightsOfFolder(checkpoint, { vocabularySize: config.vocabularySize, seed: settings.seed });
  const step = await createTrainingStep({
    device,
    model: method.model,
    initial: (name) => method.added(name) ?? initial(name),
    ...(method.trainable === undefined ? {} : { trainable: method.trainable }),
    shape: firstBatch,
    dropout: { embedding: config.dropout, residual: config.dropout, attention: config.attentionDropout },
    frozenMaps: settings.frozenMaps,
    mode: settings.mode,
    seed: settings.seed + rank,
    zLoss: settings.zLoss,
    optimizer: settings.optimizer,
    keptShapes: shapesInMemory(config, method, settings),
  });
  const rule = decayRule(method.model, settings.decay);
  return {
    method,
    step,
    decays: (name) => rule(name) && method.decays(name),
    exactWeights: !method.plain || settings.weights !== "float32",
    save: async (folder, tokenizer) => {
      const value = (name: string): Promise<Float32Array> => method.value(step, name, weights.initial);
      await saveModelFiles(folder, value, { config, tokenizer, weights: settings.weights });
      await method.saveBeside(step, folder);
    },
    [Symbol.dispose]: () => step[Symbol.dispose](),
  };
}

/** Shapes of batches that stay compiled at once. */
function shapesInMemory(
  { heads, mlpWidth }: ModelConfig,
  { model }: Method,
  { mode, tokenBudget }: FineTuningSettings,
): number {
  const bytes = activationBytes({ model, heads, mlpWidth, mode }, tokenBudget, tokenBudget);
  return Math.max(2, Math.min(MOST_SHAPES, Math.floor((MEMORY_FOR_SHAPES * freemem()) / bytes)));
}
