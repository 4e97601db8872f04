/** Devices: what they are (device-interface.ts), and how one is opened. What computes is loaded only then. */
import type { Device, DeviceName, DeviceOptions } from "./device-interface.ts";

export {
  type BoundRun,
  CAPABILITIES,
  type CompileOptions,
  type Device,
  type DeviceCapabilities,
  type DeviceName,
  type DeviceOptions,
  type DeviceTensor,
  type ElementArrays,
  type ExternalWeight,
  type FileRegion,
  type Inputs,
  type OperatorProfile,
  type Outputs,
  type Program,
  type Spinning,
  type TensorInfo,
} from "./device-interface.ts";

/**
 * @throws BiogptError `runtime/library-missing`, `runtime/library-too-old`, `runtime/unsupported-platform`,
 *   `runtime/no-device` when there is no such device on this machine
 */
export async function openDevice(name: DeviceName, options: DeviceOptions = {}): Promise<Device<DeviceName>> {
  const { openNativeDevice } = await import("./native/native-device.ts");
  return openNativeDevice(name, options);
}
