/** Relations of documents into a file that appears whole or not at all, as `biogpt extract --out` writes it. */
import { type DocumentInput, documentsOf, expectReadable, pathsOf, toldReading } from "./documents.ts";
import {
  type ExtractEvent,
  type ExtractionSummary,
  type ExtractModelSettings,
  type ExtractSettings,
  extract,
} from "./extract.ts";
import { type RowFormat, type RowOptions, relationRows } from "./relation-rows.ts";
import { withEarlier, withResultFile } from "./result-file.ts";
import type { WorkflowContext } from "./workflow.ts";

export interface ExtractToFileSettings extends ExtractSettings, ExtractModelSettings, RowOptions {
  /** Default `jsonl`. */
  readonly format?: RowFormat | undefined;
  /** Goes on with what an interrupted run left beside the file (`FILE.partial`); where there is nothing, begins. Default false. */
  readonly resume?: boolean | undefined;
}

export interface WrittenRelations extends ExtractionSummary {
  /** Documents of an earlier, interrupted run, which are in none of the other counts. */
  readonly before: number;
}

/**
 * Extracts relations into a file. What is done stays beside it (`FILE.partial`) when the work is stopped or fails.
 *
 * @returns undefined where `resume` finds the file whole already
 * @throws BiogptError as `extract`; `workflows/partial-results`, `workflows/resume`, `workflows/file-in-use`
 * @example
 *     await extractToFile("relations.csv", ["abstracts.xml.gz"], { format: "csv", resume: true }, { signal });
 */
export async function extractToFile(
  path: string,
  input: DocumentInput,
  settings: ExtractToFileSettings = {},
  { signal, onEvent }: WorkflowContext<ExtractEvent> = {},
): Promise<WrittenRelations | undefined> {
  const { format = "jsonl", withEmpty, resume, limit, inputFormat, standardInput, ...extraction } = settings;
  await expectReadable(input, inputFormat);
  const strict = settings.strict === true || onEvent === undefined;
  const rows = relationRows(format, { withEmpty });
  return withResultFile(path, { resume, made: madeWith(input, settings), head: rows.head, signal }, async (file) => {
    const { reading, problems: unread } = toldReading({ limit, inputFormat, standardInput, strict }, onEvent);
    const documents = file.rest(documentsOf(input, reading, signal));
    let summary: ExtractionSummary | undefined;
    const listen = (event: ExtractEvent): void => {
      if (event.type === "summary") summary = { ...event, problems: event.problems + unread() };
      else onEvent?.(withEarlier(event, file, limit));
    };
    for await (const result of extract(documents, { ...extraction, strict }, { signal, onEvent: listen }))
      await file.write(result.document, rows.of(result).join(""), result.pipeline);
    const { before } = file;
    onEvent?.({ type: "summary", ...summary! });
    return { ...summary!, before };
  });
}

/** What an earlier run must have had in common, so that its lines and the new ones belong together. */
function madeWith(input: DocumentInput, settings: ExtractToFileSettings): Readonly<Record<string, unknown>> {
  const {
    format = "jsonl",
    withEmpty = false,
    scheme,
    model,
    decoding,
    beams,
    threshold,
    unanchored = false,
  } = settings;
  return {
    input: pathsOf(input) ?? "documents",
    ...{ format, withEmpty, unanchored },
    scheme: typeof scheme === "object" && "name" in scheme ? scheme.name : (scheme ?? null),
    model: typeof model === "object" ? model.name : (model ?? null),
    ...{ decoding: decoding ?? null, beams: beams ?? null, threshold: threshold ?? null },
    inputFormat: settings.inputFormat ?? null,
    maxNewTokens: settings.maxNewTokens ?? null,
  };
}
