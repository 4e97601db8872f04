/** ONNX Runtime's WebAssembly module, as tests in Node load it. */
// @ts-expect-error onnxruntime-web says nothing of the types of its inner module
import factory from "onnxruntime-web/ort-wasm-simd-threaded.mjs";
import type { OrtModuleFactory } from "./ort-module.ts";

export const ortFactory: OrtModuleFactory = factory as OrtModuleFactory;
