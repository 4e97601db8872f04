/** What other folders and users take from runtime/: devices that compile and run a graph. */
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
  openDevice,
  type Program,
  type Spinning,
  type TensorInfo,
} from "./device.ts";
export { currentPlatform, LIBRARY_FILES, LIBRARY_VARIABLE, libraryPath, type Platform } from "./native/library-path.ts";
export { defaultThreads } from "./native/threads.ts";
