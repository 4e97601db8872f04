/**
 * Models in a browser: what runs them from Blobs, in a worker or in the page itself, with ONNX Runtime's WebAssembly module (onnxruntime-web, which
 * the page brings). Knows no Node; docs/guides/browser.md shows a page.
 */

export {
  type OrtModuleFactory,
  openWasmDevice,
  type WasmDeviceOptions,
  type WebDevice,
} from "../runtime/web/wasm-device.ts";
export {
  type FetchFilesOptions,
  type FileToFetch,
  fetchModelFiles,
  type KeptResponses,
} from "./cached-files.ts";
export { loadWebModel, loadWebReader, type WebModelOptions } from "./load-model.ts";
export type { ModelBlob, ModelFiles } from "./model-files.ts";
export type { MessageEnd } from "./remote-calls.ts";
export {
  type GrownText,
  type ModelPlace,
  type OpenedInWorker,
  type ReadInWorker,
  type ReadRequest,
  serveModels,
  type WorkerOptions,
} from "./worker.ts";
export { type CallOptions, WorkerModels, type WorkerReader, type WorkerWriter } from "./worker-models.ts";
