/**
 * What the graphs of training share: parameters as inputs by name, attention over whole sequences, dropout from masks.
 *
 * Weights are inputs, not initializers: they change, and an initializer may be copied and reordered when the graph is
 * compiled.
 */
import { Graph, type Tensor } from "../../graph/graph.ts";
import { dropoutFactor, mul } from "../../graph/operators.ts";
import { denseLinear, frozenLinear, type LinearLayer } from "../../layers/linear.ts";
import { sequenceAttention } from "../../layers/sequence-attention.ts";
import { keptShare } from "./dropout-masks.ts";
import type { BatchInput, ParameterInfo, TrainingRun } from "./trainable-model.ts";

export interface BatchShape {
  /** Sequences B. */
  readonly batch: number;
  /** Tokens T of each. */
  readonly length: number;
}

/** Probabilities in [0, 1). */
export interface Dropout {
  readonly embedding: number;
  readonly attention: number;
  readonly residual: number;
}

export const NO_DROPOUT: Dropout = { embedding: 0, attention: 0, residual: 0 };

/** What the graph must know of where it runs. */
export interface DeviceTraits {
  /** Frozen weights of linear maps that are kept in 8 bits. */
  readonly isPacked: (name: string) => boolean;
  /** Only operators that every device has. */
  readonly portable: boolean;
}

/** One place where a graph wants a mask. */
export interface MaskInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly probability: number;
}

export interface TrainingGraph {
  readonly graph: Graph;
  readonly run: TrainingRun;
  /** Names of the parameters used so far. */
  readonly used: ReadonlyMap<string, Tensor>;
  /** Masks used so far, in the order in which the forward pass meets them. */
  readonly masks: readonly MaskInput[];
  /** Where `run.drop` stands from now on. */
  dropAt(site: "embedding" | "residual"): void;
}

/**
 * @param rename  a parameter's name in the graph, the same for every layer where one program serves all of them
 */
export function trainingGraph(
  parameters: ReadonlyMap<string, ParameterInfo>,
  { batch, length }: BatchShape,
  dropout: Dropout,
  { isPacked, portable }: DeviceTraits,
  rename: (name: string) => string = (name) => name,
  inputs: readonly BatchInput[] = [],
): TrainingGraph {
  const graph = new Graph();
  const used = new Map<string, Tensor>();
  const masks: MaskInput[] = [];
  let site: "embedding" | "residual" = "embedding";
  const factor = (shape: readonly number[], probability: number): Tensor => {
    const mask = { name: `mask.${masks.length}`, shape, probability };
    masks.push(mask);
    return dropoutFactor(graph.input(mask.name, "uint8", shape), keptShare(probability));
  };
  const weight = (name: string): Tensor => {
    const known = used.get(name);
    if (known !== undefined) return known;
    const tensor = graph.input(rename(name), "float32", parameters.get(name)!.shape);
    used.set(name, tensor);
    return tensor;
  };
  const biasOf = (name: string): Tensor | undefined =>
    parameters.has(`${name}.bias`) ? weight(`${name}.bias`) : undefined;
  const packedMap = (name: string, bias: Tensor | undefined): LinearLayer => {
    const [M, K] = parameters.get(name)!.shape as [number, number];
    const codes = (suffix: string): Tensor => graph.input(rename(name) + suffix, "int8", [M, K]);
    return frozenLinear(codes(""), codes(".again"), graph.input(`${rename(name)}.scales`, "float32", [M]), bias);
  };
  const declared = new Map<string, Tensor>();
  const input = (name: string): Tensor => {
    const known = declared.get(name);
    if (known !== undefined) return known;
    const { dtype, shape } = inputs.find((one) => one.name === name)!;
    const tensor = graph.input(name, dtype, shape);
    declared.set(name, tensor);
    return tensor;
  };
  const run: TrainingRun = {
    shape: { batch, length },
    input,
    weight,
    map: (name) =>
      isPacked(`${name}.weight`)
        ? packedMap(`${name}.weight`, biasOf(name))
        : denseLinear(weight(`${name}.weight`), biasOf(name)),
    attend: (query, key, value, heads) =>
      sequenceAttention(
        query,
        key,
        value,
        { batch, length, heads },
        {
          portable,
          ...(dropout.attention === 0 ? {} : { dropFactor: (shape) => factor(shape, dropout.attention) }),
        },
      ),
    drop: (x) => (dropout[site] === 0 ? x : mul(x, factor(x.shape as number[], dropout[site]))),
  };
  return {
    graph,
    run,
    used,
    masks,
    dropAt(next) {
      site = next;
    },
  };
}
