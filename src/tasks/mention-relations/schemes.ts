/** The relation schemes of the package as a reader scores them, and a user's own. */
import { DRUGPROT_LABELS } from "../../corpora/tasks/drugprot.ts";
import type { RelationSchema } from "../relation-extraction/own-scheme.ts";
import { RELATION_SCHEMES, relationScheme } from "../relation-extraction/schemes.ts";
import type { ReaderScheme } from "./reader-scheme.ts";

/** By the name of the scheme. Of drug-target the labels that DrugProt marks in texts: the others are KD-DTI's by way of a database. */
export const READER_SCHEMES: Readonly<Record<string, ReaderScheme>> = {
  "chemical-disease": {
    name: "chemical-disease",
    head: "Chemical",
    tail: "Disease",
    relations: RELATION_SCHEMES["chemical-disease"].relations,
    symmetric: false,
    scope: "document",
  },
  "drug-drug": {
    name: "drug-drug",
    head: "Chemical",
    tail: "Chemical",
    relations: RELATION_SCHEMES["drug-drug"].relations,
    symmetric: true,
    scope: "sentence",
  },
  "drug-target": {
    name: "drug-target",
    head: "Chemical",
    tail: "Gene",
    relations: [...new Set(Object.values(DRUGPROT_LABELS))],
    symmetric: false,
    scope: "sentence",
  },
};

/** @throws BiogptError `tasks/unknown-scheme` */
export function readerScheme(name: string): ReaderScheme {
  return READER_SCHEMES[relationScheme(name).name]!;
}

/** A scheme of the user's own: its kinds of arguments are types of names. */
export function ownReaderScheme({ name, head, tail, relations, symmetric }: RelationSchema): ReaderScheme {
  return { name, head, tail, relations, symmetric, scope: "document" };
}
