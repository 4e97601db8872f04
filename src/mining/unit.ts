/**
 * A unit of work: at most 500 documents of one source, named by what it is made of, so that it is done once whoever does it.
 *
 * Batches are formed inside a unit alone: what a unit comes to does not depend on how units are handed out.
 */
import { createHash } from "node:crypto";
import type { Document } from "../corpora/document.ts";

export const UNIT_DOCUMENTS = 500;

export interface Unit {
  /** SHA-256 of the pipeline and of the documents' content. */
  readonly hash: string;
  readonly documents: readonly Document[];
}

/** The documents of a source as units, in their order. @param size  1 to 500 */
export async function* cutIntoUnits(
  documents: AsyncIterable<Document> | Iterable<Document>,
  pipeline: string,
  size: number = UNIT_DOCUMENTS,
): AsyncGenerator<Unit, void, void> {
  let group: Document[] = [];
  for await (const document of documents) {
    group.push(document);
    if (group.length < size) continue;
    yield unitOf(group, pipeline);
    group = [];
  }
  if (group.length > 0) yield unitOf(group, pipeline);
}

export function unitOf(documents: readonly Document[], pipeline: string): Unit {
  const hash = createHash("sha256").update(pipeline);
  for (const document of documents) hash.update(documentHash(document));
  return { hash: hash.digest("hex"), documents };
}

/** SHA-256 of what a document says, not of where it was read. */
export function documentHash({ source: _, ...content }: Document): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}
