/** Weights declared in a graph as a forward pass asks for them, by a family's table of tensors. */
import type { Graph, Tensor } from "../graph/graph.ts";
import { asFloat32, declareLinear, type LinearLayer } from "../layers/linear.ts";
import type { TensorSpec, WeightStorage } from "./family.ts";

export interface StoredWeights {
  /** A table, norm or bias in float32. */
  dense(name: string): Tensor;
  /** The layer over `{name}.weight`, and `{name}.bias` where the table has it. */
  map(name: string): LinearLayer;
}

/** @param prefix stands before the names of the table that are asked for: `protein.` of a model that is made of several */
export function storedWeights(
  graph: Graph,
  specs: readonly TensorSpec[],
  storage: WeightStorage,
  prefix = "",
): StoredWeights {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const dense = (name: string): Tensor => {
    const full = prefix + name;
    return asFloat32(graph.weight(full, storage.dense(full), byName.get(full)!.shape));
  };
  return {
    dense,
    map(name) {
      const [weight, bias] = [`${prefix}${name}.weight`, `${name}.bias`];
      const { shape, kind } = byName.get(weight)!;
      const format =
        kind === "linear" ? storage.linear(weight) : ({ kind: "dense", dtype: storage.dense(weight) } as const);
      return declareLinear(
        graph,
        weight,
        shape as [number, number],
        format,
        byName.has(prefix + bias) ? dense(bias) : undefined,
      );
    },
  };
}
