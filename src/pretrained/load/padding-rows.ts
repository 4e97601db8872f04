/** Rows of an embedding that stand behind the vocabulary's without a name. */
import { countOf } from "../../base/count-of.ts";

/**
 * Most of them. Tables are padded to a multiple of 8 to 128, and of 128 times the devices that shared them in training.
 */
export const MOST_PADDING_ROWS = 1024;

/** What is said of them. */
export function paddingNote(rows: number): string {
  return `The embedding has ${countOf(rows, "row")} more than the vocabulary has tokens, taken as padding, which no text has and none is given.`;
}
