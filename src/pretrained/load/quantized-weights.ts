/** Quantised copies of a checkpoint's linear maps, kept in the cache folder: our tensor names, and "<name>.scales". */
import { throwIfAborted } from "../../base/cancellation.ts";
import { internalError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { readFloat32, type TensorEntry, type TensorToWrite, writeSafetensors } from "../../checkpoints/index.ts";
import { quantizeBlocks, quantizeChannels } from "../../checkpoints/quantize.ts";
import type { DeviceCapabilities } from "../../runtime/device.ts";
import { type CacheOptions, cachedCopy } from "./cached-copy.ts";
import { linearFormat, type Precision } from "./precision.ts";

/** Raise it whenever quantised bytes come out differently. */
const RECIPE_VERSION = 3;

/**
 * The quantised tensors of a checkpoint, from the cache or made now.
 *
 * @param entries by our names; the head's weight under "head.weight", also where it is the token embedding
 * @returns entries of the copy: each linear map's weight and its scales
 */
export async function quantizedWeights(
  entries: ReadonlyMap<string, TensorEntry>,
  linearNames: readonly string[],
  precision: Exclude<Precision, "fp32">,
  device: DeviceCapabilities,
  options: CacheOptions = {},
): Promise<ReadonlyMap<string, TensorEntry>> {
  const source = {
    kind: "quantized",
    recipe: `${RECIPE_VERSION} ${linearNames.map((name) => JSON.stringify(linearFormat(precision, name, device))).join(" ")}`,
    entries: linearNames.map((name) => [name, entries.get(name)!] as const),
  } as const;
  return cachedCopy(source, options, (path) =>
    writeQuantized(path, entries, linearNames, precision, device, options.signal, options.progress),
  );
}

/** Quantises matrix by matrix. The writer wants the scales of all of them first, so the codes wait in memory: as much as the copy is large. */
async function writeQuantized(
  path: string,
  entries: ReadonlyMap<string, TensorEntry>,
  linearNames: readonly string[],
  precision: Exclude<Precision, "fp32">,
  device: DeviceCapabilities,
  signal: AbortSignal | undefined,
  progress: ReportProgress | undefined,
): Promise<void> {
  let done = 0;
  const tensors: TensorToWrite[] = [];
  for (const name of linearNames) {
    const entry = entries.get(name)!;
    const [M, K] = entry.shape as [number, number];
    const format = linearFormat(precision, name, device);
    if (format === "dense" || format.kind === "dense") throw internalError(`${name} is not quantised in ${precision}`);
    throwIfAborted(signal);
    const weights = await readFloat32(entry);
    progress?.({ activity: `quantising to ${precision}`, done: ++done, total: linearNames.length, unit: "matrices" });
    if (format.kind === "channels") {
      const { weight, scales } = quantizeChannels(weights, [M, K]);
      tensors.push({ name, dtype: "int8", shape: [K, M], data: weight });
      tensors.push({ name: `${name}.scales`, dtype: "float32", shape: [M], data: scales });
    } else {
      const { bits, blockSize } = format;
      const { blocks, scales } = quantizeBlocks(weights, [M, K], bits, blockSize);
      const perRow = Math.ceil(K / blockSize);
      tensors.push({ name, dtype: "uint8", shape: [M, perRow, (blockSize * bits) / 8], data: blocks });
      tensors.push({ name: `${name}.scales`, dtype: "float32", shape: [M * perRow], data: scales });
    }
  }
  await writeSafetensors(path, tensors, {
    metadata: { format: "pt", precision, recipe: String(RECIPE_VERSION) },
    ...(signal === undefined ? {} : { signal }),
  });
}
