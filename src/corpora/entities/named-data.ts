/** Annotated documents as a user names them: a file, or a corpus and one of its splits (`BC5CDR:train`) below a folder of corpora. */
import { existsSync } from "node:fs";
import { BiogptError } from "../../base/errors.ts";
import { type AnnotatedRelations, ENTITY_SPLITS, type EntitySplit, entityCorpus } from "./corpora.ts";
import type { MentionDocument, MisplacedMention } from "./mention-document.ts";
import { readMentions } from "./read-mentions.ts";

export interface NamedMentions {
  /** As it was named. */
  readonly name: string;
  /** Types that are annotated wherever they occur. */
  readonly types: readonly string[];
  /** Relations that are annotated; absent where the corpus has none, or the file is the user's own. */
  readonly relations?: readonly AnnotatedRelations[];
  readonly documents: readonly MentionDocument[];
  readonly misplaced: readonly MisplacedMention[];
}

/**
 * @param corpora  folder of the corpora, for names of them
 * @throws BiogptError `corpora/unknown-corpus`, `corpora/no-split`, `corpora/not-found`, those of the readers
 */
export function readNamedMentions(name: string, corpora?: string): NamedMentions {
  if (existsSync(name)) return { name, ...readMentions(name) };
  const [, corpusName, split] = /^([\w-]+):(\w+)$/.exec(name) ?? [];
  if (corpusName === undefined) {
    throw new BiogptError("corpora/not-found", {
      what: `There is no file ${name}.`,
      fix: "Name a file, or a corpus with its split as BC5CDR:train together with the folder of the corpora.",
      kind: "not-found",
    });
  }
  const corpus = entityCorpus(corpusName);
  const read = corpus.splits[ENTITY_SPLITS.find((known) => known === split) as EntitySplit];
  if (read === undefined) {
    throw new BiogptError("corpora/no-split", {
      what: `${corpus.name} has no split ${split}.`,
      fix: `It has ${Object.keys(corpus.splits).join(", ")}.`,
      kind: "usage",
    });
  }
  if (corpora === undefined) {
    throw new BiogptError("corpora/not-found", {
      what: `${name} is a corpus, and the folder of the corpora is not known.`,
      fix: "Name the folder as well.",
      kind: "usage",
    });
  }
  const { types, relations } = corpus;
  return { name, types, ...(relations === undefined ? {} : { relations }), ...read(corpora) };
}
