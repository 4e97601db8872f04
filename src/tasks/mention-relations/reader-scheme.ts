/** What a reader of relations looks for: for each scheme the types of its two arguments, its labels, and how far apart they may stand. */
import { z } from "zod";
import { schemeFields } from "../scheme-fields.ts";

export interface ReaderScheme {
  /** As `--scheme` names it. */
  readonly name: string;
  /** Types of the names that can be its arguments, as the reader's tagger calls them. */
  readonly head: string;
  readonly tail: string;
  /** In the order of the scores of pairs. */
  readonly relations: readonly string[];
  /** Whether (a, b) and (b, a) are one relation. */
  readonly symmetric: boolean;
  /** `sentence`: both names stand in one sentence. `document`: anywhere in what is read at once. */
  readonly scope: "document" | "sentence";
}

export const READER_SCHEME: z.ZodType<ReaderScheme> = z.strictObject({
  ...schemeFields(z.string().min(1).max(100)),
  symmetric: z.boolean(),
  scope: z.enum(["document", "sentence"]),
});

/** Number of the scheme's first score; the scores of all schemes stand one behind another. */
export function firstScore(schemes: readonly ReaderScheme[], index: number): number {
  return schemes.slice(0, index).reduce((sum, { relations }) => sum + relations.length, 0);
}

/** Scores of a pair. */
export function scoreCount(schemes: readonly ReaderScheme[]): number {
  return firstScore(schemes, schemes.length);
}
