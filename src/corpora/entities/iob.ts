/**
 * Mentions from a token a line with its tag: `B-Chemical`, `I-Chemical`, `O`, or bare `B` and `I` (JNLPBA); `S` and `E` of IOBES too.
 *
 * A sentence is a document whose text is its tokens with one space between them. An `I` that continues nothing begins a mention, as
 * conlleval reads it. Columns between the token and the tag, and lines that begin with `-DOCSTART-`, are passed over.
 */
import { BiogptError } from "../../base/errors.ts";
import { entityType, type Mention, type MentionCorpus, type MentionDocument } from "./mention-document.ts";

export interface IobOptions {
  /** Type of tags that have none. Default `Entity`. */
  readonly untyped?: string;
}

/** @throws BiogptError `corpora/iob` naming file and line */
export function readIobMentions(text: string, name: string, { untyped = "Entity" }: IobOptions = {}): MentionCorpus {
  const documents: MentionDocument[] = [];
  let tokens: Tagged[] = [];
  const finish = (): void => {
    if (tokens.length > 0) documents.push(sentence(`${name}:${documents.length + 1}`, tokens));
    tokens = [];
  };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("-DOCSTART-")) {
      finish();
      continue;
    }
    const fields = line.split(/\t| /);
    const [token, tag] = [fields[0]!, fields.at(-1)!];
    const [, prefix, type] = /^([BIOSE])(?:-(.+))?$/.exec(tag) ?? [];
    if (prefix === undefined || fields.length < 2 || (prefix === "O" && type !== undefined)) {
      throw new BiogptError("corpora/iob", {
        what: `${name}, line ${index + 1}: "${line.slice(0, 60)}" is no token with a tag.`,
        why: "A line is a token, white space and one of B-type, I-type and O.",
      });
    }
    tokens.push({ token, prefix, type: prefix === "O" ? undefined : entityType(type ?? untyped) });
  }
  finish();
  return { documents, misplaced: [] };
}

interface Tagged {
  readonly token: string;
  readonly prefix: string;
  readonly type: string | undefined;
}

function sentence(id: string, tokens: readonly Tagged[]): MentionDocument {
  const mentions: Mention[] = [];
  const text = tokens.map(({ token }) => token).join(" ");
  let at = 0;
  let open: { start: number; end: number; type: string } | undefined;
  const close = (): void => {
    if (open !== undefined) mentions.push({ passage: 0, ...open, text: text.slice(open.start, open.end), ids: [] });
    open = undefined;
  };
  for (const { token, prefix, type } of tokens) {
    const end = at + token.length;
    const continues = type !== undefined && type === open?.type && (prefix === "I" || prefix === "E");
    if (continues && open !== undefined) open.end = end;
    else {
      close();
      if (type !== undefined) open = { start: at, end, type };
    }
    if (prefix === "E" || prefix === "S") close();
    at = end + 1;
  }
  close();
  return { id, passages: [{ kind: "text", text }], mentions };
}
