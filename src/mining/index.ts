/** From documents to what a knowledge graph keeps of them: readers, units, and what a sentence says of its statement. */

export { type StatementContext, statementContext, systemOf } from "../tasks/statement-context.ts";
export { ANNOTATIONS_READER, STATED } from "./annotations-reader.ts";
export type {
  DocumentReader,
  ReadArgument,
  ReadDocument,
  ReaderScheme,
  ReadMention,
  ReadRelation,
} from "./document-reader.ts";
export { type MineUnitOptions, mineUnit } from "./mine-unit.ts";
export { type ConceptNormalizer, type NamedPlace, NO_VOCABULARY, nameConcept } from "./normalizer.ts";
export { statedCurie } from "./stated-identifiers.ts";
export { cutIntoUnits, documentHash, UNIT_DOCUMENTS, type Unit } from "./unit.ts";
