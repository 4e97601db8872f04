/** Reads content as a user's file is read: recognised, documents gathered, problems and events noted. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Document } from "../document.ts";
import { checkInputs, type ReadDocumentsOptions, readDocuments } from "./read.ts";
import type { ReadEvent } from "./read-events.ts";

export interface Outcome {
  readonly format: string | undefined;
  readonly documents: readonly Document[];
  /** `what` of each problem. */
  readonly problems: readonly string[];
  readonly events: readonly ReadEvent[];
}

/** @param name of the file; its ending is what a user's would be */
export async function readContent(
  content: string | Buffer,
  { name = "input", ...options }: ReadDocumentsOptions & { readonly name?: string } = {},
): Promise<Outcome> {
  return readFiles({ [name]: content }, options);
}

/** The same for several files, in their order; sources are the names alone. */
export async function readFiles(
  files: Readonly<Record<string, string | Buffer>>,
  options: ReadDocumentsOptions = {},
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "biogpt-input-"));
  try {
    const paths: string[] = [];
    for (const [name, content] of Object.entries(files)) {
      paths.push(join(folder, name));
      await writeFile(paths.at(-1)!, content);
    }
    const short = (text: string): string => text.replaceAll(`${folder}/`, "");
    const [documents, problems, events]: [Document[], string[], ReadEvent[]] = [[], [], []];
    const [first] = await checkInputs(paths, options);
    const reading = readDocuments(paths, {
      onProblem: ({ what }) => problems.push(short(what)),
      onEvent: (event) => events.push({ ...event, source: short(event.source) }),
      ...options,
    });
    for await (const document of reading)
      documents.push({ ...document, id: short(document.id), source: short(document.source) });
    return { format: first?.format, documents, problems, events };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
