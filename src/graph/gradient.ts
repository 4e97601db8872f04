/**
 * Reverse-mode differentiation: the gradients of a scalar are more nodes of the same graph.
 *
 * Walks the nodes from last to first and calls each node's own rule, so a rule is written beside its operator.
 * Only nodes between the wanted tensors and the scalar are visited; what a rule writes for anything else is dead and is
 * left out when the graph is written.
 */
import { describe, type Graph, type GraphNode, sameShape, shapeError, type Tensor } from "./graph.ts";
import { add } from "./operators/elementwise.ts";

/**
 * Gradients of `loss` with respect to `wanted`, in the same order.
 *
 * @param loss   a tensor with one value, or any tensor when `seed` is given
 * @param seed   gradient that flows into `loss`; default 1
 * @throws BiogptError `graph/no-gradient` (internal) when an operator on the way has no rule, or nothing flows to a wanted tensor
 */
export function gradients(loss: Tensor, wanted: readonly Tensor[], seed?: Tensor): Tensor[] {
  return gradientsOfMany([{ tensor: loss, seed: seed ?? onesLike(loss) }], wanted);
}

/**
 * The same from several tensors at once: the seeds are the gradients that flow into each.
 *
 * @param pending  gradients to add to, by tensor: those of earlier batches. Products are added up inside of their own Gemm.
 */
export function gradientsOfMany(
  starts: readonly { readonly tensor: Tensor; readonly seed: Tensor }[],
  wanted: readonly Tensor[],
  pending: ReadonlyMap<Tensor, Tensor> = new Map(),
): Tensor[] {
  const graph: Graph | undefined = starts[0]?.tensor.graph;
  if (graph === undefined) throw shapeError("gradients", "nothing to differentiate");
  const nodes = graph.nodes.slice(); // rules append to graph.nodes while we walk
  const reaches = reachableFrom(nodes, wanted);
  const flowing = new Map<Tensor, Tensor>(pending);
  for (const { tensor, seed } of starts) accumulate(flowing, tensor, seed);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!reaches.has(node) || !node.outputs.some((output) => flowing.has(output))) continue;
    if (node.gradient === undefined) throw shapeError("gradients", `${node.operator} has no gradient`);
    const inputGradients = node.gradient(node.outputs.map((output) => flowing.get(output)));
    for (const [index, input] of (node.gradientInputs ?? node.inputs).entries()) {
      const gradient = inputGradients[index];
      if (input !== undefined && gradient !== undefined) accumulate(flowing, input, gradient);
    }
  }
  return wanted.map((tensor) => {
    const gradient = flowing.get(tensor);
    if (gradient === undefined) throw shapeError("gradients", `nothing flows to ${tensor.name}`);
    return gradient;
  });
}

function onesLike(loss: Tensor): Tensor {
  if (loss.shape.some((size) => size !== 1)) {
    throw shapeError("gradients", `${loss.name} has the shape ${describe(loss.shape)}, so a seed must be given`);
  }
  return loss.graph.constant(loss.dtype, loss.shape as number[], [1]);
}

function accumulate(flowing: Map<Tensor, Tensor>, tensor: Tensor, gradient: Tensor): void {
  if (!sameShape(tensor.shape, gradient.shape)) {
    throw shapeError(
      "gradients",
      `${tensor.name} ${describe(tensor.shape)} got a gradient of ${describe(gradient.shape)}`,
    );
  }
  const known = flowing.get(tensor);
  flowing.set(tensor, known === undefined ? gradient : (addedInProduct(known, gradient) ?? add(known, gradient)));
}

/** `known + gradient` where the gradient is a matrix product without a summand: the product once more, with that summand. */
function addedInProduct(known: Tensor, gradient: Tensor): Tensor | undefined {
  const product = gradient.graph.producer(gradient);
  if (product?.operator !== "Gemm" || product.inputs.length > 2) return undefined;
  return gradient.graph.node("Gemm", [...product.inputs, known], {
    outputs: [gradient],
    attributes: product.attributes,
  })[0];
}

function reachableFrom(nodes: readonly GraphNode[], wanted: readonly Tensor[]): Set<GraphNode> {
  const tensors = new Set<Tensor>(wanted);
  const reached = new Set<GraphNode>();
  for (const node of nodes) {
    if (!node.inputs.some((input) => input !== undefined && tensors.has(input))) continue;
    reached.add(node);
    for (const output of node.outputs) tensors.add(output);
  }
  return reached;
}
