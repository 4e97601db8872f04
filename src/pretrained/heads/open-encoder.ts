/** A model that reads whole sequences, for hidden states or the scores of a head. */
import { BiogptError } from "../../base/errors.ts";
import { CLASS_HEAD, type EncoderOutputs } from "../../models/family.ts";
import { SequenceEncoder } from "../../models/sequence-encoder.ts";
import type { Device } from "../../runtime/device.ts";
import { type CompileOptions, compileModel, type RunnableCheckpoint } from "../load/open-decoder.ts";
import type { Precision } from "../load/precision.ts";
import type { ClassifierCheckpoint } from "./classifier-folder.ts";

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
  const { family, config } = checkpoint;
  if (family.buildEncoder === undefined) {
    throw new BiogptError("pretrained/no-encoder", {
      what: `A ${family.title} does not read whole texts here: it only continues them.`,
      fix: "Name a model of another family.",
    });
  }
  const { device, program } = await compileModel(checkpoint, precision, options, (storage) =>
    family.buildEncoder!(config, storage, outputs),
  );
  const { positions } = family;
  const { end, pad = end } = family.specialIds(config);
  const positionOffset = positions.kind === "table" ? positions.offset : 0;
  const encoder = new SequenceEncoder({ device, program, positionOffset, padId: pad });
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
  return openEncoder(
    model,
    { head: { classes: model.classes.length, bias: model.entries.has(CLASS_HEAD.bias) } },
    options,
  );
}
