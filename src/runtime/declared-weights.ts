/**
 * Weights that a graph declares and that are given when it is compiled: found in the ONNX bytes, and compared with what is given
 * (onnx.proto3: ModelProto.graph = 7, GraphProto.initializer = 5, TensorProto.dims = 1, data_type = 2, name = 8, external_data = 13).
 */
import protobuf from "protobufjs/minimal.js";
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { DATA_TYPES } from "../graph/data-type.ts";
import type { ExternalWeight } from "./device-interface.ts";

/** An external initializer as the graph declares it. */
export interface DeclaredWeight {
  readonly name: string;
  /** As onnx.proto3 numbers it. */
  readonly dtype: number;
  readonly shape: readonly number[];
}

export const LENGTH_DELIMITED = 2;
/** A field's number with how it is written. */
export const tag = (field: number, wire: number): number => (field << 3) | wire;

/** The message with each occurrence of a length-delimited field replaced; left out where that gives undefined. Everything else byte for byte. */
export function replaceFields(
  message: Uint8Array,
  field: number,
  replace: (bytes: Uint8Array) => Uint8Array | undefined,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const key = reader.uint32();
    if (key === tag(field, LENGTH_DELIMITED)) {
      const replaced = replace(reader.bytes());
      if (replaced !== undefined) parts.push(protobuf.Writer.create().uint32(key).bytes(replaced).finish());
    } else {
      reader.skipType(key & 7);
      parts.push(message.subarray(start, reader.pos));
    }
  }
  return joined(parts);
}

/** A TensorProto's declaration, and its bytes without `external_data`, undefined where it has none: its values stand in it. */
export function readInitializer(tensor: Uint8Array): {
  readonly declared: DeclaredWeight;
  readonly rest: Uint8Array | undefined;
} {
  const kept: Uint8Array[] = [];
  const reader = protobuf.Reader.create(tensor);
  const shape: number[] = [];
  let [name, dtype, external] = ["", 0, false];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const key = reader.uint32();
    const field = key >>> 3;
    if (key === tag(1, 0)) shape.push(Number(reader.int64()));
    else if (key === tag(1, LENGTH_DELIMITED)) {
      const end = reader.uint32() + reader.pos; // packed sizes, as other writers do it
      while (reader.pos < end) shape.push(Number(reader.int64()));
    } else if (key === tag(2, 0)) dtype = reader.int32();
    else if (key === tag(8, LENGTH_DELIMITED)) name = reader.string();
    else reader.skipType(key & 7);
    if (field === 13) external = true;
    else kept.push(tensor.subarray(start, reader.pos));
  }
  return { declared: { name, dtype, shape }, rest: external ? joined(kept) : undefined };
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @throws BiogptError `runtime/weights` when nothing is given for a declared weight, or something that does not fit it */
export function weightOf(declared: DeclaredWeight, given: ReadonlyMap<string, ExternalWeight>): ExternalWeight {
  const weight = given.get(declared.name);
  if (weight === undefined) {
    throw weightsError(
      `The graph's weight ${declared.name} is not among those given.${didYouMean(declared.name, given.keys())}`,
    );
  }
  const { dtype, shape } = weight;
  if (DATA_TYPES[dtype].onnx !== declared.dtype || String(shape) !== String(declared.shape)) {
    const declaredType = Object.entries(DATA_TYPES).find(([, { onnx }]) => onnx === declared.dtype)?.[0];
    throw weightsError(
      `The graph's weight ${declared.name} is ${declaredType} (${declared.shape.join(", ")}), ` +
        `but ${dtype} (${shape.join(", ")}) is given.`,
    );
  }
  return weight;
}

export function weightsError(what: string, fix?: string): BiogptError {
  return new BiogptError("runtime/weights", { what, ...(fix === undefined ? {} : { fix }) });
}
