/** Knowledge graphs: the store, questions and exports. `biogpt/workflows` mines them. */

export { exportGraph } from "./export/export-graph.ts";
export { EXPORT_FORMATS, type ExportFormat } from "./export/format-names.ts";
export type { ExportFilter } from "./export/rows.ts";
export type {
  Association,
  AssociationKey,
  AssociationSentence,
  Concept,
  Evidence,
  GraphStatistics,
  NetworkPiece,
  Relation,
  Stretch,
} from "./query/answers.ts";
export { association } from "./query/association.ts";
export { conceptNamed, type FindOptions, findConcepts } from "./query/concepts.ts";
export { network } from "./query/network.ts";
export {
  evidence,
  type NeighbourOptions,
  neighbours,
  type PathOptions,
  path,
  type RelationFilter,
  strongestRelations,
} from "./query/relations.ts";
export { graphStatistics } from "./query/statistics.ts";
export { type AssembleOptions, assembleGraph } from "./store/assemble.ts";
export { Database, type DatabaseOptions, type Parameter, type Row } from "./store/database.ts";
export type {
  ArgumentRecord,
  ConceptRecord,
  DocumentRecord,
  EvidenceRecord,
  ExperimentalSystem,
  MentionRecord,
} from "./store/document-record.ts";
export { type OpenGraphOptions, openGraph } from "./store/open-graph.ts";
