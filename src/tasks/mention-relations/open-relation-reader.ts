/** The reader of relations in a model's folder. */
import { createReadStream } from "node:fs";
import { basename, join } from "node:path";
import { headOf } from "../../pretrained/heads/classifier-checkpoint.ts";
import { readClassifierFolder } from "../../pretrained/heads/classifier-folder.ts";
import { type OpenEncoderOptions, openEncoder } from "../../pretrained/heads/open-encoder.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { PAIRS_FILE } from "../../pretrained/save/run-model.ts";
import { READING_PRECISION } from "../entities/text-reader.ts";
import { taskOfFolder } from "../task-file.ts";
import { expectReader, readerOver } from "./make-reader.ts";
import { readPairs } from "./reader-folder.ts";
import type { RelationReader } from "./relation-reader.ts";

/**
 * @param options precision: default `READING_PRECISION`
 * @throws BiogptError `tasks/no-pairs`, `tasks/tag-classes`, `tasks/task-file`, `pretrained/…`, `models/…`
 */
export async function openRelationReader(folder: string, options: OpenEncoderOptions = {}): Promise<RelationReader> {
  const model = await readClassifierFolder(folder, { signal: options.signal });
  const task = taskOfFolder(model.folder);
  expectReader(model, task, folder);
  const pairs = await readPairs(model.folder);
  const tokenizer = await openTokenizerFolder(model.folder, { normalizePunctuation: true, signal: options.signal });
  const { precision = READING_PRECISION } = options;
  const outputs = { layers: [model.config.layers], head: headOf(model) };
  const opened = await openEncoder(model, outputs, { ...options, precision });
  try {
    const files = ["model.safetensors", PAIRS_FILE].map((name) => createReadStream(join(model.folder, name)));
    const of = { name: basename(model.folder), model, task, tokenizer, pairs, precision, files };
    return await readerOver(of, opened, () => opened[Symbol.dispose]());
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
}
