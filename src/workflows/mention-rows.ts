/** Found names as lines of a file: JSON Lines, a table, PubTator or BioC (JSON Lines of documents). */
import type { Document } from "../corpora/document.ts";
import { biocJson } from "../corpora/literature/annotated/write-bioc.ts";
import { pubtatorText } from "../corpora/literature/annotated/write-pubtator.ts";
import type { FoundNames } from "./find-names.ts";

export const MENTION_FORMATS = ["jsonl", "tsv", "pubtator", "bioc"] as const;
export type MentionFormat = (typeof MENTION_FORMATS)[number];

export interface MentionRows {
  /** First line of a file; empty where there is none. */
  readonly head: string;
  /** Lines of one document, each with its end. */
  of(names: Omit<FoundNames, "pipeline">): string;
}

/** @param model  what the lines say they come from */
export function mentionRows(format: MentionFormat, model: string): MentionRows {
  switch (format) {
    case "jsonl":
      return {
        head: "",
        of: ({ document, mentions }) => {
          const found = mentions.map(({ ids: _, tagProbability: _tag, typeProbability: _type, ...mention }) => ({
            ...mention,
            probability: rounded(mention.probability),
          }));
          return `${JSON.stringify({ documentId: document.id, mentions: found, model })}\n`;
        },
      };
    case "tsv":
      return {
        head: "documentId\tpassage\tstart\tend\ttype\tprobability\ttext\n",
        of: ({ document, mentions }) =>
          mentions
            .map(({ passage, start, end, type, probability, text }) =>
              [document.id, passage, start, end, type, rounded(probability), oneLine(text)].join("\t"),
            )
            .map((line) => `${line}\n`)
            .join(""),
      };
    case "pubtator":
      return { head: "", of: (names) => pubtatorText(annotated(names)) };
    case "bioc":
      return { head: "", of: (names) => `${JSON.stringify(biocJson(annotated(names)))}\n` };
    default:
      return format satisfies never;
  }
}

/** The document with what was found in place of what its source annotates. */
function annotated({ document, mentions }: Omit<FoundNames, "pipeline">): Document {
  const { relations: _, ...rest } = document;
  const found = mentions.map(({ ids, probability, tagProbability: _tag, typeProbability: _type, ...mention }) => ({
    ...mention,
    identifiers: ids,
    probability: rounded(probability),
  }));
  return { ...rest, mentions: found };
}

/** Each character of white space as one space, so that a line stays one. */
function oneLine(text: string): string {
  return text.replaceAll(/[\t\r\n]/g, " ");
}

function rounded(probability: number): number {
  return Math.round(probability * 1e4) / 1e4;
}
