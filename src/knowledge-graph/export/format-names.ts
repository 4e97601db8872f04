/** Names of the formats that graphs are written in: apart from what writes them, so that help needs not load it. */
export const EXPORT_FORMATS = [
  "kgx",
  "neo4j",
  "turtle",
  "nanopub",
  "indra",
  "cytoscape",
  "graphml",
  "sif",
  "tsv",
  "parquet",
  "bioc",
  "pubtator",
] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];
