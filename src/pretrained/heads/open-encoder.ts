/** From a checkpoint's entries to an encoder that runs: (quantised copy), graph, device, compiled program. */
import type { TensorEntry } from "../../checkpoints/index.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { CLASS_HEAD, type EncoderOutputs, type ModelConfig, type ModelFamily } from "../../models/family.ts";
import { SequenceEncoder } from "../../models/sequence-encoder.ts";
import { type DeviceName, type ExternalWeight, openDevice } from "../../runtime/device.ts";
import type { CacheOptions } from "../load/cached-copy.ts";
import { graphType } from "../load/model-checkpoint.ts";
import { weightSource } from "../load/open-decoder.ts";
import { type Precision, weightStorage } from "../load/precision.ts";
import { quantizedWeights } from "../load/quantized-weights.ts";
import type { ClassifierCheckpoint } from "./classifier-folder.ts";

export interface OpenEncoderOptions extends CacheOptions {
  /** Default `cpu`. */
  readonly device?: DeviceName | undefined;
  /** Threads that compute. Default: the physical cores, at most 16. */
  readonly threads?: number | undefined;
  /** How the blocks' weights are stored. Default `fp32`. A head stays as the checkpoint has it. */
  readonly precision?: Precision | undefined;
}

export interface OpenedEncoder extends Disposable {
  readonly encoder: SequenceEncoder;
}

/**
 * @param outputs which hidden states, and whether a head's scores; what of both is wanted decides the graph
 * @throws BiogptError `runtime/…`, `checkpoints/…`
 */
export async function openEncoder(
  { family, config, entries }: { family: ModelFamily; config: ModelConfig; entries: ReadonlyMap<string, TensorEntry> },
  outputs: EncoderOutputs,
  options: OpenEncoderOptions = {},
): Promise<OpenedEncoder> {
  const { signal, progress, cacheFolder, device: deviceName = "cpu", precision = "fp32", threads } = options;
  const storage = weightStorage(precision, (name) => graphType(entries.get(name)!), {
    sharesHead: false,
    device: deviceName,
  });
  const graph = family.buildEncoder!(config, storage, outputs);
  const sources = new Map(entries);
  if (precision !== "fp32") {
    const linear = family.tensors({ ...config, tied: true }).filter(({ kind }) => kind === "linear");
    const names = linear.map(({ name }) => name).filter((name) => storage.linear(name).kind !== "dense");
    const copies = await quantizedWeights(entries, names, precision, deviceName, { cacheFolder, signal, progress });
    for (const [name, entry] of copies) sources.set(name, entry);
  }
  const device = await openDevice(deviceName, {
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const weights: ExternalWeight[] = [];
    for (const { name, dtype, shape } of graph.weights) {
      const declared = { name, dtype, shape: shape as number[] };
      weights.push({ ...declared, source: await weightSource(device, sources.get(name)!, declared) });
    }
    const program = await device.compile(toOnnx(graph), { weights, ...(signal === undefined ? {} : { signal }) });
    const { positions } = family;
    const encoder = new SequenceEncoder({
      device,
      program,
      positionOffset: positions.kind === "table" ? positions.offset : 0,
      padId: family.specialIds(config).pad ?? 0,
    });
    return {
      encoder,
      [Symbol.dispose]() {
        encoder[Symbol.dispose]();
        device[Symbol.dispose]();
      },
    };
  } catch (error) {
    device[Symbol.dispose]();
    throw error;
  }
}

/** The scores of a classifier's own head. */
export function openClassifier(model: ClassifierCheckpoint, options: OpenEncoderOptions = {}): Promise<OpenedEncoder> {
  return openEncoder(
    model,
    { head: { classes: model.classes.length, bias: model.entries.has(CLASS_HEAD.bias) } },
    options,
  );
}
