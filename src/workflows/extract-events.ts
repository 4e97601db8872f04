/** What an extraction tells while it is at work. */
import type { ProblemEvent } from "./documents.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

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

type Counts = Omit<ExtractionSummary, "problems">;

/** Counts what an extraction comes to: each document is told as progress, the whole at its end. */
export function countExtraction(
  limit: number | undefined,
  onEvent: WorkflowContext<ExtractEvent>["onEvent"],
): { add(document: Omit<Counts, "documents">): void; end(problems: number): void } {
  const totals = { documents: 0, relations: 0, unanchored: 0, windowed: 0, cutAnswers: 0 };
  const progress = progressEvents(onEvent);
  const total = limit === undefined ? {} : { total: limit };
  return {
    add(document) {
      totals.documents++;
      totals.relations += document.relations;
      totals.unanchored += document.unanchored;
      totals.windowed += document.windowed;
      totals.cutAnswers += document.cutAnswers;
      progress?.({ activity: "extracting", done: totals.documents, ...total, unit: "documents" });
    },
    end(problems) {
      onEvent?.({ type: "summary", ...totals, problems });
    },
  };
}
