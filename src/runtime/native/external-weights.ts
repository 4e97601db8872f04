/**
 * Gives a graph's external initializers their place, by rewriting their `external_data` entries in the ONNX bytes
 * (declared-weights.ts).
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
import { byteLength } from "../../graph/data-type.ts";
import {
  type DeclaredWeight,
  joined,
  LENGTH_DELIMITED,
  readInitializer,
  replaceFields,
  tag,
  weightsError,
} from "../declared-weights.ts";
import type { ExternalWeight, FileRegion } from "../device-interface.ts";

/** Where a weight's bytes are to be found, relative to the declared root folder. */
export interface Place {
  readonly location: string;
  readonly offset: number;
  readonly byteLength: number;
}

/**
 * The same model with its external initializers at the given places.
 *
 * @param place called for each external initializer
 */
export function placeWeights(onnx: Uint8Array, place: (declared: DeclaredWeight) => Place): Uint8Array {
  return replaceFields(onnx, 7, (graph) => replaceFields(graph, 5, (tensor) => placeTensor(tensor, place)));
}

function placeTensor(tensor: Uint8Array, place: (declared: DeclaredWeight) => Place): Uint8Array {
  const { declared, rest } = readInitializer(tensor);
  if (rest === undefined) return tensor;
  const { location, offset, byteLength: length } = place(declared);
  const writer = protobuf.Writer.create();
  for (const [key, value] of Object.entries({ location, offset, length })) {
    writer.uint32(tag(13, LENGTH_DELIMITED)).fork();
    writer.uint32(tag(1, LENGTH_DELIMITED)).string(key);
    writer.uint32(tag(2, LENGTH_DELIMITED)).string(String(value));
    writer.ldelim();
  }
  return joined([rest, writer.finish()]);
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
