/**
 * The sets of described molecules and proteins that are scored by their texts, each once, with what was published of them.
 *
 * Source   ChEBI-20: Edwards et al., 2022 (MolT5), table 2, and the rows quoted by InstructMol; shares, variant C where it is known. Of PubChemQA and
 *          UniProtQA only BioMedGPT's paper has scores, whose columns contradict each other (ROUGE-2 above ROUGE-1): they are left out.
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { DESCRIBE_MOLECULE, type DescribedRecord } from "../../corpora/tasks/described.ts";
import type { DescriptionScores } from "../scorers/text/score-descriptions.ts";

export interface PublishedDescriptions extends DescriptionScores {
  readonly system: string;
}

export interface DescribedSet {
  readonly name: string;
  readonly title: string;
  /** What its inputs are. */
  readonly kind: DescribedRecord["kind"];
  /** Asked where the file has no question. */
  readonly question: string;
  readonly published: readonly PublishedDescriptions[];
}

function row(system: string, scores: readonly [number, number, number, number, number, number]): PublishedDescriptions {
  const [bleu2, bleu4, rouge1, rouge2, rougeL, meteor] = scores;
  return { system, bleu2, bleu4, rouge1, rouge2, rougeL, meteor };
}

export const DESCRIBED_SETS: readonly DescribedSet[] = [
  {
    name: "chebi20",
    title: "ChEBI-20",
    kind: "molecule",
    question: DESCRIBE_MOLECULE,
    published: [
      row("MolT5-large", [0.594, 0.508, 0.654, 0.51, 0.594, 0.614]),
      row("MolFM", [0.585, 0.498, 0.653, 0.508, 0.594, 0.607]),
      row("MolT5-base", [0.54, 0.457, 0.634, 0.485, 0.568, 0.569]),
      row("InstructMol-GS", [0.475, 0.371, 0.566, 0.394, 0.502, 0.509]),
      row("Mol-Instructions", [0.249, 0.171, 0.331, 0.203, 0.289, 0.271]),
      row("BioMedGPT-10B", [0.234, 0.141, 0.386, 0.206, 0.332, 0.308]),
      row("GPT-3.5, zero-shot", [0.103, 0.05, 0.261, 0.088, 0.204, 0.161]),
    ],
  },
  { name: "pubchemqa", title: "PubChemQA", kind: "molecule", question: DESCRIBE_MOLECULE, published: [] },
  {
    name: "uniprotqa",
    title: "UniProtQA",
    kind: "protein",
    question: "What is the function of this protein?",
    published: [],
  },
];

/** Whether `evaluate` scores texts for a name. */
export function isDescribedSet(name: string): boolean {
  return DESCRIBED_SETS.some((set) => set.name === name.toLowerCase());
}

/** @throws BiogptError `tasks/unknown-task` */
export function describedSet(name: string): DescribedSet {
  const found = DESCRIBED_SETS.find((set) => set.name === name.toLowerCase());
  if (found !== undefined) return found;
  const names = DESCRIBED_SETS.map((set) => set.name);
  throw new BiogptError("tasks/unknown-task", {
    what: `There is no set of descriptions "${name}".`,
    fix: `The sets are ${names.join(", ")}.${didYouMean(name, names)}`,
  });
}
