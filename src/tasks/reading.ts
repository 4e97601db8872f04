/** How a model reads its input, by the names that training and evaluation still use: see input-unit.ts, task-file.ts and old-task-files.ts. */
import type { InputUnit, ModelInput } from "./input-unit.ts";

export { READING_FILE } from "./old-task-files.ts";
export { inputOf as readingOf } from "./task-file.ts";
export type { InputUnit as ReadingUnit, ModelInput as Reading };

/** The text of `reading.json`; undefined where a model reads all of a text, so that no file is needed. */
export function readingText({ unit, contextWords }: ModelInput): string | undefined {
  if (unit === "document" && contextWords === undefined) return undefined;
  return `${JSON.stringify({ ...(unit === "document" ? {} : { unit }), contextWords })}\n`;
}
