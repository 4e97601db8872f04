/**
 * Tensors as ONNX Runtime sees them: an OrtValue over memory of the processor (host-tensor.ts) or of a GPU
 * (webgpu-device.ts).
 */
import { internalError } from "../../base/errors.ts";
import type { DataType } from "../../graph/data-type.ts";
import { CountedTensor } from "../counted-tensor.ts";
import type { DeviceTensor, ElementArrays } from "../device-interface.ts";

export abstract class NativeTensor<Type extends DataType = DataType>
  extends CountedTensor<Type, bigint>
  implements DeviceTensor<Type>
{
  abstract readonly data: ElementArrays[Type];
  abstract read(): Promise<ElementArrays[Type]>;
  abstract write(data: ArrayLike<number> | ElementArrays[Type], elementOffset?: number): Promise<void>;
}

/** @throws BiogptError `internal` when the tensor was made by another kind of device */
export function nativeTensor(tensor: DeviceTensor): NativeTensor {
  if (tensor instanceof NativeTensor) return tensor;
  throw internalError("a tensor of another device was given");
}
