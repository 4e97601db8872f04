/** `--context-words`: questions of which only the end of the context is read. */
import { BiogptError } from "../../base/errors.ts";
import { isQuestionSource, shortenContext } from "../../tasks/question-answering/yes-no.ts";
import type { LineExample } from "./examples.ts";

/** @param words of a context that are kept, from its end */
export function contextShortener(words: number): (example: LineExample) => string {
  return ({ source, name }) => {
    if (isQuestionSource(source)) return shortenContext(source, words);
    throw new BiogptError("training/settings", {
      what: `${name} has no context, so --context-words means nothing for it.`,
      why: 'A question\'s source is "question: … context: …".',
      fix: "Leave --context-words out, or name an import of PubMedQA with --data.",
      kind: "usage",
    });
  };
}
