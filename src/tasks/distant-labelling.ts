/** How a task labels documents that nobody has read: what is asked for, and what comes of it. */
import { BiogptError } from "../base/errors.ts";
import type { CorpusDocument } from "../corpora/prepare/corpus-folder.ts";
import type { DataForm } from "./data-form.ts";
import type { DistantExample, TaskExclusions } from "./distant-documents.ts";
import type { TaskExample } from "./example.ts";
import type { DistantQuestionSummary } from "./question-answering/distant-questions.ts";
import type { QuestionSetting } from "./question-answering/yes-no.ts";
import type { DistantPairs, DistantSummary } from "./relation-extraction/distant.ts";

export interface DistantOptions {
  /** Relations: what is written, these or the names in the text. Default "relations". */
  readonly targets?: "relations" | "mentions" | undefined;
  /** Relations, with targets "mentions": "train" lists the training split's own. Default "corpus". */
  readonly from?: "corpus" | "train" | undefined;
  /** Relations: related in the training split, or any that share a sentence. Default "sentence" for a scheme of one label, else "known". */
  readonly pairs?: DistantPairs | undefined;
  /** Questions: without the conclusion, with it, or each in both forms. Default: that of the task's data. */
  readonly setting?: QuestionSetting | "both" | undefined;
  /** Most documents written. Default 10,000. */
  readonly limit?: number | undefined;
  /** Relations: most pairs of a target. Default 6. */
  readonly mostPairs?: number | undefined;
  /** Relations: most documents with the same pair. Default 20. */
  readonly mostPerPair?: number | undefined;
  /** Most white-space words of a document. Default 500. */
  readonly maxWords?: number | undefined;
  /** Which documents are drawn, and their order or that of pairs. Default 1. */
  readonly seed?: number | undefined;
}

/** Of relations; of examples from the training split only their number. */
export type DistantRelationSummary = { readonly task: string; readonly targets: string; readonly from: string } & (
  | { readonly examples: number; readonly withoutMentions: number }
  | DistantSummary
);

export type DistantAnswerSummary = {
  readonly task: string;
  readonly settings: readonly QuestionSetting[];
} & DistantQuestionSummary;

export interface DistantRequest extends DistantOptions {
  /** The name of the task. */
  readonly task: string;
  /** The form of its data, in which examples are written. */
  readonly form: DataForm;
  /** The examples that may be trained on. @throws BiogptError `tasks/no-examples` */
  readonly train: () => readonly TaskExample[];
  /** Training documents without relations. */
  readonly withoutRelations: readonly TaskExample[];
  /** What must not come back. */
  readonly exclusions: TaskExclusions;
  /** Undefined where no corpus was given. */
  readonly documents: AsyncIterable<CorpusDocument> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DistantLabelling {
  /**
   * Looks at what can be wrong before data are read.
   *
   * @param hasCorpus whether a corpus was given
   * @throws BiogptError `tasks/option` for options without effect, or a corpus that is missing
   */
  readonly check: (options: DistantOptions, hasCorpus: boolean) => void;
  readonly label: (request: DistantRequest) => Promise<{
    readonly examples: readonly DistantExample[];
    readonly summary: DistantRelationSummary | DistantAnswerSummary;
  }>;
}

/** @throws BiogptError `tasks/option` where one of these was given */
export function refuseOptions(options: object, names: readonly string[], where: string): void {
  const given = names.filter((name) => (options as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (given.length > 0)
    throw optionRefused(`${given.map(optionName).join(", ")} has no effect with ${where}.`, "Leave it out.");
}

/** @throws BiogptError `tasks/option` */
export function expectCorpus(hasCorpus: boolean): void {
  if (!hasCorpus) throw optionRefused("No corpus was given.", "Add --corpus DIR; `biogpt corpus prepare` makes one.");
}

export function optionRefused(what: string, fix: string): BiogptError {
  return new BiogptError("tasks/option", { what, fix });
}

function optionName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
