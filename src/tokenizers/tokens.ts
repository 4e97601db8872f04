/** What every tokenizer does alike: the text of ids by its decoder, and the error for an id that it does not have. */
import { BiogptError } from "../base/errors.ts";
import type { StreamDecoder } from "./tokenizer.ts";

/** What the decoder makes of all the ids. */
export function decodedText(decoder: StreamDecoder, ids: ArrayLike<number>): string {
  let text = "";
  for (let i = 0; i < ids.length; i++) text += decoder.push(ids[i]!);
  return text + decoder.end();
}

/** The error `tokenizers/unknown-id`. */
export function noSuchToken(id: number, vocabularySize: number): BiogptError {
  return new BiogptError("tokenizers/unknown-id", {
    what: `There is no token ${id}.`,
    why: `The vocabulary has the ids 0 to ${vocabularySize - 1}.`,
    fix: "Use the tokenizer that the ids were made with.",
  });
}
