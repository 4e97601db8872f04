/** Names in documents: text read twice (text-reader.ts), words of the second copy tagged, tags decoded into mentions with probabilities. */
import { BiogptError } from "../../base/errors.ts";
import { openSource } from "../../checkpoints/checkpoint-file.ts";
import { readClassifierFolder } from "../../pretrained/heads/classifier-folder.ts";
import { type OpenEncoderOptions, openClassifier } from "../../pretrained/heads/open-encoder.ts";
import { weightsHash } from "../../pretrained/load/model-hash.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import { taskOfFolder } from "../task-file.ts";
import { DEFAULT_READING, type EntityReading } from "./entity-reading.ts";
import { decodeMentions, type FoundMention } from "./found-mentions.ts";
import { typesOfClasses } from "./labels.ts";
import type { NameCalibrations } from "./name-calibration.ts";
import { READING_PRECISION, readText, type TextReaderOptions } from "./text-reader.ts";

export type { FoundMention };

export interface PassagesToTag {
  readonly passages: readonly { readonly text: string }[];
}

export interface TaggerOptions extends Omit<TextReaderOptions, "hidden"> {
  /** Of its weights and of how it reads: equal hashes find the same names. Default: none. */
  readonly hash?: string | undefined;
  /** What probabilities mean, by type. Default: what they are. */
  readonly calibrations?: NameCalibrations | undefined;
  /** Least probability of a name that is written where nobody says which. Default 0. */
  readonly nameThreshold?: number | undefined;
}

export class Tagger implements Disposable {
  readonly hash: string;
  readonly types: readonly string[];
  readonly reading: EntityReading;
  readonly nameThreshold: number;
  readonly #options: TaggerOptions;
  readonly #dispose: () => void;

  constructor(options: TaggerOptions, dispose: () => void = () => {}) {
    this.#options = options;
    this.hash = options.hash ?? "";
    this.types = options.types;
    this.reading = options.reading;
    this.nameThreshold = options.nameThreshold ?? 0;
    this.#dispose = dispose;
  }

  /** All that was decoded, whatever its probability: the mentions of each document, in order of passage and place; documents come back in the order in which they were given. */
  async *tag<Given extends PassagesToTag>(
    documents: Iterable<Given> | AsyncIterable<Given>,
    signal?: AbortSignal,
  ): AsyncGenerator<{ readonly document: Given; readonly mentions: readonly FoundMention[] }> {
    for await (const document of documents) {
      const read = await readText(document.passages, this.#options, signal);
      yield { document, mentions: decodeMentions(read, this.types, this.#options.calibrations) };
    }
  }

  [Symbol.dispose](): void {
    this.#dispose();
  }
}

/**
 * The tagger in a model folder.
 *
 * @param options precision: default `READING_PRECISION`
 * @throws BiogptError `tasks/tag-classes`, `tasks/task-file`, `pretrained/…`, `models/…`
 */
export async function openTagger(folder: string, options: OpenEncoderOptions = {}): Promise<Tagger> {
  const model = await readClassifierFolder(folder, { signal: options.signal });
  if (model.kind !== "tokens") {
    throw new BiogptError("tasks/tag-classes", {
      what: `${folder} classifies whole texts; it finds no names.`,
      fix: "Use a model that `biogpt finetune entities` made.",
    });
  }
  const types = typesOfClasses(model.classes);
  const {
    entities: reading = DEFAULT_READING,
    nameCalibration: calibrations,
    nameThreshold,
  } = taskOfFolder(model.folder);
  const tokenizer = await openTokenizerFolder(model.folder, { normalizePunctuation: true, signal: options.signal });
  const precision = options.precision ?? READING_PRECISION;
  const { encoder, ...opened } = await openClassifier(model, { ...options, precision });
  const hash = await weightsHash([types, reading, calibrations, precision, tokenizer.hash], model.entries, openSource);
  const made = { encoder, tokenizer, types, reading, calibrations, nameThreshold, hash };
  return new Tagger(made, () => opened[Symbol.dispose]());
}
