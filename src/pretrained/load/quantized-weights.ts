/** Quantised copies of a checkpoint's linear maps, kept in the cache folder: our tensor names, and "<name>.scales". */
import type { TensorEntry } from "../../checkpoints/index.ts";
import { writeResumable } from "../../checkpoints/resumable-safetensors.ts";
import { joinedParts } from "../../models/weight-storage.ts";
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
 * @param linearNames of maps, or of several joined to one
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
    entries: linearNames.flatMap((name) => joinedParts(name).map((part) => [part, entries.get(part)!] as const)),
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
  const partsOf = (name: string): TensorEntry[] => joinedParts(name).map((part) => entries.get(part)!);
  const bytes = linearNames.flatMap(partsOf).reduce((sum, { byteLength }) => sum + byteLength, 0);
  using quantizer = openQuantizer({ bytes });
  const units = linearNames.map((name) =>
    quantizedUnit(name, partsOf(name), linearFormat(precision, name, device), { quantizer, signal }),
  );
  await writeResumable(path, units, {
    identity: path, // the hash of what it is made from
    activity: `quantising to ${precision}`,
    metadata: { format: "pt", precision, recipe: String(RECIPE_VERSION) },
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  });
}
