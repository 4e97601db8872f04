/** What `biogpt mine` does: opens models and vocabularies by their names, finds the documents, and mines them. */
import { BiogptError } from "../../base/errors.ts";
import { packagedVocabularies } from "../../knowledge-graph/vocabulary/packaged.ts";
import { ANNOTATIONS_READER } from "../../mining/annotations-reader.ts";
import type { DocumentReader } from "../../mining/document-reader.ts";
import type { ConceptNormalizer } from "../../mining/normalizer.ts";
import type { DocumentInput } from "../documents.ts";
import type { WorkflowContext } from "../workflow.ts";
import { type ExtractionReaderSettings, openExtractionReader } from "./extraction-reader.ts";
import { openJointReader } from "./joint-reader.ts";
import { type MineEvent, type MineSettings, type MineSummary, mineInto } from "./mine.ts";
import { type QuerySettings, queryDocuments } from "./query.ts";
import { openNormalizer } from "./vocabulary-normalizer.ts";

export interface ReadingSettings extends ExtractionReaderSettings {
  /** Takes names, concepts and relations that PubTator or BioC files state, and no model. Default false. */
  readonly annotations?: boolean | undefined;
  /** Indexes of vocabularies; names without a concept stand for themselves. Default: those of the package. */
  readonly vocabularies?: readonly string[] | undefined;
}

export interface MineLiteratureSettings
  extends Omit<MineSettings, "reader" | "normalizer" | "name" | "onAllRead">,
    ReadingSettings {
  /** Mines what PubMed finds for this query, in place of files. */
  readonly query?: string | undefined;
  readonly entrez?: QuerySettings | undefined;
}

/**
 * @param input paths or documents; empty with `query`
 * @throws BiogptError as `mineInto`, `openExtractionReader` and `queryDocuments`; `mining/no-input`
 */
export async function mineLiterature(
  input: DocumentInput,
  { query, entrez, ...settings }: MineLiteratureSettings,
  context: WorkflowContext<MineEvent> = {},
): Promise<MineSummary> {
  const hasFiles = !Array.isArray(input) || input.length > 0;
  if (hasFiles === (query !== undefined)) {
    const { schemes = [] } = settings;
    throw new BiogptError("mining/no-input", {
      what: hasFiles ? "Files and a query were given together." : "Neither files nor a query were given.",
      ...(hasFiles || schemes.length < 2 ? {} : { why: `All of these were taken for schemes: ${schemes.join(", ")}.` }),
      fix: "Name files, before --scheme and its names, or give --query.",
    });
  }
  // Before PubMed is asked: a slip in a model's or vocabulary's name is told at once.
  const reading = await openReading(settings, context);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) reading[Symbol.dispose]();
    isOpen = false;
  };
  try {
    const documents =
      query === undefined ? input : await queryDocuments(query, { ...entrez, folder: settings.out }, context);
    const name = query === undefined ? {} : { name: `query: ${query}` };
    const { reader, normalizer } = reading;
    return await mineInto(documents, { ...settings, reader, normalizer, ...name, onAllRead: close }, context);
  } finally {
    close();
  }
}

/** What reads and what normalises, until it is closed. */
export interface OpenedReading extends Disposable {
  readonly reader: DocumentReader;
  readonly normalizer: ConceptNormalizer;
}

/** @throws BiogptError as `openExtractionReader`, `openNormalizer` */
export async function openReading(
  { annotations = false, vocabularies = packagedVocabularies(), ...extraction }: ReadingSettings,
  context: WorkflowContext<MineEvent>,
): Promise<OpenedReading> {
  const normalizer = await openNormalizer(vocabularies, context.signal);
  if (annotations)
    return { reader: ANNOTATIONS_READER, normalizer, [Symbol.dispose]: () => normalizer[Symbol.dispose]() };
  try {
    const reader = (await openJointReader(extraction, context)) ?? (await openExtractionReader(extraction, context));
    const close = (): void => {
      reader[Symbol.dispose]();
      normalizer[Symbol.dispose]();
    };
    return { reader, normalizer, [Symbol.dispose]: close };
  } catch (error) {
    normalizer[Symbol.dispose]();
    throw error;
  }
}
