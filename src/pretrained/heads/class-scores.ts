/**
 * Scores of a model's own head of classes for sequences of ids, as transformers' `BioGptForTokenClassification` and
 * `BioGptForSequenceClassification` give them: logits, before any softmax.
 */
import type { SequenceEncoder } from "../../models/sequence-encoder.ts";
import { type ClassifierCheckpoint, readClassifierFolder } from "./classifier-folder.ts";
import type { EmbedRun } from "./embedder.ts";
import { type OpenEncoderOptions, openClassifier } from "./open-encoder.ts";
import { batchesByLength, expectReadable } from "./sequence-batches.ts";

export class ClassScorer implements Disposable {
  readonly model: ClassifierCheckpoint;
  readonly #encoder: SequenceEncoder;
  readonly #dispose: () => void;

  constructor(model: ClassifierCheckpoint, encoder: SequenceEncoder, dispose: () => void) {
    this.model = model;
    this.#encoder = encoder;
    this.#dispose = dispose;
  }

  /**
   * Logits (rows, L) of each sequence, in their order: a tagger's has a row for each id, a classifier's the row of its last id that is no
   * padding, as transformers has it.
   *
   * @throws BiogptError `pretrained/ids`, `aborted`
   */
  async score(
    sequences: readonly ArrayLike<number>[],
    { signal, where = (at) => `Sequence ${at + 1}` }: EmbedRun = {},
  ): Promise<Float32Array[]> {
    const { config, classes, kind } = this.model;
    for (const [at, ids] of sequences.entries()) expectReadable(ids, config, where(at));
    const scores = new Array<Float32Array>(sequences.length);
    for (const batch of batchesByLength(sequences.map(({ length }) => length))) {
      const read = batch.map((at) => {
        const ids = sequences[at]!;
        return { ids, rows: kind === "tokens" ? Array.from({ length: ids.length }, (_, i) => i) : [this.#lastOf(ids)] };
      });
      const values = (await this.#encoder.run(read, signal)).get("scores")!;
      let row = 0;
      for (const [i, at] of batch.entries()) {
        const { length } = read[i]!.rows;
        scores[at] = values.slice(row * classes.length, (row + length) * classes.length);
        row += length;
      }
    }
    return scores;
  }

  /** Index of the last id that is no padding; of the first where all are. */
  #lastOf(ids: ArrayLike<number>): number {
    let last = ids.length - 1;
    while (last > 0 && ids[last] === this.model.padId) last--;
    return last;
  }

  [Symbol.dispose](): void {
    this.#dispose();
  }
}

/** @throws BiogptError `pretrained/no-classes`, `checkpoints/…`, `models/…`, `runtime/…` */
export async function openClassScorer(path: string, options: OpenEncoderOptions = {}): Promise<ClassScorer> {
  const model = await readClassifierFolder(path, options);
  const opened = await openClassifier(model, options);
  return new ClassScorer(model, opened.encoder, () => opened[Symbol.dispose]());
}
