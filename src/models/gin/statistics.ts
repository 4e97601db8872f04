/**
 * Means and variances for the batch norms of a GIN with given weights: those of every layer over the atoms of a sample, each layer seeing what the
 * one before it gives when it is normalised by its own. What training begins with, in place of statistics gathered on the way.
 *
 * Shapes   N atoms of the sample · C width
 */
import { Graph, type Tensor } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { meanOver, mul, reciprocal, reshape, shift, sqrt, sub } from "../../graph/operators.ts";
import { denseLinear } from "../../layers/linear.ts";
import type { Device, DeviceTensor } from "../../runtime/device.ts";
import type { GraphMatrices } from "./graph-matrices.ts";
import { atomVectors, EPSILON } from "./model.ts";
import { type GinConfig, ginTensors } from "./tensor-names.ts";

/**
 * @param value first values of a tensor, by its name without a prefix
 * @returns values (C) of `blocks.{n}.norm.mean` and `.variance`
 */
export async function ginStatistics(
  device: Device,
  config: GinConfig,
  sample: GraphMatrices,
  value: (name: string) => Float32Array | Promise<Float32Array>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const { graph, used } = statisticsGraph(config, sample.rows);
  const program = await device.compile(toOnnx(graph));
  const shapes = new Map(ginTensors(config).map(({ name, shape }) => [name, shape]));
  const inputs: Record<string, DeviceTensor> = {};
  let outputs: Record<string, DeviceTensor> = {};
  const give = async (name: string, tensor: DeviceTensor, values: ArrayLike<number> | BigInt64Array): Promise<void> => {
    inputs[name] = tensor;
    await tensor.write(values as Float32Array<ArrayBuffer>);
  };
  try {
    const N = sample.rows;
    await give("atomTypes", device.allocate("int64", [N]), sample.atomTypes);
    await give("chiralities", device.allocate("int64", [N]), sample.chiralities);
    await give("neighbours", device.allocate("float32", [N, N]), sample.neighbours);
    await give("bondTypes", device.allocate("float32", [N, config.bondTypes]), sample.bondTypes);
    await give("bondDirections", device.allocate("float32", [N, config.bondDirections]), sample.bondDirections);
    for (const name of used) await give(name, device.allocate("float32", shapes.get(name)!), await value(name));
    outputs = await program.run(inputs);
    const values = new Map<string, Float32Array>();
    for (const [name, tensor] of Object.entries(outputs)) values.set(name, (await tensor.read()) as Float32Array);
    return values;
  } finally {
    for (const tensor of [...Object.values(inputs), ...Object.values(outputs)]) tensor[Symbol.dispose]();
    program[Symbol.dispose]();
  }
}

function statisticsGraph(config: GinConfig, N: number): { readonly graph: Graph; readonly used: readonly string[] } {
  const graph = new Graph();
  const shapes = new Map(ginTensors(config).map(({ name, shape }) => [name, shape]));
  const weights = new Map<string, Tensor>();
  const dense = (name: string): Tensor => {
    const tensor = weights.get(name) ?? graph.input(name, "float32", shapes.get(name)!);
    weights.set(name, tensor);
    return tensor;
  };
  const atoms = {
    atomTypes: graph.input("atomTypes", "int64", [N]),
    chiralities: graph.input("chiralities", "int64", [N]),
    neighbours: graph.input("neighbours", "float32", [N, N]),
    bondTypes: graph.input("bondTypes", "float32", [N, config.bondTypes]),
    bondDirections: graph.input("bondDirections", "float32", [N, config.bondDirections]),
  };
  atomVectors(config, atoms, {
    dense,
    map: (name) => denseLinear(dense(`${name}.weight`), dense(`${name}.bias`)),
    normalize(layer, x) {
      const mean = meanOver(x, [0], true);
      const apart = sub(x, mean);
      const variance = meanOver(mul(apart, apart), [0], true);
      graph.output(`blocks.${layer}.norm.mean`, reshape(mean, [config.width]));
      graph.output(`blocks.${layer}.norm.variance`, reshape(variance, [config.width]));
      return mul(apart, reciprocal(sqrt(shift(variance, EPSILON))));
    },
  });
  return { graph, used: [...weights.keys()] };
}
