/** What every description of relations holds, of a reader's scheme and of a user's own file alike. */
import { z } from "zod";

export interface SchemeFields {
  readonly name: z.ZodString;
  readonly head: z.ZodString;
  readonly tail: z.ZodString;
  readonly relations: z.ZodArray<z.ZodString>;
}

/** @param word what an argument's type and a label may be */
export function schemeFields(word: z.ZodString): SchemeFields {
  return {
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "it must be lower-case letters, digits and hyphens"),
    head: word,
    tail: word,
    relations: z.array(word).min(1).max(500),
  };
}
