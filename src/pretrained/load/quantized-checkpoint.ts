/**
 * A model folder whose linear maps are quantised already, as `biogpt convert` writes it: config.json, tokenizer, and one model.safetensors.
 *
 *     __metadata__   format "pt" · biogpt "quantized/1" · precision · recipe · tied "true" or "false" · learnedTokens
 *     <our name>           linear maps: codes, laid out as the graph reads them; everything else as in the source
 *     <our name>.scales    of each linear map
 *
 * Such a folder runs as it lies there, mapped, without a second copy in the cache. The weights that it was made from are not in it: it cannot be
 * trained further, adapted, or run in another precision.
 */
import { BiogptError } from "../../base/errors.ts";
import type { Checkpoint, TensorDataType, TensorEntry } from "../../checkpoints/index.ts";
import { HEAD, type ModelConfig, type ModelFamily, type TensorSpec, TOKEN_TABLE } from "../../models/family.ts";
import { familyOfConfig } from "../../models/registry.ts";
import { CAPABILITIES, type DeviceCapabilities } from "../../runtime/device.ts";
import type { ModelCheckpoint, QuantizedTensors } from "./model-checkpoint.ts";
import { linearFormat, PRECISIONS, type Precision, type QuantizedPrecision } from "./precision.ts";
import { quantizedLayout } from "./quantize-stream.ts";
import { RECIPE_VERSION } from "./quantized-weights.ts";

const FORMAT = "quantized/1";

export function quantizedMetadata(
  precision: QuantizedPrecision,
  { config: { tied }, learnedTokens }: Pick<ModelCheckpoint, "config" | "learnedTokens">,
): Readonly<Record<string, string>> {
  const said = { precision, recipe: String(RECIPE_VERSION), tied: String(tied), learnedTokens: String(learnedTokens) };
  return { format: "pt", biogpt: FORMAT, ...said };
}

/** The linear maps that a precision stores in codes, the head among them also where it is the token table. */
export function linearTensors(family: ModelFamily, config: ModelConfig): readonly TensorSpec[] {
  return family.tensors({ ...config, tied: false }).filter(({ kind }) => kind === "linear");
}

/**
 * @param configJson the parsed config.json
 * @throws BiogptError `pretrained/quantized` for a folder of another version of the format, or one that its config.json does not fit
 */
export function readQuantizedCheckpoint(checkpoint: Checkpoint, configJson: unknown): ModelCheckpoint {
  const { metadata, tensors, path } = checkpoint;
  const precision = PRECISIONS.find(
    (name): name is QuantizedPrecision => name !== "fp32" && name === metadata["precision"],
  );
  if (metadata["biogpt"] !== FORMAT || metadata["recipe"] !== String(RECIPE_VERSION) || precision === undefined)
    throw unusable(
      path,
      `it is of the format ${metadata["biogpt"]}, recipe ${metadata["recipe"]}, in ${metadata["precision"]}`,
    );
  if (configJson === undefined) throw unusable(path, "there is no config.json beside it");
  const family = familyOfConfig(configJson);
  const config = { ...family.parseConfig(configJson), tied: metadata["tied"] === "true" };
  const entries = new Map<string, TensorEntry>();
  const quantized = new Map<string, TensorEntry>();
  const take = (name: string, shape: readonly number[], types: readonly TensorDataType[]): TensorEntry => {
    const entry = tensors.get(name);
    if (entry === undefined) throw unusable(path, `${name} is missing`);
    if (!types.includes(entry.dtype) || entry.shape.join() !== shape.join())
      throw unusable(
        path,
        `${name} is ${entry.dtype} (${entry.shape.join(", ")}), not ${types[0]} (${shape.join(", ")})`,
      );
    return entry;
  };
  for (const { name, shape } of linearTensors(family, config)) {
    const format = linearFormat(precision, name, CAPABILITIES.cpu);
    if (format === "dense" || format.kind === "dense") continue;
    const [codes, scales] = quantizedLayout(name, shape as [number, number], format);
    quantized.set(name, take(codes.name, codes.shape, [codes.dtype]));
    quantized.set(scales.name, take(scales.name, scales.shape, [scales.dtype]));
    // Of the matrix that it stands for, so that whoever asks for shapes is told those of the model.
    if (name !== HEAD || !config.tied) entries.set(name, { ...quantized.get(name)!, shape });
  }
  for (const { name, shape } of family.tensors(config)) {
    if (!quantized.has(name)) entries.set(name, take(name, shape, ["float32", "float16", "bfloat16"]));
  }
  const strange = [...tensors.keys()].find((name) => !quantized.has(name) && !entries.has(name));
  if (strange !== undefined) throw unusable(path, `it holds ${strange}, which the model has not`);
  if (!entries.has(TOKEN_TABLE)) throw unusable(path, "it has no token table");
  return {
    family,
    config,
    learnedTokens: Number(metadata["learnedTokens"] ?? 0),
    entries,
    warnings: [...checkpoint.notes],
    quantized: { precision, tensors: quantized },
  };
}

function unusable(path: string, why: string): BiogptError {
  return new BiogptError("pretrained/quantized", {
    what: `The quantised model ${path} cannot be used: ${why}.`,
    fix: "Convert the original again with `biogpt convert`.",
  });
}

/** @throws BiogptError `pretrained/quantized` for another precision than the folder's, or a device that reads another layout */
export function expectFits(
  { precision, tensors }: QuantizedTensors,
  wanted: Precision,
  device: DeviceCapabilities,
): void {
  if (wanted !== precision) {
    throw new BiogptError("pretrained/quantized", {
      what: `The model's weights are stored in ${precision}; ${wanted} was asked for.`,
      fix: "Leave the precision out, or convert the original again.",
      kind: "usage",
    });
  }
  const names = [...tensors.keys()].filter((name) => !name.endsWith(".scales"));
  const layout = (of: DeviceCapabilities): string =>
    JSON.stringify(names.map((name) => linearFormat(precision, name, of)));
  if (layout(device) === layout(CAPABILITIES.cpu)) return;
  throw new BiogptError("pretrained/quantized", {
    what: `The model was quantised to ${precision} for the processor, in channels; this device reads blocks.`,
    fix: "Convert the original to q4, which is the same on every device, or name the original.",
    kind: "usage",
  });
}
