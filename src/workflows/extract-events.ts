/** What an extraction tells while it is at work, and how it reads documents that may be broken. */
import type { BiogptError } from "../base/errors.ts";
import type { DocumentSettings, documentsOf, ProblemEvent } from "./documents.ts";
import type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";

/** What an extraction came to, at its end. */
export interface ExtractionSummary {
  readonly documents: number;
  readonly relations: number;
  /** Relations that name something which is not in the text. */
  readonly unanchored: number;
  /** Documents that were longer than the model's window. 0 for a model that reads sentences. */
  readonly windowed: number;
  /** Answers that reached the token limit before their end. */
  readonly cutAnswers: number;
  /** Documents, or records of files, that were left out because of an error. */
  readonly problems: number;
}

export type ExtractEvent =
  | NoteEvent
  | ProgressEvent
  | ProblemEvent
  | ({ readonly type: "summary" } & ExtractionSummary);

/** How documents are read, and how many could not be. */
export function problemsOf(
  { strict, ...settings }: DocumentSettings,
  onEvent: WorkflowContext<ExtractEvent>["onEvent"],
): { readonly reading: Parameters<typeof documentsOf>[1]; problems(): number } {
  let problems = 0;
  const onProblem = (error: BiogptError): void => {
    problems++;
    onEvent?.({ type: "problem", error });
  };
  const note = (text: string): void => onEvent?.({ type: "note", text });
  const leaveOut = strict !== true && onEvent !== undefined;
  return { reading: { ...settings, note, onProblem: leaveOut ? onProblem : undefined }, problems: () => problems };
}
