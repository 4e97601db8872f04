/** `biogpt bench --train`: training speed of three shapes, with random weights. */
import type { ModelConfig } from "../models/family.ts";
import { chooseMethod } from "../pretrained/save/fine-tuning-method.ts";
import { configFromSettings, newWeights } from "../pretrained/save/trainable-folder.ts";
import { type DeviceName, openDevice } from "../runtime/device.ts";
import { measureTraining, type TrainingSpeed } from "../training/run/benchmark.ts";
import { PRESETS } from "../training/settings/presets.ts";
import { createTrainingStep } from "../training/step/training-step.ts";

export const TRAINING_SHAPES = ["d256l6", "d384l8", "biogpt"] as const;
export type TrainingShape = (typeof TRAINING_SHAPES)[number];

export interface TrainingMeasurement extends TrainingSpeed {
  readonly shape: TrainingShape;
  readonly method: "full" | "lora";
  readonly mode: "whole" | "blocks";
  readonly parameters: number;
  readonly batch: number;
  readonly length: number;
  readonly device: string;
  readonly threads: number;
}

export interface MeasureOptions {
  readonly method?: "full" | "lora";
  readonly mode?: "whole" | "blocks";
  readonly device?: DeviceName;
  readonly threads?: number;
  /** Updates that count. Default 5. */
  readonly rounds?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Of BioGPT's own tokenizer, and of a small one. */
const VOCABULARY = { biogpt: 42_384, small: 8192 };
const LENGTH = 256;
/** Ids are drawn: none of them means anything. */
const SPECIAL = { begin: 2, end: 2, pad: 1 };

function shapeOf(name: TrainingShape): { readonly config: ModelConfig; readonly batch: number } {
  const model = { ...(PRESETS[name]!["model"] as object), dropout: 0, attentionDropout: 0 };
  return name === "biogpt"
    ? { config: configFromSettings(model, VOCABULARY.biogpt, LENGTH, SPECIAL), batch: 1 }
    : { config: configFromSettings(model, VOCABULARY.small, LENGTH, SPECIAL), batch: 16 };
}

/**
 * Whole updates (gradients and AdamW) without dropout; LoRA with PEFT's defaults (rank 8 on q_proj and v_proj) over frozen maps in 8 bits.
 * With LoRA `gflops` counts as if every weight were trained, so that it compares with full training.
 *
 * @example
 * ```ts
 * const { tokensPerSecond, shareOfGemm } = await measureTrainingShape("d256l6");
 * ```
 */
export async function measureTrainingShape(
  shape: TrainingShape,
  options: MeasureOptions = {},
): Promise<TrainingMeasurement> {
  const { method = "full", mode = "whole", device: deviceName = "cpu", threads, rounds, signal } = options;
  const { config, batch } = shapeOf(shape);
  const length = LENGTH;
  const settings = { method, rank: 8, alpha: 16, targets: ["q_proj", "v_proj"], seed: 1 };
  const chosen = chooseMethod({ config, settings, oldRows: config.vocabularySize, base: shape });
  const { initial } = newWeights(config, 1, "gpt2");
  using device = await openDevice(deviceName, {
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  });
  using step = await createTrainingStep({
    device,
    model: chosen.model,
    initial: (name) => chosen.added(name) ?? initial(name),
    ...(chosen.trainable === undefined ? {} : { trainable: chosen.trainable }),
    frozenMaps: method === "lora" ? "int8" : "float32",
    shape: { batch, length },
    mode,
  });
  const speed = await measureTraining({
    ...{ device, step, batch, length, vocabulary: config.vocabularySize, signal },
    ...(rounds === undefined ? {} : { rounds }),
  });
  const parameters = chosen.model.parameters.reduce(
    (sum, { shape: sizes }) => sum + sizes.reduce((a, b) => a * b, 1),
    0,
  );
  return {
    shape,
    method,
    mode,
    parameters,
    batch,
    length,
    device: device.description,
    threads: device.threads,
    ...speed,
  };
}
