/** What a job of each kind does: a workflow over the job's documents into its file, with a turn at the model as requests take it. */

import type { Document } from "../../corpora/document.ts";
import { extractToFile } from "../../workflows/extract-to-file.ts";
import { findNames } from "../../workflows/find-names.ts";
import { withResultFile } from "../../workflows/result-file.ts";
import type { JobRequest } from "../contract.ts";
import { relationTarget } from "../relation-target.ts";
import type { ServedModels } from "../served-models.ts";
import { documentOf, mentionsOf } from "../wire-documents.ts";

export interface JobContext {
  readonly signal: AbortSignal;
  /** Documents so far, those of earlier servers among them. */
  readonly onDone: (documents: number) => void;
  readonly onProblem: () => void;
}

/** @returns documents that are done; undefined where the file was whole already */
export type JobWork = (request: JobRequest, path: string, context: JobContext) => Promise<number | undefined>;

/** Whose turn a job has, beside the names of clients. */
const CLIENT = "jobs";
/** Documents of a tagger's turn: it has one place, which a long job must not keep. */
const DOCUMENTS_A_TURN = 16;

export function jobWork(models: ServedModels): JobWork {
  return (request, path, context) =>
    request.kind === "relations" ? relations(models, request, path, context) : entities(models, request, path, context);
}

async function relations(
  models: ServedModels,
  { documents, model, scheme: wanted, decoding, beams, threshold }: Extract<JobRequest, { kind: "relations" }>,
  path: string,
  { signal, onDone, onProblem }: JobContext,
): Promise<number | undefined> {
  const { ready, scheme } = await relationTarget(models, { model, scheme: wanted }, signal);
  using _turn = await ready.served.documents.enter(CLIENT, 1, signal);
  const written = await extractToFile(
    path,
    documents.map(documentOf),
    { decoding, beams, threshold, scheme, model: ready.model, resume: true, withEmpty: true },
    {
      signal,
      onEvent(event) {
        if (event.type === "problem") onProblem();
        if (event.type === "progress" && event.unit === "documents") onDone(event.done);
      },
    },
  );
  return written === undefined ? undefined : written.before + written.documents;
}

async function entities(
  models: ServedModels,
  { kind, documents, model, types, threshold }: Extract<JobRequest, { kind: "entities" }>,
  path: string,
  { signal, onDone, onProblem }: JobContext,
): Promise<number | undefined> {
  const { served, tagger } = await models.tagger(model, signal);
  const made = { kind, model: served.name, types: types ?? null, threshold: threshold ?? null };
  return withResultFile(path, { resume: true, made, head: "", signal }, async (file) => {
    let done = file.before;
    const given = (async function* (): AsyncGenerator<Document, void, void> {
      yield* documents.map(documentOf);
    })();
    for await (const group of groups(file.rest(given), DOCUMENTS_A_TURN)) {
      using _turn = await served.documents.enter(CLIENT, 1, signal);
      const found = findNames(
        group,
        { model: tagger, types, threshold },
        { signal, onEvent: (event) => event.type === "problem" && onProblem() },
      );
      for await (const names of found) {
        const line = { id: names.document.id, mentions: mentionsOf(names), model: served.name };
        await file.write(names.document, `${JSON.stringify(line)}\n`, served.name);
        onDone(++done);
      }
    }
    return done;
  });
}

async function* groups<Value>(values: AsyncIterable<Value>, size: number): AsyncGenerator<Value[], void, void> {
  let group: Value[] = [];
  for await (const value of values) {
    group.push(value);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
