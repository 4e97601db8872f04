/** Which of a report's scores is the task's own. */
import type { TaskReport } from "../evaluate-task.ts";

/** The task's own score, 0 to 1, and what it is called. */
export function mainScore(report: TaskReport): { readonly name: string; readonly value: number } {
  if (report.task === "pubmedqa") return { name: "accuracy", value: report.accuracy ?? 0 };
  if (report.task === "hoc") return { name: 'micro F1 with "empty"', value: report.microF1 ?? 0 };
  return {
    name: report.task === "bc5cdr" ? "micro F1" : "F1, mean of the documents'",
    value: report.f1 ?? 0,
  };
}
