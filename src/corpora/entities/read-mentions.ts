/**
 * Files of mentions by what they hold: PubTator, BioC (XML or JSON), BRAT (an `.ann` beside its `.txt`) or IOB.
 *
 * A file says with its mentions which types it annotates; a corpus of its own name (corpora.ts) knows.
 */
import { basename } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { decodeText, readBytes } from "../tasks/task-files.ts";
import { readBioCMentions } from "./bioc.ts";
import { readBratMentions } from "./brat.ts";
import { readIobMentions } from "./iob.ts";
import type { MentionCorpus, MisplacedMention } from "./mention-document.ts";
import { readPubTatorMentions } from "./pubtator.ts";

export interface AnnotatedFile extends MentionCorpus {
  /** Types that occur. */
  readonly types: readonly string[];
}

/** @throws BiogptError `corpora/mentions` for a file of none of the forms, those of each form's reader */
export function readMentions(path: string): AnnotatedFile {
  const corpus = read(path);
  const types = new Set(corpus.documents.flatMap(({ mentions }) => mentions.map(({ type }) => type)));
  return { ...corpus, types: [...types].sort() };
}

function read(path: string): MentionCorpus {
  const contents = (file: string): string => decodeText({ path: file, bytes: readBytes(file).bytes });
  const text = contents(path);
  const name = basename(path);
  const [, stem] = /^(.*)\.ann$/.exec(path) ?? [];
  if (stem !== undefined) {
    const misplaced: MisplacedMention[] = [];
    const id = basename(stem);
    return { documents: [readBratMentions(contents(`${stem}.txt`), text, id, name, misplaced)], misplaced };
  }
  if (/^\s*[<[{]/.test(text)) return readBioCMentions(text, name);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const first = lines[0] ?? "";
  if (/^[^|\t]+\|[ta]\|/.test(first)) return readPubTatorMentions(text, name);
  if (/^\S+[\t ](?:.*[\t ])?(?:O|[BISE](?:-\S+)?)$/.test(first)) return readIobMentions(text, name);
  throw new BiogptError("corpora/mentions", {
    what: `${path} holds no mentions in a form that is known.`,
    why: `It begins with ${JSON.stringify(first.slice(0, 60))}.`,
    fix: "Give PubTator, BioC (XML or JSON), BRAT's .ann beside its .txt, or one token and tag a line (IOB).",
  });
}
