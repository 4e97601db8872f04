/** What loading a model will take, said before any weight is read: files, precision, memory wanted and memory there is. */
import { basename } from "node:path";
import { formatAmount } from "../../base/amounts.ts";
import type { TensorEntry } from "../../checkpoints/index.ts";
import type { Precision } from "./precision.ts";

export interface LoadPlan {
  /** Of the model, as it was named. */
  readonly name: string;
  readonly precision: Precision;
  /** Weight files, absolute, with the bytes of them that are used. */
  readonly files: readonly { readonly file: string; readonly bytes: number }[];
  /** Bytes of weights that become the process's own: put in order, widened or in codes. What is mapped as it lies is not among them. */
  readonly weightBytes: number;
  /** The same of the largest encoder of molecules or proteins, which is open only while an attachment is read; 0 without any. */
  readonly encoderBytes: number;
  /** Bytes of keys and values of one whole context. */
  readonly contextBytes: number;
  /** Tokens of a context. */
  readonly contextLength: number;
  /** Most bytes that keys and values of all sequences may take. */
  readonly cacheBytes: number;
  /** Bytes that are free now. */
  readonly freeBytes: number;
}

/** Models under this many bytes are not worth a line. */
const WORTH_A_LINE = 1e9;

export function filesOf(entries: ReadonlyMap<string, TensorEntry>): LoadPlan["files"] {
  const bytes = new Map<string, number>();
  for (const { file, byteLength } of entries.values()) bytes.set(file, (bytes.get(file) ?? 0) + byteLength);
  return [...bytes].map(([file, sum]) => ({ file, bytes: sum }));
}

/** The plan as a line for people; undefined for a small model that fits easily. */
export function planLine(plan: LoadPlan): string | undefined {
  const { name, precision, files, weightBytes, encoderBytes, contextBytes, contextLength, cacheBytes, freeBytes } =
    plan;
  const source = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const wanted = weightBytes + contextBytes;
  const isTight = wanted + encoderBytes > freeBytes;
  if (source < WORTH_A_LINE && !isTight) return undefined;
  const size = (bytes: number): string => formatAmount(Math.round(bytes), "bytes");
  const named = files.length === 1 ? basename(files[0]!.file) : `${files.length} files`;
  const encoder = encoderBytes === 0 ? "" : `, and ${size(encoderBytes)} more while an attachment is read`;
  const warning = isTight ? " That is more than is free: expect it to be slow, or to be stopped by the system." : "";
  return (
    `${name} in ${precision}: ${size(source)} in ${named}; wants ${size(wanted)} of memory (weights ${size(weightBytes)}, one context of ` +
    `${contextLength.toLocaleString("en-US")} tokens ${size(contextBytes)})${encoder}, ${size(freeBytes)} are free; keys and values may take ${size(cacheBytes)}.${warning}`
  );
}
