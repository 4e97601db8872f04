/** The encoder over a compiled graph of a family's; knows no file and no Node. */
import { BiogptError } from "../../base/errors.ts";
import type { Graph } from "../../graph/graph.ts";
import type { EncoderOutputs, WeightStorage } from "../../models/family.ts";
import { SequenceEncoder } from "../../models/sequence-encoder.ts";
import type { Device, Program } from "../../runtime/device-interface.ts";
import { positionOffset } from "../load/compile-graph.ts";
import type { ModelCheckpoint } from "../load/model-checkpoint.ts";

/**
 * The graph that reads whole sequences.
 *
 * @throws BiogptError `pretrained/no-encoder` for a family that only continues texts
 */
export function encoderGraph(
  { family, config }: Pick<ModelCheckpoint, "family" | "config">,
  storage: WeightStorage,
  outputs: EncoderOutputs,
): Graph {
  if (family.buildEncoder !== undefined) return family.buildEncoder(config, storage, outputs);
  throw new BiogptError("pretrained/no-encoder", {
    what: `A ${family.title} does not read whole texts here: it only continues them.`,
    fix: "Name a model of another family.",
  });
}

/** @param compiled of `encoderGraph` */
export function encoderOver(
  checkpoint: Pick<ModelCheckpoint, "family" | "config">,
  compiled: { readonly device: Device; readonly program: Program },
): SequenceEncoder {
  const { end, pad = end } = checkpoint.family.specialIds(checkpoint.config);
  return new SequenceEncoder({ ...compiled, positionOffset: positionOffset(checkpoint), padId: pad });
}
