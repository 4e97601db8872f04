/** Names of documents into a file that appears whole or not at all, as `biogpt entities --out` writes it. */
import {
  type DocumentInput,
  type DocumentSettings,
  documentsOf,
  expectReadable,
  pathsOf,
  toldReading,
} from "./documents.ts";
import { type FindNamesEvent, findNames, type TaggerSettings, usualTagger } from "./find-names.ts";
import { type MentionFormat, mentionRows } from "./mention-rows.ts";
import { withEarlier, withResultFile } from "./result-file.ts";
import type { WorkflowContext } from "./workflow.ts";

export interface NamesToFileSettings extends TaggerSettings, DocumentSettings {
  /** Default `jsonl`. */
  readonly format?: MentionFormat | undefined;
  /** Goes on with what an interrupted run left beside the file (`FILE.partial`); where there is nothing, begins. Default false. */
  readonly resume?: boolean | undefined;
}

export interface WrittenNames {
  /** Documents of an earlier, interrupted run, which are in neither of the other counts. */
  readonly before: number;
  readonly documents: number;
  readonly names: number;
}

/**
 * Finds names and writes them into a file. What is done stays beside it (`FILE.partial`) when the work is stopped or fails.
 *
 * @returns undefined where `resume` finds the file whole already
 * @throws BiogptError as `findNames`; `workflows/partial-results`, `workflows/resume`, `workflows/file-in-use`
 * @example
 *     await namesToFile("names.pubtator", ["abstracts.xml.gz"], { format: "pubtator", resume: true }, { signal });
 */
export async function namesToFile(
  path: string,
  input: DocumentInput,
  settings: NamesToFileSettings = {},
  { signal, onEvent }: WorkflowContext<FindNamesEvent> = {},
): Promise<WrittenNames | undefined> {
  const { format = "jsonl", resume, model, types, threshold, ...other } = settings;
  const { limit, inputFormat, standardInput, strict, ...opening } = other;
  await expectReadable(input, inputFormat);
  const name = typeof model === "object" ? ("name" in model ? model.name : "tagger") : (model ?? usualTagger());
  const made = {
    input: pathsOf(input) ?? "documents",
    ...{ format, model: name, types: types ?? null, threshold: threshold ?? null, inputFormat: inputFormat ?? null },
  };
  const rows = mentionRows(format, name);
  return withResultFile(path, { resume, made, head: rows.head, signal }, async (file) => {
    const { reading } = toldReading({ limit, inputFormat, standardInput, strict }, onEvent);
    const left = file.rest(documentsOf(input, reading, signal));
    const listen = onEvent && ((event: FindNamesEvent): void => onEvent(withEarlier(event, file, limit)));
    let [documents, names] = [0, 0];
    for await (const found of findNames(left, { model, types, threshold, ...opening }, { signal, onEvent: listen })) {
      await file.write(found.document, rows.of(found), found.pipeline);
      documents++;
      names += found.mentions.length;
    }
    return { before: file.before, documents, names };
  });
}
