/** A model that reads whole sequences, for hidden states or the scores of a head. */
import type { EncoderOutputs } from "../../models/family.ts";
import type { SequenceEncoder } from "../../models/sequence-encoder.ts";
import type { Device } from "../../runtime/device.ts";
import type { RunnableCheckpoint } from "../load/compile-graph.ts";
import { type CompileOptions, compileModel } from "../load/compile-model.ts";
import type { Precision } from "../load/precision.ts";
import { type ClassifierCheckpoint, headOf } from "./classifier-checkpoint.ts";
import { encoderGraph, encoderOver } from "./encoder.ts";

export interface OpenEncoderOptions extends CompileOptions {
  /** How the blocks' weights are stored. Default `fp32`. A head stays as the checkpoint has it. */
  readonly precision?: Precision | undefined;
}

export interface OpenedEncoder extends Disposable {
  readonly encoder: SequenceEncoder;
  /** Where it runs, for what else is to run there. */
  readonly device: Device;
}

/**
 * @param outputs which hidden states, and whether a head's scores: what is wanted decides the graph
 * @throws BiogptError `pretrained/no-encoder`, `runtime/…`, `checkpoints/…`
 */
export async function openEncoder(
  checkpoint: RunnableCheckpoint,
  outputs: EncoderOutputs,
  { precision = "fp32", ...options }: OpenEncoderOptions = {},
): Promise<OpenedEncoder> {
  const { device, program } = await compileModel(checkpoint, precision, options, (storage) =>
    encoderGraph(checkpoint, storage, outputs),
  );
  const encoder = encoderOver(checkpoint, { device, program });
  return {
    encoder,
    device,
    [Symbol.dispose]() {
      encoder[Symbol.dispose]();
      device[Symbol.dispose]();
    },
  };
}

/** The scores of a classifier's own head. */
export function openClassifier(model: ClassifierCheckpoint, options: OpenEncoderOptions = {}): Promise<OpenedEncoder> {
  return openEncoder(model, { head: headOf(model) }, options);
}
