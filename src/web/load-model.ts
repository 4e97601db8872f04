/**
 * Models from Blobs on a device that is open: the same graphs, tokenizers and tasks as in Node, by the same functions.
 *
 * Weights go from the Blob into the device's memory piece by piece, widened to float32 on the way; JavaScript never holds one whole.
 * Left out   quantised weights (runtime/web/wasm-device.ts), adapters, learned attachments
 */
import { BiogptError } from "../base/errors.ts";
import { cachedHeadWidth } from "../layers/cached-attention.ts";
import { HEAD, type WeightStorage } from "../models/family.ts";
import { bytesPerPosition } from "../models/key-value-cache.ts";
import { headOf, readClassifier } from "../pretrained/heads/classifier-checkpoint.ts";
import { encoderGraph, encoderOver } from "../pretrained/heads/encoder.ts";
import { compileGraph, contextLength, decoderOver, type RunnableCheckpoint } from "../pretrained/load/compile-graph.ts";
import { fitTokenizer } from "../pretrained/load/fit-tokenizer.ts";
import { graphType, readModelCheckpoint } from "../pretrained/load/model-checkpoint.ts";
import { modelHash } from "../pretrained/load/model-hash.ts";
import { weightStorage } from "../pretrained/load/precision.ts";
import { Model } from "../pretrained/model.ts";
import type { Device } from "../runtime/device-interface.ts";
import { expectReader, readerOver } from "../tasks/mention-relations/make-reader.ts";
import { pairTensors } from "../tasks/mention-relations/pair-scorer.ts";
import type { RelationReader } from "../tasks/mention-relations/relation-reader.ts";
import { parseTask } from "../tasks/task-json.ts";
import { checkpointOf, jsonOf, type ModelFiles, piecesOf, tokenizerFiles } from "./model-files.ts";

const WEIGHTS = "model.safetensors";
const PAIRS = "pairs.safetensors";

export interface WebModelOptions {
  /** Most tokens of a sequence. Default and maximum: the model's own. */
  readonly contextLength?: number | undefined;
  /** Sequences that can be decoded at once; their keys and values share the memory of one whole context. Default 2. */
  readonly slots?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A model that writes.
 *
 * @param name what results call it
 * @throws BiogptError `web/file-missing`, `models/…`, `checkpoints/…`, `tokenizers/…`, `runtime/…`
 */
export async function loadWebModel(
  name: string,
  files: ModelFiles,
  device: Device,
  { contextLength: asked, slots = 2, signal }: WebModelOptions = {},
): Promise<Model> {
  const checkpoint = await readModelCheckpoint(await checkpointOf(files, WEIGHTS), await jsonOf(files, "config.json"));
  const { family, config } = checkpoint;
  const maxLength = contextLength(config, asked);
  const fitted = await fitTokenizer(checkpoint, tokenizerFiles(files, name), { normalizePunctuation: true });
  const { tokenizer } = fitted;
  const graph = family.buildGenerator(config, storageOf(checkpoint, device));
  const program = await compileGraph(device, graph, checkpoint.entries, signal === undefined ? {} : { signal });
  const cache = family.cacheShape(config);
  const cacheMemory =
    maxLength * bytesPerPosition({ ...cache, headWidth: cachedHeadWidth(cache.headWidth) }, "float32");
  const decoder = decoderOver(checkpoint, { device, program }, { maxLength, slots, cacheMemory, name });
  return new Model({
    ...{ name, family, decoder, tokenizer, folder: undefined, precision: "fp32" },
    config: { ...config, maxPositions: maxLength },
    hash: await modelHash(checkpoint, "fp32", tokenizer?.hash),
    warnings: [...checkpoint.warnings, ...fitted.warnings],
    profile: () => program.profile(),
    dispose() {
      decoder[Symbol.dispose]();
      program[Symbol.dispose]();
    },
  });
}

/**
 * A model that reads: names and the relations between them.
 *
 * @throws BiogptError `tasks/no-pairs`, and as `loadWebModel`
 */
export async function loadWebReader(
  name: string,
  files: ModelFiles,
  device: Device,
  { signal }: Pick<WebModelOptions, "signal"> = {},
): Promise<RelationReader> {
  const json = await jsonOf(files, "config.json");
  const model = await readClassifier(await checkpointOf(files, WEIGHTS), json, { path: name, folder: name });
  const task = parseTask(await jsonOf(files, "task.json"), "task.json");
  expectReader(model, task, name);
  const pairs = await pairTensors((await checkpointOf(files, PAIRS)).tensors);
  const { tokenizer } = await fitTokenizer({ ...model, learnedTokens: 0 }, tokenizerFiles(files, name), {
    normalizePunctuation: true,
  });
  if (tokenizer === undefined) {
    throw new BiogptError("tokenizers/not-found", {
      what: `${name} has no tokenizer.`,
      fix: "Give all files of the model's folder.",
    });
  }
  const graph = encoderGraph(model, storageOf(model, device), { layers: [model.config.layers], head: headOf(model) });
  const program = await compileGraph(device, graph, model.entries, signal === undefined ? {} : { signal });
  const encoder = encoderOver(model, { device, program });
  const weights = [WEIGHTS, PAIRS].map((file) => piecesOf(files, file));
  const parts = { name, model, task, tokenizer, pairs, precision: "fp32", files: weights } as const;
  return readerOver(parts, { encoder, device }, () => encoder[Symbol.dispose]());
}

function storageOf(
  { entries }: Pick<RunnableCheckpoint, "entries">,
  { capabilities }: Pick<Device, "capabilities">,
): WeightStorage {
  return weightStorage("fp32", (name) => graphType(entries.get(name)!), {
    sharesHead: !entries.has(HEAD),
    device: capabilities,
  });
}
