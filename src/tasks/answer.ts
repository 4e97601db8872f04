/**
 * The start that all of BioGPT's post-processing scripts share: from a printed hypothesis to the answer after the prompt.
 *
 * Follows the `postprocess.py` files of microsoft/BioGPT. A hypothesis may hold source, prompt and answer; the answer is
 * what follows the last occurrence of the prompt.
 */
import { strip } from "./python-text.ts";

/** Hard prompts of the paper's prompt study, in the order in which the scripts look for them. */
export const HARD_PROMPTS: readonly string[] = ["we can conclude that", "we have that", "in conclusion,"];

/** The BC5CDR script's own order, and its own spelling of the third. */
export const BC5CDR_HARD_PROMPTS: readonly string[] = ["in conclusion ,", "we can conclude that", "we have that"];

const LEARNED = /(?:learned[0-9]+ )+/g;

/**
 * @param hypothesis detokenized output, with or without source and prompt before the answer
 * @param prompts looked for in this order when no learned token is there; what follows the last occurrence is kept
 * @returns the answer, without the final full stop
 */
export function answerOf(hypothesis: string, prompts: readonly string[] = HARD_PROMPTS): string {
  let text = strip(hypothesis);
  if (text.endsWith(".")) text = text.slice(0, -1);
  const learned = [...text.matchAll(LEARNED)].at(-1);
  if (learned !== undefined) return strip(text.slice(learned.index + learned[0].length));
  for (const prompt of prompts) {
    const last = text.lastIndexOf(prompt);
    if (last >= 0) return strip(text.slice(last + prompt.length));
  }
  return text;
}
