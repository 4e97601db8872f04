/** Relations as `biogpt extract` printed them (JSON Lines), and lines planted among them, whose answer is known. */
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import { decodeText, readBytes } from "../../corpora/tasks/task-files.ts";

const argument = z.looseObject({ text: z.string().min(1) });
const LINE = z.looseObject({
  documentId: z.string(),
  scheme: z.string(),
  relation: z.string(),
  head: argument,
  tail: argument,
  probability: z.number().min(0).max(1),
  evidence: z.looseObject({ text: z.string(), also: z.looseObject({ text: z.string() }).nullish() }).nullish(),
});
/** `extract --with-empty` */
const EMPTY_LINE = z.looseObject({ documentId: z.string(), scheme: z.string(), relations: z.literal(0) });
const PLANTED_LINE = z.looseObject({ ...LINE.shape, probability: z.number().optional(), right: z.boolean() });

export interface PrintedRelation {
  readonly documentId: string;
  readonly scheme: string;
  readonly relation: string;
  readonly head: string;
  readonly tail: string;
  /** The sentence that it was read from; undefined where the line has none. */
  readonly evidence: string | undefined;
}

export interface RelationOfVersion extends PrintedRelation {
  readonly probability: number;
}

export interface PlantedRelation extends PrintedRelation {
  readonly right: boolean;
}

export interface PrintedFile {
  readonly relations: readonly RelationOfVersion[];
  /** Schemes that were looked for, those without any relation too where the lines say so. */
  readonly schemes: readonly string[];
}

/** @throws BiogptError `evaluation/printed` naming the line */
export function readPrinted(path: string): PrintedFile {
  const schemes = new Set<string>();
  const relations = linesOf(path).flatMap(({ value, where }): RelationOfVersion[] => {
    const empty = EMPTY_LINE.safeParse(value);
    if (empty.success) {
      schemes.add(empty.data.scheme);
      return [];
    }
    const line = parsed(LINE, value, where);
    schemes.add(line.scheme);
    return [{ ...printed(line), probability: line.probability }];
  });
  return { relations, schemes: [...schemes].sort() };
}

/** Lines of `extract` with `"right": true` or `false` in each. @throws BiogptError `evaluation/printed` naming the line */
export function readPlanted(path: string): PlantedRelation[] {
  return linesOf(path).map(({ value, where }) => {
    const line = parsed(PLANTED_LINE, value, where);
    const relation = printed(line);
    // Its document is not among those that are read, and a line without text would tell what it is.
    if (relation.evidence === undefined) throw refused(where, "a planted line needs its evidence");
    return { ...relation, right: line.right };
  });
}

interface ReadLine {
  readonly documentId: string;
  readonly scheme: string;
  readonly relation: string;
  readonly head: { readonly text: string };
  readonly tail: { readonly text: string };
  readonly evidence?:
    | { readonly text: string; readonly also?: { readonly text: string } | null | undefined }
    | null
    | undefined;
}

function printed({ documentId, scheme, relation, head, tail, evidence }: ReadLine): PrintedRelation {
  // Where no sentence names both, a second one names the other.
  const also = evidence?.also == null ? "" : ` … ${evidence.also.text}`;
  const text = evidence == null ? undefined : evidence.text + also;
  return { documentId, scheme, relation, head: head.text, tail: tail.text, evidence: text };
}

function linesOf(path: string): { readonly value: unknown; readonly where: string }[] {
  const text = decodeText({ path, bytes: readBytes(path).bytes });
  return text.split(/\r?\n/).flatMap((line, at) => {
    if (line.trim() === "") return [];
    const where = `Line ${at + 1} of ${path}`;
    try {
      return [{ value: JSON.parse(line) as unknown, where }];
    } catch (cause) {
      throw refused(where, (cause as Error).message);
    }
  });
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const issue = found.error.issues[0]!;
  throw refused(where, `${issue.path.join(".") || "the whole"}: ${issue.message}`);
}

function refused(where: string, why: string): BiogptError {
  return new BiogptError("evaluation/printed", {
    what: `${where} is no relation: ${why}.`,
    fix: 'Give what `biogpt extract` writes as JSON Lines; planted lines have "right": true or false besides.',
  });
}
