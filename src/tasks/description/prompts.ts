/**
 * What a description begins with, by the kind of thing described.
 *
 * The paper's case study gives the bare term; the others say what it is, which steers away from titles ("Xylazine: a new …").
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";

export type TermKind = "drug" | "disease" | "gene";
export const TERM_KINDS: readonly TermKind[] = ["drug", "disease", "gene"];

const PROMPTS: Readonly<Record<TermKind | "any", readonly string[]>> = {
  any: ["TERM", "TERM is", "TERM is a"],
  drug: ["TERM is", "TERM is a", "TERM is a drug that", "TERM is used in the treatment of"],
  disease: ["TERM is", "TERM is a", "TERM is a disease that", "TERM is characterized by"],
  gene: ["TERM is", "TERM is a gene that", "The TERM gene encodes", "The protein encoded by TERM is"],
};

/** Longest term, in characters; the longest systematic names of drugs have about 300. */
const LONGEST_TERM = 500;

/** @throws BiogptError `tasks/term-kind`; `tasks/term` for one that is empty, has a line break or is longer than a name can be */
export function descriptionPrompts(term: string, kind?: string): readonly string[] {
  if (kind !== undefined && !TERM_KINDS.includes(kind as TermKind)) {
    throw new BiogptError("tasks/term-kind", {
      what: `There is no kind of term "${kind}".`,
      fix: `The kinds are ${TERM_KINDS.join(", ")}.${didYouMean(kind, TERM_KINDS)}`,
    });
  }
  const name = term.trim();
  if (name === "" || name.length > LONGEST_TERM || /[\r\n]/.test(name)) {
    throw new BiogptError("tasks/term", {
      what: name === "" ? "A term is empty." : `"${name.slice(0, 40)}…" is no term.`,
      why: `A term is one line of at most ${LONGEST_TERM} characters.`,
      fix: 'Give the name of a drug, a disease or a gene, such as "Bicalutamide".',
    });
  }
  return PROMPTS[(kind as TermKind | undefined) ?? "any"].map((prompt) => prompt.replace("TERM", () => name));
}
