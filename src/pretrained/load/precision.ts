/**
 * The precisions that a model can be run in, and how each stores the weights.
 *
 * - `fp32`  the checkpoint's own bytes, mapped; half precisions are widened when the graph is compiled
 * - `q8`    linear maps in 8 bits, one scale for each output channel; activations are quantised on the way, all rows of a
 *           step with one scale, so that a row's last bits depend on what else is in the batch. The head in blocks of 128
 * - `q4`    linear maps in 4 bits, blocks of 128 with one scale each
 *
 * Embeddings, norms and biases stay as the checkpoint has them. The choices were made by speed and by perplexity on the
 * seed model: docs/experiments.md, "Quantisation".
 */
import type { DataType } from "../../graph/data-type.ts";
import type { WeightFormat } from "../../layers/linear.ts";
import { HEAD, type WeightStorage } from "../../models/family.ts";
import { CAPABILITIES, type DeviceCapabilities } from "../../runtime/device-interface.ts";

export type Precision = "fp32" | "q8" | "q4";
/** Those that store linear maps in codes. */
export type QuantizedPrecision = Exclude<Precision, "fp32">;
export const PRECISIONS: readonly Precision[] = ["fp32", "q8", "q4"];

/** Bytes of weights up to which a model counts as small. */
export const MOST_SMALL_BYTES = 64e6;

/** Values that share a scale in 4-bit and 8-bit blocks. */
export const BLOCK_SIZE = 128;

export const BLOCKS_4: WeightFormat = { kind: "blocks", bits: 4, blockSize: BLOCK_SIZE, accuracyLevel: 4 };
export const BLOCKS_8: WeightFormat = { kind: "blocks", bits: 8, blockSize: BLOCK_SIZE, accuracyLevel: 4 };
/** Right on every processor; those that add signed products exactly are faster with signed codes. */
export const CHANNELS: WeightFormat = { kind: "channels", codes: "uint8" };
export const SIGNED_CHANNELS: WeightFormat = { kind: "channels", codes: "int8" };

/**
 * Format of a linear map's weight in a precision; "dense" ones are the checkpoint's own.
 *
 * Where the device has no kernel for channel-wise weights, `q8` is in blocks.
 */
export function linearFormat(precision: Precision, name: string, device: DeviceCapabilities): WeightFormat | "dense" {
  switch (precision) {
    case "fp32":
      return "dense";
    case "q8":
      if (name === HEAD || !device.channelQuantized) return BLOCKS_8;
      return device.signedProducts ? SIGNED_CHANNELS : CHANNELS;
    case "q4":
      return BLOCKS_4;
    default:
      return precision satisfies never;
  }
}

/** @param dtypeOf element type of a checkpoint's tensor, by our name */
export function weightStorage(
  precision: Precision,
  dtypeOf: (name: string) => DataType,
  {
    sharesHead,
    joins = false,
    device,
  }: {
    readonly sharesHead: boolean;
    /** Whether matrices may be stored as one, which is for those who quantise them. Default false. */
    readonly joins?: boolean;
    readonly device: DeviceCapabilities;
  },
): WeightStorage {
  const dense = device.halfPrecision ? dtypeOf : (): DataType => "float32";
  return {
    linear: (name) => {
      const format = linearFormat(precision, name, device);
      return format === "dense" ? { kind: "dense", dtype: dense(name) } : format;
    },
    dense,
    joins: joins && precision !== "fp32" && device.joinedAttention,
    sharesHead: sharesHead && precision === "fp32",
  };
}

/** Bytes of a linear layer's weight in a precision, on the processor. */
export function linearBytes(precision: Precision, name: string, shape: readonly number[]): number {
  const [rows, columns] = shape as [number, number];
  const format = linearFormat(precision, name, CAPABILITIES.cpu);
  if (format === "dense" || format.kind === "dense") return 4 * rows * columns;
  if (format.kind === "channels") return rows * columns + 4 * rows;
  return rows * Math.ceil(columns / BLOCK_SIZE) * ((BLOCK_SIZE * format.bits) / 8 + 4);
}
