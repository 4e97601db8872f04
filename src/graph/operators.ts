/** All operators, for models and layers to import from one place. */
export { expand, maxOver, reshape, sumOver, sumToShape } from "./operators/broadcast.ts";
export * from "./operators/cached-attention.ts";
export * from "./operators/elementwise.ts";
export * from "./operators/matrix.ts";
export * from "./operators/normalization.ts";
export * from "./operators/quantized.ts";
export * from "./operators/shape.ts";
export * from "./operators/softmax.ts";
