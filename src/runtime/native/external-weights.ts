/**
 * Gives a graph's external initializers their place, by rewriting their `external_data` entries in the ONNX bytes
 * (onnx.proto3: ModelProto.graph = 7, GraphProto.initializer = 5, TensorProto.dims = 1, data_type = 2, name = 8,
 * external_data = 13).
 *
 * Of the ways to hand weights to ONNX Runtime only two copy nothing (measured with 1.4 GB, ONNX Runtime 1.30: 1.40 GB
 * resident with them, 2.72 GB with `AddExternalInitializers` and `AddExternalInitializersFromFilesInMemory`; an address in
 * the model is refused):
 *
 * - a file: an external initializer, which ONNX Runtime maps itself. Its location must be relative and lie below the
 *   model's folder, so the root folder of the disk is declared as that folder.
 * - a tensor: `AddInitializer`. The initializer must still be declared in some file that exists, so an empty one is named;
 *   a graph rewriting that wants to compute with the value while compiling then fails instead of computing with garbage.
 */
import { existsSync, realpathSync, statSync } from "node:fs";
import { parse, relative, sep } from "node:path";
import protobuf from "protobufjs/minimal.js";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { byteLength, DATA_TYPES } from "../../graph/data-type.ts";
import type { ExternalWeight, FileRegion } from "../device-interface.ts";

/** Where a weight's bytes are to be found, relative to the declared root folder. */
export interface Place {
  readonly location: string;
  readonly offset: number;
  readonly byteLength: number;
}

/** An external initializer as the graph declares it. */
interface Declaration {
  readonly name: string;
  readonly dtype: number;
  readonly shape: readonly number[];
}

const LENGTH_DELIMITED = 2;
const tag = (field: number, wire: number): number => (field << 3) | wire;

/**
 * The same model with its external initializers at the given places.
 *
 * @param place called for each external initializer
 */
export function placeWeights(onnx: Uint8Array, place: (declared: Declaration) => Place): Uint8Array {
  return replaceFields(onnx, 7, (graph) => replaceFields(graph, 5, (tensor) => placeTensor(tensor, place)));
}

/** The message with each occurrence of a length-delimited field replaced; everything else byte for byte. */
function replaceFields(message: Uint8Array, field: number, replace: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const key = reader.uint32();
    if (key === tag(field, LENGTH_DELIMITED)) {
      parts.push(protobuf.Writer.create().uint32(key).bytes(replace(reader.bytes())).finish());
    } else {
      reader.skipType(key & 7);
      parts.push(message.subarray(start, reader.pos));
    }
  }
  return Buffer.concat(parts);
}

function placeTensor(tensor: Uint8Array, place: (declared: Declaration) => Place): Uint8Array {
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
  if (!external) return tensor;
  const { location, offset, byteLength: length } = place({ name, dtype, shape });
  const writer = protobuf.Writer.create();
  for (const [key, value] of Object.entries({ location, offset, length })) {
    writer.uint32(tag(13, LENGTH_DELIMITED)).fork();
    writer.uint32(tag(1, LENGTH_DELIMITED)).string(key);
    writer.uint32(tag(2, LENGTH_DELIMITED)).string(String(value));
    writer.ldelim();
  }
  return Buffer.concat([...kept, writer.finish()]);
}

/** @throws BiogptError `runtime/weights` when nothing is given for a declared weight, or something that does not fit it */
export function weightOf(declared: Declaration, given: ReadonlyMap<string, ExternalWeight>): ExternalWeight {
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

/** A file region below the root folder of its disk. Symbolic links are followed: caches are full of them. */
export class FilePlaces {
  readonly #root: string;
  readonly #files = new Map<string, { readonly path: string; readonly size: number }>();

  /** @param root "/" or the root folder of a Windows drive */
  constructor(root: string) {
    this.#root = root;
  }

  /** Undefined when the file lies on another drive. @throws BiogptError `runtime/weights` */
  find({ name, dtype, shape }: ExternalWeight, region: FileRegion): Place | undefined {
    const { offset } = region;
    const wanted = byteLength(dtype, shape);
    if (region.byteLength !== wanted) {
      throw weightsError(
        `The weight ${name}, ${dtype} (${shape.join(", ")}), needs ${wanted} bytes, but ${region.byteLength} are given.`,
      );
    }
    const { path, size } = this.#file(region.file);
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + wanted > size) {
      throw weightsError(
        `The weight ${name} would lie at bytes ${offset} to ${offset + wanted} of ${region.file}, which has ${size}.`,
        "The file may be cut off; fetch it again.",
      );
    }
    if (parse(path).root !== this.#root) return undefined;
    return { location: relative(this.#root, path).split(sep).join("/"), offset, byteLength: wanted };
  }

  #file(file: string): { readonly path: string; readonly size: number } {
    let known = this.#files.get(file);
    if (known === undefined) {
      if (!existsSync(file)) throw weightsError(`The weights file ${file} does not exist.`);
      const path = realpathSync(file);
      known = { path, size: statSync(path).size };
      this.#files.set(file, known);
    }
    return known;
  }
}

export function weightsError(what: string, fix?: string): BiogptError {
  return new BiogptError("runtime/weights", { what, ...(fix === undefined ? {} : { fix }) });
}
