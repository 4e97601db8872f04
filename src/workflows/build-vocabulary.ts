/** A vocabulary's files made an index on disk, as `biogpt vocabulary build` does it. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { readVocabulary, vocabularyKind } from "../corpora/vocabularies/kinds.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import { fileSize } from "../files/bytes.ts";
import { IndexBuilder } from "../knowledge-graph/vocabulary/build-index.ts";
import { type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface BuildVocabularyOptions {
  /** `mesh`, `medic`, `ctd`, `chebi`, `ncbigene`, `hgnc`, `drugbank`, `umls`, `obo` or `pubtator`. */
  readonly kind: string;
  /** One or more, plain or gzip. What several say of a concept is joined. */
  readonly files: readonly string[];
  /** The index, which appears whole or not at all. */
  readonly out: string;
}

export interface BuiltVocabulary {
  readonly out: string;
  readonly kind: string;
  readonly concepts: number;
  /** Names of concepts; one that several concepts have counts for each. */
  readonly names: number;
  readonly bytes: number;
  /** SHA-256 over what the index holds; the same files give the same. */
  readonly hash: string;
}

/**
 * @throws BiogptError `corpora/unknown-vocabulary`, `corpora/vocabulary` naming file and line, `corpora/not-found`,
 *         `knowledge-graph/empty-vocabulary`, `aborted`
 * @example
 *     const { names } = await buildVocabulary({ kind: "obo", files: ["doid.obo"], out: "doid.idx" });
 */
export async function buildVocabulary(
  { kind: name, files, out }: BuildVocabularyOptions,
  { signal, onEvent }: WorkflowContext<ProgressEvent> = {},
): Promise<BuiltVocabulary> {
  const kind = vocabularyKind(name);
  if (files.length === 0)
    throw new BiogptError("workflows/no-files", { what: "No file was named.", fix: "Name the vocabulary's files." });
  const sizes = await Promise.all(files.map(fileSize));
  const total = sizes.every((size) => size !== undefined) ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
  const progress = progressEvents(onEvent);
  const builder = new IndexBuilder();
  const sources: { name: string; sha256: string }[] = [];
  let done = 0;
  for (const path of files) {
    const hash = createHash("sha256");
    const onBytes = (bytes: Uint8Array): void => {
      done += bytes.length;
      hash.update(bytes);
      progress?.({ activity: `reading ${path}`, done, unit: "bytes", ...(total === undefined ? {} : { total }) });
    };
    for await (const concept of readVocabulary(kind, path, { signal, onBytes })) builder.add(concept);
    sources.push({ name: basename(path), sha256: hash.digest("hex") });
  }
  const { header, pieces } = builder.finish(
    name,
    files.map((path) => basename(path)).join(", "),
    sources,
    (indexed, names) => {
      progress?.({ activity: "indexing names", done: indexed, total: names, unit: "names" });
    },
  );
  throwIfAborted(signal);
  await writeFileAtomically(out, pieces);
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return { out, kind: name, concepts: header.concepts, names: header.names, bytes, hash: header.hash };
}
