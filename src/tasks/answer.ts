/**
 * The start that all of BioGPT's post-processing scripts share: from a printed hypothesis to the answer after the prompt.
 *
 * Follows the `postprocess.py` files of microsoft/BioGPT. A hypothesis may hold source, prompt and answer; the answer is
 * what follows the last occurrence of the prompt.
 */
import { strip } from "./python-text.ts";

/** Hard prompts of the paper's prompt study; learned tokens print as `learned1 learned2 …`. */
export const HARD_PROMPTS: readonly string[] = ["we can conclude that", "we have that", "in conclusion,"];

const LEARNED = /(?:learned[0-9]+ )+/g;

/**
 * @param hypothesis detokenized output, with or without source and prompt before the answer
 * @returns the answer, without the final full stop
 */
export function answerOf(hypothesis: string): string {
  let text = strip(hypothesis);
  if (text.endsWith(".")) text = text.slice(0, -1);
  const learned = [...text.matchAll(LEARNED)].at(-1);
  if (learned !== undefined) return strip(text.slice(learned.index + learned[0].length));
  for (const prompt of HARD_PROMPTS) {
    const last = text.lastIndexOf(prompt);
    if (last >= 0) return strip(text.slice(last + prompt.length));
  }
  return text;
}
