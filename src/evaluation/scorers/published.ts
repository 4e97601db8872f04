/** A row of published scores of relations: percent, as printed. */
import type { PublishedScore } from "../evaluated-task.ts";

export const published = (system: string, precision: number, recall: number, f1: number): PublishedScore => ({
  system,
  precision,
  recall,
  f1,
});
