/**
 * The GIN over stored weights, as an encoder of prompts: a molecule in, a projected row for each atom out.
 *
 * Inputs    atomTypes and chiralities (N) int64 · neighbours (N, N) · bondTypes (N, types) · bondDirections (N, directions)
 * Outputs   features (N, C) of the language model's width
 */
import { Graph, type Tensor } from "../../graph/graph.ts";
import type { LinearLayer } from "../../layers/linear.ts";
import type { MolecularGraph } from "../../molecules/molecular-graph.ts";
import type { DeviceTensor } from "../../runtime/device.ts";
import type { CompiledEncoder } from "../prompt-encoder.ts";
import { storedWeights } from "../stored-weights.ts";
import type { WeightStorage } from "../weight-storage.ts";
import { graphMatrices } from "./graph-matrices.ts";
import { atomVectors, type GraphTensors } from "./model.ts";
import { type GinConfig, ginTensors } from "./tensor-names.ts";

export interface GinGraphOptions {
  readonly storage: WeightStorage;
  /** Stands before the names of the tensors. Default: nothing. */
  readonly prefix?: string;
  /** From an atom's vector to a row of a prompt; default: the vector itself. */
  readonly project?: (graph: Graph) => LinearLayer;
}

export function buildGinGraph(config: GinConfig, { storage, prefix = "", project }: GinGraphOptions): Graph {
  const graph = new Graph();
  const specs = ginTensors(config).map((spec) => ({ ...spec, name: prefix + spec.name }));
  const vectors = atomVectors(config, declareGraphTensors(graph, config), storedWeights(graph, specs, storage, prefix));
  graph.output("features", project === undefined ? vectors : project(graph)(vectors));
  return graph;
}

function declareGraphTensors(graph: Graph, { bondTypes, bondDirections }: GinConfig): GraphTensors {
  const input = (name: string, columns: number | string): Tensor => graph.input(name, "float32", ["atoms", columns]);
  return {
    atomTypes: graph.input("atomTypes", "int64", ["atoms"]),
    chiralities: graph.input("chiralities", "int64", ["atoms"]),
    neighbours: input("neighbours", "atoms"),
    bondTypes: input("bondTypes", bondTypes),
    bondDirections: input("bondDirections", bondDirections),
  };
}

/** @returns `features` (N, C) */
export async function runGin(
  config: GinConfig,
  { device, program }: CompiledEncoder,
  molecule: MolecularGraph,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const matrices = graphMatrices([molecule], config);
  const { rows: N } = matrices;
  const inputs: Record<string, DeviceTensor> = {};
  let outputs: Record<string, DeviceTensor> = {};
  const give = async (name: string, tensor: DeviceTensor, values: BigInt64Array | Float32Array): Promise<void> => {
    inputs[name] = tensor;
    await tensor.write(values as Float32Array<ArrayBuffer>);
  };
  try {
    await give("atomTypes", device.allocate("int64", [N]), matrices.atomTypes);
    await give("chiralities", device.allocate("int64", [N]), matrices.chiralities);
    await give("neighbours", device.allocate("float32", [N, N]), matrices.neighbours);
    await give("bondTypes", device.allocate("float32", [N, config.bondTypes]), matrices.bondTypes);
    await give("bondDirections", device.allocate("float32", [N, config.bondDirections]), matrices.bondDirections);
    outputs = await program.run(inputs, {}, signal);
    return (await outputs["features"]!.read()) as Float32Array;
  } finally {
    for (const tensor of [...Object.values(inputs), ...Object.values(outputs)]) tensor[Symbol.dispose]();
  }
}
