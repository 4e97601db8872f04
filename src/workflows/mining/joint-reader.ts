/** A reader of names and relations as mining's: all names of a document, and the relations of all schemes, from one pass. */
import { createHash } from "node:crypto";
import type { Document } from "../../corpora/document.ts";
import type { DocumentReader, ReadArgument, ReadDocument } from "../../mining/document-reader.ts";
import { readRelations } from "../../tasks/mention-relations/read-relations.ts";
import { READING_VERSION } from "../../tasks/reading-version.ts";
import type { Argument, DocumentRelations } from "../../tasks/relation-extraction/extract.ts";
import { readerFor } from "../extract-by-reading.ts";
import type { LoadSettings } from "../open-model.ts";
import type { WorkflowContext } from "../workflow.ts";

export interface JointReaderSettings {
  /** Names of relation schemes, or `all`. Default: the reader's first. */
  readonly schemes?: readonly string[] | undefined;
  /** Name or folder. Default: the embedded reader. */
  readonly model?: string | undefined;
  readonly load?: LoadSettings | undefined;
}

/** @returns undefined where the model is none that reads; @throws BiogptError as `readerFor` */
export async function openJointReader(
  { schemes, model, load }: JointReaderSettings,
  context: WorkflowContext = {},
): Promise<(DocumentReader & Disposable) | undefined> {
  const opened = await readerFor(model, schemes, undefined, { load, context });
  if (opened === undefined) return undefined;
  const { reader, task, schemes: names } = opened;
  const wanted = reader.schemes.filter(({ name }) => names.includes(name));
  const rules = Object.fromEntries(names.map((name) => [name, task.decisionRules?.[name] ?? null]));
  return {
    types: reader.types,
    schemes: wanted.map(({ name, symmetric }) => ({ name, symmetric })),
    hash: createHash("sha256")
      .update(JSON.stringify([READING_VERSION, reader.hash, wanted, rules]))
      .digest("hex"),
    description: `${names.join(", ")} by ${reader.name}`,
    async *read(documents, signal) {
      for await (const { document, mentions, found } of readRelations(inOrder(documents), {
        ...{ reader, task, schemes: names, signal },
        denied: true, // which a graph keeps as evidence against
      })) {
        const places = new Map(
          mentions.map(({ passage, start, end }, index) => [placeKey(passage, start, end), index]),
        );
        yield {
          document,
          mentions: mentions.map(({ passage, start, end, text, type, probability }) => {
            return { passage, start, end, text, type, probability };
          }),
          relations: relationsOf(found, places),
        };
      }
    },
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}

function relationsOf(
  found: readonly DocumentRelations[],
  places: ReadonlyMap<string, number>,
): ReadDocument["relations"] {
  const argument = ({ spans }: Argument): ReadArgument => ({
    mentions: spans.map(({ passage, start, end }) => places.get(placeKey(passage, start, end))!),
  });
  return found.flatMap(({ relations }) =>
    relations.map(({ scheme, relation, head, tail, probability, evidence }) => ({
      ...{ scheme, type: relation, probability },
      head: argument(head),
      tail: argument(tail),
      evidence: [evidence, evidence?.also].flatMap((one) =>
        one === null || one === undefined ? [] : [{ passage: one.passage, start: one.start, end: one.end }],
      ),
    })),
  );
}

async function* inOrder(documents: readonly Document[]): AsyncGenerator<Document> {
  yield* documents;
}

function placeKey(passage: number, start: number, end: number): string {
  return `${passage} ${start} ${end}`;
}
