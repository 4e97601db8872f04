/** What other folders and users take from checkpoints/. */
export type { Checkpoint, CheckpointFormat, TensorDataType, TensorEntry } from "./checkpoint.ts";
export { ELEMENT_BYTES, entryElements } from "./checkpoint.ts";
