/**
 * Writes a graph as an ONNX model (onnx.proto3), the bytes that ONNX Runtime compiles.
 *
 * Field numbers are those of onnx.proto3. Weights are declared as initializers with external data: their bytes are
 * handed over when the model is compiled, under the tensor's name. Nodes that no output needs are left out.
 */
import protobuf from "protobufjs/minimal.js";
import { DATA_TYPES } from "./data-type.ts";
import {
  type Attribute,
  type Branch,
  type Graph,
  type GraphNode,
  readBy,
  type Shape,
  shapeError,
  type Tensor,
} from "./graph.ts";

/** Operator set of the standard operators; 21 brought 4-bit types and block-wise dequantization. */
export const OPERATOR_SET = 21;
/** IR version 10 goes with operator set 21. */
const IR_VERSION = 10;

/** Location that marks a weight as "given at compile time"; the runtime replaces it before it is ever opened. */
export const EXTERNAL_LOCATION = "given-when-compiled";

type Writer = protobuf.Writer;
const LENGTH_DELIMITED = 2;
const VARINT = 0;
const FIXED32 = 5;
const tag = (field: number, wire: number): number => (field << 3) | wire;

export function toOnnx(graph: Graph, name = "biogpt"): Uint8Array {
  if (graph.outputs.length === 0) throw shapeError("graph", "it has no outputs");
  const nodes = graph.liveNodes();
  const used = new Set<Tensor>(graph.outputs.map(({ tensor }) => tensor));
  for (const node of nodes) for (const tensor of readBy(node)) used.add(tensor);
  // A computed value takes the name of its output, so that it can be written in place; anything else is copied by Identity.
  const names = new Map<Tensor, string>();
  const copied: { readonly name: string; readonly tensor: Tensor }[] = [];
  for (const output of graph.outputs) {
    if (graph.producer(output.tensor) !== undefined && !names.has(output.tensor)) names.set(output.tensor, output.name);
    else copied.push(output);
  }
  const nameOf = (tensor: Tensor): string => names.get(tensor) ?? tensor.name;

  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, VARINT)).int64(IR_VERSION);
  writer.uint32(tag(2, LENGTH_DELIMITED)).string("biogpt");
  message(writer, 7, (graphWriter) => {
    for (const node of nodes) message(graphWriter, 1, (inner) => writeNode(inner, node, nameOf));
    for (const { name: outputName, tensor } of copied) {
      message(graphWriter, 1, (inner) => writeIdentity(inner, nameOf(tensor), outputName));
    }
    graphWriter.uint32(tag(2, LENGTH_DELIMITED)).string(name);
    for (const { tensor, bytes } of graph.constants) {
      if (used.has(tensor))
        message(graphWriter, 5, (inner) =>
          writeTensor(inner, tensor, (w) => w.uint32(tag(9, LENGTH_DELIMITED)).bytes(bytes)),
        );
    }
    for (const tensor of graph.weights) {
      if (!used.has(tensor)) continue;
      message(graphWriter, 5, (inner) =>
        writeTensor(inner, tensor, (w) => {
          message(w, 13, (entry) => {
            entry.uint32(tag(1, LENGTH_DELIMITED)).string("location");
            entry.uint32(tag(2, LENGTH_DELIMITED)).string(EXTERNAL_LOCATION);
          });
          w.uint32(tag(14, VARINT)).int32(1); // data_location EXTERNAL
        }),
      );
    }
    for (const tensor of graph.inputs)
      if (used.has(tensor)) message(graphWriter, 11, (inner) => writeValueInfo(inner, tensor.name, tensor));
    for (const { name: outputName, tensor } of graph.outputs)
      message(graphWriter, 12, (inner) => writeValueInfo(inner, outputName, tensor));
  });
  writeOperatorSet(writer, "", OPERATOR_SET);
  if (nodes.some(usesMicrosoftOperators)) writeOperatorSet(writer, "com.microsoft", 1);
  return writer.finish();
}

function message(writer: Writer, field: number, write: (inner: Writer) => void): void {
  writer.uint32(tag(field, LENGTH_DELIMITED)).fork();
  write(writer);
  writer.ldelim();
}

function writeOperatorSet(writer: Writer, domain: string, version: number): void {
  message(writer, 8, (inner) => {
    inner.uint32(tag(1, LENGTH_DELIMITED)).string(domain);
    inner.uint32(tag(2, VARINT)).int64(version);
  });
}

function usesMicrosoftOperators({ domain, branches }: GraphNode): boolean {
  return domain === "com.microsoft" || Object.values(branches).some(({ nodes }) => nodes.some(usesMicrosoftOperators));
}

function writeIdentity(writer: Writer, from: string, to: string): void {
  writer.uint32(tag(1, LENGTH_DELIMITED)).string(from);
  writer.uint32(tag(2, LENGTH_DELIMITED)).string(to);
  writer.uint32(tag(3, LENGTH_DELIMITED)).string(`output:${to}`);
  writer.uint32(tag(4, LENGTH_DELIMITED)).string("Identity");
}

/** A branch as a graph of its own: its outputs are values that it computes, so what it only hands on is copied. */
function writeBranch(
  writer: Writer,
  { nodes, outputs }: Branch,
  name: string,
  nameOf: (tensor: Tensor) => string,
): void {
  const computed = new Set(nodes.flatMap((node) => node.outputs));
  const outputNames = outputs.map((tensor, i) => (computed.has(tensor) ? nameOf(tensor) : `${name}:${i}`));
  for (const node of nodes) message(writer, 1, (inner) => writeNode(inner, node, nameOf));
  for (const [i, tensor] of outputs.entries())
    if (!computed.has(tensor)) message(writer, 1, (inner) => writeIdentity(inner, nameOf(tensor), outputNames[i]!));
  writer.uint32(tag(2, LENGTH_DELIMITED)).string(name);
  for (const [i, tensor] of outputs.entries())
    message(writer, 12, (inner) => writeValueInfo(inner, outputNames[i]!, tensor));
}

function writeNode(writer: Writer, node: GraphNode, nameOf: (tensor: Tensor) => string): void {
  for (const input of node.inputs)
    writer.uint32(tag(1, LENGTH_DELIMITED)).string(input === undefined ? "" : nameOf(input));
  for (const output of node.outputs) writer.uint32(tag(2, LENGTH_DELIMITED)).string(nameOf(output));
  writer.uint32(tag(3, LENGTH_DELIMITED)).string(node.outputs[0]!.name);
  writer.uint32(tag(4, LENGTH_DELIMITED)).string(node.operator);
  for (const [name, value] of Object.entries(node.attributes))
    message(writer, 5, (inner) => writeAttribute(inner, name, value));
  for (const [name, branch] of Object.entries(node.branches)) {
    message(writer, 5, (inner) => {
      inner.uint32(tag(1, LENGTH_DELIMITED)).string(name);
      message(inner, 6, (graph) => writeBranch(graph, branch, `${node.outputs[0]!.name}:${name}`, nameOf));
      inner.uint32(tag(20, VARINT)).int32(5); // GRAPH
    });
  }
  if (node.domain !== "") writer.uint32(tag(7, LENGTH_DELIMITED)).string(node.domain);
}

/** Whole numbers are written as INT, others as FLOAT; say `{ float: 1 }` for a whole FLOAT. */
function writeAttribute(writer: Writer, name: string, value: Attribute): void {
  writer.uint32(tag(1, LENGTH_DELIMITED)).string(name);
  const type = (number: number): Writer => writer.uint32(tag(20, VARINT)).int32(number);
  if (typeof value === "string") {
    writer.uint32(tag(4, LENGTH_DELIMITED)).string(value);
    type(3);
  } else if (typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value))) {
    writer.uint32(tag(3, VARINT)).int64(Number(value));
    type(2);
  } else if (typeof value === "number" || "float" in value) {
    writer.uint32(tag(2, FIXED32)).float(typeof value === "number" ? value : value.float);
    type(1);
  } else if ("integer" in value) {
    writer.uint32(tag(3, VARINT)).int64(value.integer);
    type(2);
  } else {
    for (const item of "integers" in value ? value.integers : value) writer.uint32(tag(8, VARINT)).int64(item);
    type(7);
  }
}

function writeTensor(writer: Writer, tensor: Tensor, writeData: (writer: Writer) => void): void {
  for (const size of tensor.shape) writer.uint32(tag(1, VARINT)).int64(size as number);
  writer.uint32(tag(2, VARINT)).int32(DATA_TYPES[tensor.dtype].onnx);
  writer.uint32(tag(8, LENGTH_DELIMITED)).string(tensor.name);
  writeData(writer);
}

function writeValueInfo(
  writer: Writer,
  name: string,
  { dtype, shape }: { dtype: Tensor["dtype"]; shape: Shape },
): void {
  writer.uint32(tag(1, LENGTH_DELIMITED)).string(name);
  message(writer, 2, (type) =>
    message(type, 1, (tensorType) => {
      tensorType.uint32(tag(1, VARINT)).int32(DATA_TYPES[dtype].onnx);
      message(tensorType, 2, (shapeWriter) => {
        for (const size of shape) {
          message(shapeWriter, 1, (dimension) => {
            if (typeof size === "number") dimension.uint32(tag(1, VARINT)).int64(size);
            else dimension.uint32(tag(2, LENGTH_DELIMITED)).string(size);
          });
        }
      });
    }),
  );
}
