/**
 * Typed tensor graphs: what is computed, with shapes checked while the graph is written. Runs nothing.
 *
 * A graph is a list of nodes in an order in which they can run, so writing ONNX (`onnx.ts`) and differentiating
 * (`gradient.ts`) are single passes over it. Operators live in `operators/`; this file knows none of them.
 *
 * Left out: loops, sequences and optional values, which no model here needs.
 */
import { BiogptError } from "../base/errors.ts";
import { byteLength, type DataType, elementCount } from "./data-type.ts";

/** A size: a number, or a name such as "batch" whose value comes with each run. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

/** Given the gradients of a node's outputs (undefined: none flows), the gradients of its inputs, in order. */
export type GradientRule = (outputGradients: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];

export type Attribute =
  | number
  | bigint
  | string
  | readonly number[]
  | { readonly integer: number }
  | { readonly integers: readonly number[] }
  | { readonly float: number };

/** A value of a graph. Tensors are compared by identity. */
export interface Tensor {
  readonly graph: Graph;
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: Shape;
}

/** Nodes that run only where their condition holds. They read values of the graph around them, which does not read theirs. */
export interface Branch {
  readonly nodes: readonly GraphNode[];
  /** What the whole choice gives, from either branch. */
  readonly outputs: readonly Tensor[];
}

export interface GraphNode {
  readonly operator: string;
  /** Empty for the standard operators, "com.microsoft" for ONNX Runtime's own. */
  readonly domain: string;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Of a choice, by the names of its attributes. */
  readonly branches: Readonly<Record<string, Branch>>;
  readonly gradient: GradientRule | undefined;
  /** What `gradient` gives gradients of, where that is not `inputs`: the last node of several with one rule for all. */
  readonly gradientInputs: readonly Tensor[] | undefined;
}

/** Values written into the graph itself: scalars, index lists, masks. Weights do not belong here. */
export interface Constant {
  readonly tensor: Tensor;
  /** Dense little-endian bytes. */
  readonly bytes: Uint8Array;
}

export interface NodeOptions {
  readonly outputs: readonly { readonly dtype: DataType; readonly shape: Shape }[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly branches?: Readonly<Record<string, Branch>>;
  readonly domain?: string;
  readonly gradient?: GradientRule;
  readonly gradientInputs?: readonly Tensor[];
}

export class Graph {
  readonly inputs: Tensor[] = [];
  /** Values given by reference when the graph is compiled: checkpoint bytes. */
  readonly weights: Tensor[] = [];
  readonly constants: Constant[] = [];
  readonly nodes: GraphNode[] = [];
  readonly outputs: { readonly name: string; readonly tensor: Tensor }[] = [];

  readonly #names = new Set<string>();
  readonly #producers = new Map<Tensor, GraphNode>();
  readonly #constantsByContent = new Map<string, Tensor>();
  #counter = 0;
  /** Where nodes are appended: `nodes`, or those of the branch that is being written. */
  #appended: GraphNode[] = this.nodes;

  /** A value that comes with each run. */
  input(name: string, dtype: DataType, shape: Shape): Tensor {
    const tensor = this.#tensor(name, dtype, shape);
    this.inputs.push(tensor);
    return tensor;
  }

  /** A value fixed when the graph is compiled, held outside of it. Asking again for a name gives the same tensor. */
  weight(name: string, dtype: DataType, shape: readonly number[]): Tensor {
    const known = this.weights.find((tensor) => tensor.name === name);
    if (known !== undefined) {
      if (known.dtype === dtype && sameShape(known.shape, shape)) return known;
      throw shapeError(
        "weight",
        `${name} is asked for as ${describe(shape)} ${dtype}, but it is ${describe(known.shape)} ${known.dtype}`,
      );
    }
    const tensor = this.#tensor(name, dtype, shape);
    this.weights.push(tensor);
    return tensor;
  }

  /** A small value written into the graph. Equal constants are stored once. */
  constant(dtype: DataType, shape: readonly number[], values: ArrayLike<number>): Tensor {
    if (values.length !== elementCount(shape)) {
      throw shapeError("constant", `${values.length} values do not fill ${describe(shape)}`);
    }
    const bytes = encodeConstant(dtype, values);
    const key = bytes.length <= 64 ? `${dtype}:${shape.join(",")}:${bytes.join(",")}` : undefined;
    const known = key === undefined ? undefined : this.#constantsByContent.get(key);
    if (known !== undefined) return known;
    const tensor = this.#tensor(this.#freshName("constant"), dtype, shape);
    this.constants.push({ tensor, bytes });
    if (key !== undefined) this.#constantsByContent.set(key, tensor);
    return tensor;
  }

  /** A scalar of the same type as `like`. */
  scalar(like: Tensor | DataType, value: number): Tensor {
    return this.constant(typeof like === "string" ? like : like.dtype, [], [value]);
  }

  /** Appends a node. Operators check shapes before they call this. */
  node(operator: string, inputs: readonly (Tensor | undefined)[], options: NodeOptions): Tensor[] {
    for (const input of inputs) {
      if (input !== undefined && input.graph !== this) {
        throw shapeError(operator, `the input ${input.name} belongs to another graph`);
      }
    }
    const outputs = options.outputs.map(({ dtype, shape }) => this.#tensor(this.#freshName(operator), dtype, shape));
    const node: GraphNode = {
      operator,
      domain: options.domain ?? "",
      inputs,
      outputs,
      attributes: options.attributes ?? {},
      branches: options.branches ?? {},
      gradient: options.gradient,
      gradientInputs: options.gradientInputs,
    };
    this.#appended.push(node);
    for (const output of outputs) this.#producers.set(output, node);
    return outputs;
  }

  /**
   * Runs one of two parts of the graph (inference only: it has no gradient). The parts give the same types; shapes are said by the caller.
   *
   * @param condition  () bool
   * @param outputs    of the whole
   * @param then       writes what runs where the condition holds, and gives its outputs
   */
  choose(
    condition: Tensor,
    outputs: NodeOptions["outputs"],
    then: () => readonly Tensor[],
    otherwise: () => readonly Tensor[],
  ): Tensor[] {
    expectType("choose", condition, "bool");
    const branches = { then_branch: this.#branch(outputs, then), else_branch: this.#branch(outputs, otherwise) };
    return this.node("If", [condition], { outputs, branches });
  }

  #branch(outputs: NodeOptions["outputs"], write: () => readonly Tensor[]): Branch {
    const around = this.#appended;
    const nodes: GraphNode[] = [];
    this.#appended = nodes;
    try {
      const given = write();
      if (given.length !== outputs.length || given.some(({ dtype }, i) => dtype !== outputs[i]!.dtype))
        throw shapeError("choose", "both branches give the outputs that were said, in number and type");
      return { nodes, outputs: given };
    } finally {
      this.#appended = around;
    }
  }

  /** Names a value that each run gives back. */
  output(name: string, tensor: Tensor): void {
    if (tensor.graph !== this) throw shapeError("output", `${tensor.name} belongs to another graph`);
    if (this.outputs.some((output) => output.name === name) || this.#names.has(name)) {
      throw shapeError("output", `the name ${name} is taken`);
    }
    this.#names.add(name);
    this.outputs.push({ name, tensor });
  }

  producer(tensor: Tensor): GraphNode | undefined {
    return this.#producers.get(tensor);
  }

  /** The nodes that the outputs need, in running order: what nobody reads is left out. */
  liveNodes(): GraphNode[] {
    return liveAmong(
      this.nodes,
      this.outputs.map(({ tensor }) => tensor),
    );
  }

  #tensor(name: string, dtype: DataType, shape: Shape): Tensor {
    if (this.#names.has(name)) throw shapeError("graph", `the name ${name} is taken`);
    for (const size of shape) {
      if (typeof size === "number" && !(Number.isSafeInteger(size) && size >= 0)) {
        throw shapeError("graph", `${name} would have the shape ${describe(shape)}`);
      }
    }
    this.#names.add(name);
    return Object.freeze(new GraphTensor(this, name, dtype, shape));
  }

  #freshName(stem: string): string {
    return `${stem}_${this.#counter++}`;
  }
}

/** Those of `nodes` that the outputs need, in running order; what branches hold is thinned out likewise. */
function liveAmong(nodes: readonly GraphNode[], outputs: readonly Tensor[]): GraphNode[] {
  const wanted = new Set(outputs);
  const live: GraphNode[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    const branches = Object.fromEntries(
      Object.entries(node.branches).map(([name, branch]) => [
        name,
        { ...branch, nodes: liveAmong(branch.nodes, branch.outputs) },
      ]),
    );
    const kept = { ...node, branches };
    live.push(kept);
    for (const tensor of readBy(kept)) wanted.add(tensor);
  }
  return live.reverse();
}

/** What a node reads: its inputs, and all that its branches read or hand on. */
export function readBy(node: GraphNode): Tensor[] {
  const inner = Object.values(node.branches).flatMap(({ nodes, outputs }) => [...nodes.flatMap(readBy), ...outputs]);
  return [...node.inputs.filter((input) => input !== undefined), ...inner];
}

/** A class only so that printing a tensor does not print its whole graph. */
class GraphTensor implements Tensor {
  readonly #graph: Graph;
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: Shape;

  constructor(graph: Graph, name: string, dtype: DataType, shape: Shape) {
    this.#graph = graph;
    this.name = name;
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
  }

  get graph(): Graph {
    return this.#graph;
  }
}

// ---- shapes -------------------------------------------------------------------------------------------------------

/** `(16, time, 64)`. */
export function describe(shape: Shape): string {
  return `(${shape.join(", ")})`;
}

export function sameShape(left: Shape, right: Shape): boolean {
  return left.length === right.length && left.every((size, axis) => size === right[axis]);
}

export function shapeError(operator: string, what: string): BiogptError {
  return new BiogptError("graph/shape", { what: `${operator}: ${what}.` });
}

/** @throws BiogptError `graph/shape` naming the operator and both shapes */
export function expectShape(operator: string, tensor: Tensor, shape: Shape): void {
  if (!sameShape(tensor.shape, shape)) {
    throw shapeError(operator, `${tensor.name} has the shape ${describe(tensor.shape)}, wanted ${describe(shape)}`);
  }
}

export function expectType(operator: string, tensor: Tensor, ...types: readonly DataType[]): void {
  if (!types.includes(tensor.dtype)) {
    throw shapeError(operator, `${tensor.name} is ${tensor.dtype}, wanted ${types.join(" or ")}`);
  }
}

/** The axis counted from the front: -1 is the last. */
export function normalAxis(operator: string, tensor: Tensor, axis: number): number {
  const rank = tensor.shape.length;
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw shapeError(operator, `the axis ${axis} is outside of ${describe(tensor.shape)}`);
  }
  return normal;
}

/** Size of an axis; -1 is the last. */
export function sizeOf(tensor: Tensor, axis: number): Dimension {
  return tensor.shape[normalAxis("size", tensor, axis)]!;
}

/** Size of an axis that must be a number when the graph is written. */
export function fixedSize(operator: string, tensor: Tensor, axis: number): number {
  const size = sizeOf(tensor, axis);
  if (typeof size !== "number") {
    throw shapeError(operator, `axis ${axis} of ${describe(tensor.shape)} must be known when the graph is written`);
  }
  return size;
}

/** The shape of elementwise operations on both: sizes agree, or one of them is 1 (or absent at the front). */
export function broadcastShape(operator: string, left: Shape, right: Shape): Shape {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - (rank - left.length)] ?? 1;
    const b = right[axis - (rank - right.length)] ?? 1;
    if (a === b || b === 1) return a;
    if (a === 1) return b;
    throw shapeError(operator, `the shapes ${describe(left)} and ${describe(right)} do not fit together`);
  });
}

/** Product of sizes; names are joined with "*" in a fixed order, so equal products compare equal. */
export function productOf(sizes: readonly Dimension[]): Dimension {
  let factor = 1;
  const names: string[] = [];
  for (const size of sizes) {
    if (typeof size === "number") factor *= size;
    else names.push(...size.split("*"));
  }
  if (names.length === 0) return factor;
  const numbers = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const symbols = names.filter((name) => !/^\d+$/.test(name)).sort();
  const total = numbers.reduce((product, value) => product * value, factor);
  return total === 1 ? symbols.join("*") : [total, ...symbols].join("*");
}

function encodeConstant(dtype: DataType, values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(byteLength(dtype, [values.length]));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    switch (dtype) {
      case "float32":
        view.setFloat32(4 * i, value, true);
        break;
      case "float64":
        view.setFloat64(8 * i, value, true);
        break;
      case "int64":
        view.setBigInt64(8 * i, BigInt(value), true);
        break;
      case "int32":
        view.setInt32(4 * i, value, true);
        break;
      case "int8":
        view.setInt8(i, value);
        break;
      case "uint8":
      case "bool":
        view.setUint8(i, value);
        break;
      case "float16":
      case "bfloat16":
      case "int4":
      case "uint4":
        throw shapeError("constant", `constants of type ${dtype} are not written; cast a float32 one`);
      default:
        dtype satisfies never;
    }
  }
  return bytes;
}
