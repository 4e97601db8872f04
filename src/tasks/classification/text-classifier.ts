/** A classifier of the user's own: a backbone with a head over a text's last token, which gives each class a probability. */
import { BiogptError } from "../../base/errors.ts";
import { ClassScorer } from "../../pretrained/heads/class-scores.ts";
import { readClassifierFolder } from "../../pretrained/heads/classifier-folder.ts";
import { type OpenEncoderOptions, openClassifier } from "../../pretrained/heads/open-encoder.ts";
import { openModelTokenizer } from "../../pretrained/load/tokenizer-folder.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { InputUnit } from "../input-unit.ts";
import { softmax } from "../label-scoring.ts";
import { taskOfFolder } from "../task-file.ts";
import { type ClassificationReading, readText, USUAL_TOKENS } from "./reading.ts";

export interface ClassProbability {
  readonly label: string;
  /** In [0, 1]; those of all classes sum to 1. */
  readonly probability: number;
}

export interface TextClasses {
  /** Most probable first. */
  readonly classes: readonly ClassProbability[];
  /** The text is longer than the model reads and lost its end. */
  readonly cut: boolean;
}

export class TextClassifier implements Disposable {
  /** Names of the classes, in the head's order. */
  readonly labels: readonly string[];
  /** What it was trained to read at once. */
  readonly unit: InputUnit;
  readonly #scorer: ClassScorer;
  readonly #tokenizer: Tokenizer;
  readonly #reading: ClassificationReading;

  constructor(
    scorer: ClassScorer,
    tokenizer: Tokenizer,
    { reading, unit }: { readonly reading: ClassificationReading; readonly unit: InputUnit },
  ) {
    this.labels = scorer.model.classes;
    this.unit = unit;
    this.#scorer = scorer;
    this.#tokenizer = tokenizer;
    this.#reading = reading;
  }

  /** In the order of the texts. @throws BiogptError `aborted` */
  async classify(texts: readonly string[], signal?: AbortSignal): Promise<TextClasses[]> {
    const read = texts.map((text) => readText(text, this.#tokenizer, this.#reading));
    const logits = await this.#scorer.score(
      read.map(({ ids }) => ids),
      { signal },
    );
    return read.map(({ cut }, at) => {
      const shares = softmax([...logits[at]!]);
      const classes = this.labels.map((label, c) => ({ label, probability: shares[c]! }));
      return { classes: classes.sort((a, b) => b.probability - a.probability), cut };
    });
  }

  [Symbol.dispose](): void {
    this.#scorer[Symbol.dispose]();
  }
}

/**
 * The classifier in a model folder; one that transformers wrote too, as long as its tokenizer lies there.
 *
 * @throws BiogptError `tasks/wrong-model` for a tagger, `tasks/task-file`, `pretrained/…`, `models/…`, `tokenizers/…`
 */
export async function openTextClassifier(folder: string, options: OpenEncoderOptions = {}): Promise<TextClassifier> {
  const model = await readClassifierFolder(folder, options);
  if (model.kind !== "sequence") {
    throw new BiogptError("tasks/wrong-model", {
      what: `${folder} finds names; it does not classify whole texts.`,
      fix: "Ask it by `biogpt entities`, or name a model that `biogpt finetune classification` made.",
    });
  }
  const { classification, inputUnit = "document" } = taskOfFolder(model.folder);
  const tokenizer = await openModelTokenizer(model.folder, { normalizePunctuation: true, signal: options.signal });
  const tokens = classification?.tokens ?? Math.min(USUAL_TOKENS, model.config.maxPositions);
  const opened = await openClassifier(model, options);
  const scorer = new ClassScorer(model, opened.encoder, () => opened[Symbol.dispose]());
  return new TextClassifier(scorer, tokenizer, { reading: { tokens }, unit: inputUnit });
}
