/** Quantised copies of a checkpoint's linear maps, kept in the cache folder: our tensor names, and "<name>.scales". */
import type { TensorEntry } from "../../checkpoints/index.ts";
import { writeResumable } from "../../checkpoints/resumable-safetensors.ts";
import type { DeviceCapabilities } from "../../runtime/device.ts";
import { type CacheOptions, cachedCopy } from "./cached-copy.ts";
import { linearFormat, type QuantizedPrecision } from "./precision.ts";
import { quantizedUnit } from "./quantize-stream.ts";
import { openQuantizer } from "./quantizer.ts";

/** Raise it whenever quantised bytes come out differently. */
export const RECIPE_VERSION = 4;

/**
 * The quantised tensors of a checkpoint, from the cache or made now.
 *
 * @param entries by our names; the head's weight under "head.weight", also where it is the token embedding
 * @returns entries of the copy: each linear map's weight and its scales
 */
export async function quantizedWeights(
  entries: ReadonlyMap<string, TensorEntry>,
  linearNames: readonly string[],
  precision: QuantizedPrecision,
  device: DeviceCapabilities,
  options: CacheOptions = {},
): Promise<ReadonlyMap<string, TensorEntry>> {
  const source = {
    kind: "quantized",
    recipe: `${RECIPE_VERSION} ${linearNames.map((name) => JSON.stringify(linearFormat(precision, name, device))).join(" ")}`,
    entries: linearNames.map((name) => [name, entries.get(name)!] as const),
  } as const;
  return cachedCopy(source, options, (path) => writeQuantized(path, entries, linearNames, precision, device, options));
}

/** Quantises matrix by matrix; a run that is stopped is gone on with. */
async function writeQuantized(
  path: string,
  entries: ReadonlyMap<string, TensorEntry>,
  linearNames: readonly string[],
  precision: QuantizedPrecision,
  device: DeviceCapabilities,
  { signal, progress }: CacheOptions,
): Promise<void> {
  using quantizer = openQuantizer({ bytes: linearNames.reduce((sum, name) => sum + entries.get(name)!.byteLength, 0) });
  const units = linearNames.map((name) =>
    quantizedUnit(name, entries.get(name)!, linearFormat(precision, name, device), { quantizer, signal }),
  );
  await writeResumable(path, units, {
    identity: path, // the hash of what it is made from
    activity: `quantising to ${precision}`,
    metadata: { format: "pt", precision, recipe: String(RECIPE_VERSION) },
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  });
}
