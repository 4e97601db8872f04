/** What other folders and users take from graph/: typed tensor graphs, their operators, gradients and ONNX bytes. */
export { byteLength, DATA_TYPES, type DataType, elementCount } from "./data-type.ts";
export { gradients, gradientsOfMany } from "./gradient.ts";
export {
  type Attribute,
  type Constant,
  type Dimension,
  type GradientRule,
  Graph,
  type GraphNode,
  type NodeOptions,
  type Shape,
  type Tensor,
} from "./graph.ts";
export { EXTERNAL_LOCATION, OPERATOR_SET, toOnnx } from "./onnx.ts";
export * from "./operators.ts";
