/** What other folders and users take from checkpoints/. */

export { type AtomicFile, createAtomicFile, writeFileAtomically } from "../files/atomic-file.ts";
export {
  type Adapter,
  type AdapterConfig,
  type AdapterLayer,
  type AdapterToWrite,
  readAdapter,
  readAdapterConfig,
  writeAdapter,
} from "./adapter.ts";
export { type BlobLike, type ByteSource, blobSource, bytesSource } from "./byte-source.ts";
export type { Checkpoint, CheckpointFormat, TensorDataType, TensorEntry } from "./checkpoint.ts";
export { contiguousStrides, ELEMENT_BYTES, entryElements } from "./checkpoint.ts";
export { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from "./half.ts";
export { openCheckpoint, openCheckpointFiles, weightFileName } from "./open-checkpoint.ts";
export { PACKED_BLOCK, PACKED_FORMAT, packed, scalesName } from "./packed.ts";
export {
  checkFinite,
  findNonFinite,
  type NonFinite,
  readFloat32,
  readTensor,
  type TensorValues,
} from "./read-tensor.ts";
export { type TensorToWrite, type WriteOptions, writeSafetensors } from "./write-safetensors.ts";
