/**
 * How much of a text a fine-tuned model was trained to read; its folder says so (task-file.ts), so that whoever asks it need not know.
 * A folder that says nothing reads all of a text, as BioGPT's recipes do.
 */

/**
 * Of relation models. `sentence`: one sentence after another instead of the whole document. Where a corpus annotates sentences (DDI
 * does), texts are then short, names few, and most have a clear answer: none.
 */
export type InputUnit = "document" | "sentence";
export const INPUT_UNITS: readonly InputUnit[] = ["document", "sentence"];

/** More words than any model's positions hold. */
export const MOST_CONTEXT_WORDS: number = 100_000;

export interface ModelInput {
  readonly unit: InputUnit;
  /** Of questions: the last white-space words of a context that are read, where an abstract tells what was found; undefined for all. */
  readonly contextWords: number | undefined;
}
