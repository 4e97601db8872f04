/** Found names as lines of a file: JSON Lines, a table, PubTator or BioC (JSON Lines of documents). */
import type { FoundNames } from "./find-names.ts";

export const MENTION_FORMATS = ["jsonl", "tsv", "pubtator", "bioc"] as const;
export type MentionFormat = (typeof MENTION_FORMATS)[number];

export interface MentionRows {
  /** First line of a file; empty where there is none. */
  readonly head: string;
  /** Lines of one document, each with its end. */
  of(names: FoundNames): string;
}

/** @param model  what the lines say they come from */
export function mentionRows(format: MentionFormat, model: string): MentionRows {
  switch (format) {
    case "jsonl":
      return {
        head: "",
        of: ({ document, mentions }) => {
          const found = mentions.map(({ ids: _, ...mention }) => ({
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
      return { head: "", of: pubTatorBlock };
    case "bioc":
      return { head: "", of: (names) => `${JSON.stringify(biocDocument(names))}\n` };
    default:
      return format satisfies never;
  }
}

/** Title, the rest as abstract, and a line a mention; offsets count code points over both, as PubTator's tools do. */
function pubTatorBlock({ document, mentions }: FoundNames): string {
  const { id, passages } = document;
  const [title = "", ...rest] = passages.map(({ text }) => oneLine(text));
  const starts = codePointStarts(passages);
  const lines = mentions.map(({ passage, start, end, text, type }) => {
    const first = starts[passage]! + codePoints(passages[passage]!.text.slice(0, start));
    return [id, first, first + codePoints(passages[passage]!.text.slice(start, end)), oneLine(text), type, "-"].join(
      "\t",
    );
  });
  return [`${id}|t|${title}`, `${id}|a|${rest.join(" ")}`, ...lines, "", ""].join("\n");
}

/** A document of BioC's JSON. */
function biocDocument({ document, mentions }: FoundNames): object {
  const starts = codePointStarts(document.passages);
  return {
    id: document.id,
    infons: {},
    passages: document.passages.map(({ kind, text }, p) => ({
      infons: { type: kind },
      offset: starts[p],
      text,
      annotations: mentions
        .filter(({ passage }) => passage === p)
        .map(({ start, end, text: words, type, probability }, i) => ({
          id: `${p}.${i}`,
          infons: { type, probability: String(rounded(probability)) },
          text: words,
          locations: [
            { offset: starts[p]! + codePoints(text.slice(0, start)), length: codePoints(text.slice(start, end)) },
          ],
        })),
      relations: [],
    })),
    relations: [],
  };
}

/** Code points before each passage, one for the space between two. */
function codePointStarts(passages: readonly { readonly text: string }[]): number[] {
  let at = 0;
  return passages.map(({ text }) => {
    const start = at;
    at += codePoints(text) + 1;
    return start;
  });
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Each character of white space as one space, so that offsets hold. */
function oneLine(text: string): string {
  return text.replaceAll(/[\t\r\n]/g, " ");
}

function rounded(probability: number): number {
  return Math.round(probability * 1e4) / 1e4;
}
