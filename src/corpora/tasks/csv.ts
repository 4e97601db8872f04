/** Comma-separated values without a header, as MMLU's files are, whole in memory; by csv-parse. */
import { parse } from "csv-parse/sync";
import { BiogptError } from "../../base/errors.ts";

/** @throws BiogptError `corpora/csv` for a quote that does not close or is followed by text */
export function parseCsv(text: string, name: string): string[][] {
  try {
    return parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true }) as string[][];
  } catch (cause) {
    throw new BiogptError("corpora/csv", {
      what: `${name} is no CSV: ${(cause as Error).message}.`,
      fix: "Fetch the file again.",
      cause,
    });
  }
}
