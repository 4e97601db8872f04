/** A reader of relations of its parts, wherever they come from. Knows no file and no Node. */
import { BiogptError } from "../../base/errors.ts";
import type { SequenceEncoder } from "../../models/sequence-encoder.ts";
import type { ClassifierCheckpoint } from "../../pretrained/heads/classifier-checkpoint.ts";
import type { Precision } from "../../pretrained/load/precision.ts";
import type { Device } from "../../runtime/device-interface.ts";
import { Sha256 } from "../../tokenizers/sha256.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { DEFAULT_READING } from "../entities/entity-reading.ts";
import { typesOfClasses } from "../entities/labels.ts";
import type { ModelTask } from "../model-task.ts";
import { PairScorer, type PairTensor } from "./pair-scorer.ts";
import type { ReaderScheme } from "./reader-scheme.ts";
import { RelationReader } from "./relation-reader.ts";

export interface ReaderParts {
  readonly name: string;
  readonly model: ClassifierCheckpoint;
  readonly task: ModelTask;
  readonly tokenizer: Tokenizer;
  /** The scorer's weights, by name. */
  readonly pairs: ReadonlyMap<string, PairTensor>;
  readonly precision: Precision;
  /** The bytes of the model's weights and of the scorer's, by which it is named. */
  readonly files: Iterable<AsyncIterable<Uint8Array>>;
}

/** @throws BiogptError `tasks/no-pairs` for a model that reads no relations */
export function expectReader(
  { kind }: Pick<ClassifierCheckpoint, "kind">,
  { reader }: ModelTask,
  name: string,
): readonly ReaderScheme[] {
  if (kind === "tokens" && reader !== undefined) return reader;
  throw new BiogptError("tasks/no-pairs", {
    what: `${name} reads no relations between names.`,
    fix: "Use a model that `biogpt finetune relations` made.",
  });
}

/**
 * @param opened  gives the last layer's hidden states and the head's scores
 * @param dispose called when the reader is disposed
 * @throws BiogptError `tasks/no-pairs`, `tasks/tag-classes`, `runtime/…`
 */
export async function readerOver(
  { name, model, task, tokenizer, pairs, precision, files }: ReaderParts,
  { encoder, device }: { readonly encoder: SequenceEncoder; readonly device: Device },
  dispose: () => void,
): Promise<RelationReader> {
  const schemes = expectReader(model, task, name);
  const { layers, width } = model.config;
  const reading = task.entities ?? DEFAULT_READING;
  const types = typesOfClasses(model.classes);
  const learnt = task.nameCalibration === undefined ? [] : [task.nameCalibration];
  const hash = await hashOf([reading, schemes, precision, tokenizer.hash, ...learnt], files);
  const scorer = await PairScorer.open(device, pairs, width);
  const parts = { task, name, hash, encoder, tokenizer, types, reading, schemes, scorer };
  return new RelationReader({ ...parts, hidden: `hidden.${layers}` }, () => {
    scorer[Symbol.dispose]();
    dispose();
  });
}

/** First 16 digits of a hash over the weights and what else decides how a text is read. */
async function hashOf(settings: unknown, files: ReaderParts["files"]): Promise<string> {
  const hash = new Sha256().update(JSON.stringify(settings));
  for (const file of files) for await (const bytes of file) hash.update(bytes);
  return hash.digest().slice(0, 16);
}
