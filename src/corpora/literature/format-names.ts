/** Names of the input formats, for options and messages: apart from their readers, so that help needs not load them. */
export const FORMATS = [
  "pubmed-xml",
  "jats",
  "bioc-xml",
  "endnote-xml",
  "json-lines",
  "bioc-json",
  "json",
  "pubtator",
  "ris",
  "endnote",
  "bibtex",
  "pubmed-text",
  "nbib",
  "tsv",
  "csv",
  "text",
  "text-lines",
] as const;

/** One of `--input-format`'s names. `text` is one document a file, `text-lines` one a line. */
export type Format = (typeof FORMATS)[number];
