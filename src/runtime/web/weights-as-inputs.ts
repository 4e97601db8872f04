/**
 * A graph whose weights come in with each run, as tensors that stay where they are, in place of external initializers.
 *
 * WebAssembly has no files to map, and every other way to hand weights over copies them while a session is made: what the session then owns is the
 * second copy. An input is used where it lies. The price: nothing of a weight is computed while the graph is compiled.
 *
 * onnx.proto3: GraphProto.initializer = 5, input = 11; ValueInfoProto.name = 1, type = 2.
 */
import protobuf from "protobufjs/minimal.js";
import {
  type DeclaredWeight,
  joined,
  LENGTH_DELIMITED,
  readInitializer,
  replaceFields,
  tag,
} from "../declared-weights.ts";

export interface GraphOfInputs {
  readonly bytes: Uint8Array;
  /** In the order in which they stand behind the graph's own inputs. */
  readonly weights: readonly DeclaredWeight[];
}

export function weightsAsInputs(onnx: Uint8Array): GraphOfInputs {
  const weights: DeclaredWeight[] = [];
  const bytes = replaceFields(onnx, 7, (graph) => {
    const rest = replaceFields(graph, 5, (tensor) => {
      const { declared, rest: withoutPlace } = readInitializer(tensor);
      if (withoutPlace === undefined) return tensor;
      weights.push(declared);
      return undefined;
    });
    return joined([rest, ...weights.map(inputField)]);
  });
  return { bytes, weights };
}

function inputField({ name, dtype, shape }: DeclaredWeight): Uint8Array {
  const writer = protobuf.Writer.create();
  const message = (field: number, write: () => void): void => {
    writer.uint32(tag(field, LENGTH_DELIMITED)).fork();
    write();
    writer.ldelim();
  };
  message(11, () => {
    writer.uint32(tag(1, LENGTH_DELIMITED)).string(name);
    message(2, () =>
      message(1, () => {
        writer.uint32(tag(1, 0)).int32(dtype);
        message(2, () => {
          for (const size of shape) message(1, () => writer.uint32(tag(1, 0)).int64(size));
        });
      }),
    );
  });
  return writer.finish();
}
