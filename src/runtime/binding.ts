/** The tensors that a caller gives for a program's inputs and outputs, put in its order and checked against what it declares. */
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import type { DeviceTensor, Inputs, Outputs, TensorInfo } from "./device-interface.ts";

/** The tensors of a program's inputs, in its order. @param own a tensor as the device's own kind @throws BiogptError `runtime/binding` */
export function orderInputs<Own extends DeviceTensor>(
  given: Inputs,
  wanted: readonly TensorInfo[],
  own: (tensor: DeviceTensor) => Own,
): Own[] {
  refuseUnknown("input", given, wanted);
  return wanted.map((info) => {
    const tensor = given[info.name];
    if (tensor === undefined) throw bindingError(`The input ${info.name} has no tensor.`);
    checkFit("input", info, tensor);
    return own(tensor);
  });
}

/** The same of its outputs; undefined where none is given. */
export function orderOutputs<Own extends DeviceTensor>(
  given: Outputs,
  known: readonly TensorInfo[],
  own: (tensor: DeviceTensor) => Own,
): (Own | undefined)[] {
  refuseUnknown("output", given, known);
  return known.map((info) => {
    const tensor = given[info.name];
    if (tensor === undefined) return undefined;
    checkFit("output", info, tensor);
    return own(tensor);
  });
}

/** Outputs of a bound run, all of which must be given. */
export function orderAllOutputs<Own extends DeviceTensor>(
  given: Outputs,
  known: readonly TensorInfo[],
  own: (tensor: DeviceTensor) => Own,
): Own[] {
  return orderOutputs(given, known, own).map((tensor, i) => {
    if (tensor === undefined) throw bindingError(`The output ${known[i]!.name} has no tensor.`);
    return tensor;
  });
}

/** @throws BiogptError `runtime/binding` when type or sizes differ from what the graph declares */
function checkFit(role: string, info: TensorInfo, tensor: DeviceTensor): void {
  const fits =
    tensor.dtype === info.dtype &&
    tensor.shape.length === info.shape.length &&
    info.shape.every((size, axis) => typeof size === "string" || size === tensor.shape[axis]);
  if (fits) return;
  throw bindingError(
    `The ${role} ${info.name} is ${info.dtype} (${info.shape.join(", ")}), ` +
      `but the tensor given is ${tensor.dtype} (${tensor.shape.join(", ")}).`,
  );
}

function refuseUnknown(role: string, given: object, wanted: readonly TensorInfo[]): void {
  const names = wanted.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw bindingError(`The graph has no ${role} ${unknown}.${didYouMean(unknown, names)}`);
  }
}

function bindingError(what: string): BiogptError {
  return new BiogptError("runtime/binding", { what });
}
