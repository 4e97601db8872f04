/**
 * A user's own relation data: a document a line with the relations in it, to examples as the benchmark tasks have them.
 *
 *     {"id": "1", "text": "Aspirin causes nausea.", "relations": [{"head": "aspirin", "tail": "nausea", "relation": "causes"}]}
 *
 * Documents have the shapes of corpora/json-lines.ts. Arguments must stand in the text: whoever learns names that do not learns to
 * invent them. What is learnt is the text's own wording.
 */
import { z } from "zod";
import { didYouMean, nearestName } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Document } from "../../corpora/document.ts";
import { parseJsonDocument } from "../../corpora/literature/json-lines.ts";
import type { GoldRelation, GoldRelations, TaskExample } from "../example.ts";
import { anchorArgument } from "./anchor.ts";
import type { Content } from "./content.ts";
import { survives } from "./own-scheme.ts";
import type { RelationScheme } from "./schemes.ts";

const argument = z.string().min(1).max(1000);
const RELATIONS = z
  .array(z.strictObject({ head: argument, tail: argument, relation: z.string().min(1).max(100) }))
  .max(2000);

export interface OwnExampleOptions {
  readonly scheme: RelationScheme;
  /** Leaves out relations with an argument that is not in the text, instead of refusing the line. Default false. */
  readonly skipUnanchored?: boolean;
}

export interface OwnExample {
  readonly example: TaskExample<GoldRelations>;
  /** Relations left out because an argument is not in the text. */
  readonly unanchored: number;
  /** Relations of the gold that are left out of the target, as they could not be read back from their sentences. */
  readonly unreadable: number;
}

/**
 * @param text one line of the file
 * @throws BiogptError `tasks/own-relations` and those of the document, each naming the line
 */
export function ownExample(
  text: string,
  { path, line }: { readonly path: string; readonly line: number },
  { scheme, skipUnanchored = false }: OwnExampleOptions,
): OwnExample {
  const where = `line ${line} of ${path}`;
  const document = parseJsonDocument(text, path, line);
  const content = scheme.content(document);
  const relations: GoldRelation[] = [];
  let unanchored = 0;
  for (const [at, given] of relationsOf(text, where).entries()) {
    const place = `${where}, relation ${at + 1}`;
    const relation = labelOf(given.relation, scheme, place);
    const [head, tail] = [given.head, given.tail].map((name) => wordingOf(name, document, content, scheme));
    if (head === undefined || tail === undefined) {
      if (!skipUnanchored) throw notInText(head === undefined ? given.head : given.tail, document, place);
      unanchored++;
    } else relations.push({ head, tail, relation });
  }
  const written = relations.filter((relation) => survives(scheme.template, relation));
  const unreadable = relations.length - written.length;
  const gold: GoldRelations = { kind: "relations", relations, named: true };
  const ordered = written
    .map((relation) => ({ relation, place: content.text.indexOf(relation.head) }))
    .sort((a, b) => a.place - b.place)
    .map(({ relation }) => relation);
  const target = scheme.template.render(ordered);
  return { example: { id: document.id, source: content.text, target, document, gold }, unanchored, unreadable };
}

function relationsOf(text: string, where: string): z.output<typeof RELATIONS> {
  const record = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (record["relations"] === undefined) {
    const near = Object.keys(record).find((key) => nearestName(key, ["relations"]) !== undefined);
    throw new BiogptError("tasks/own-relations", {
      what: `${where} has no "relations".`,
      fix: near === undefined ? 'A document without any has "relations": [].' : `Rename "${near}" to "relations".`,
    });
  }
  const parsed = RELATIONS.safeParse(record["relations"]);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new BiogptError("tasks/own-relations", {
    what: `${where}: relations${issue.path.map((part) => `[${String(part)}]`).join("")}: ${issue.message}.`,
    fix: "A relation is {head, tail, relation}, all texts.",
  });
}

function labelOf(given: string, { relations, lowercase, name }: RelationScheme, place: string): string {
  const label = lowercase ? given.toLowerCase() : given;
  if (relations.includes(label)) return label;
  throw new BiogptError("tasks/own-relations", {
    what: `${place}: the schema ${name} has no relation "${given}".`,
    fix: `Its relations are ${relations.slice(0, 20).join(", ")}${relations.length > 20 ? ", …" : ""}.${didYouMean(label, relations)}`,
  });
}

/** The text's own wording of an argument at its first place, cased as the model reads it; undefined for one that is not there. */
function wordingOf(
  name: string,
  document: Document,
  content: Content,
  { lowercase }: RelationScheme,
): string | undefined {
  const [span] = anchorArgument(name, document, content);
  if (span === undefined) return undefined;
  const text = document.passages[span.passage]!.text.slice(span.start, span.end).replace(/\s+/g, " ");
  return lowercase ? text.toLowerCase() : text;
}

/** Words of a document that are looked through for a near miss. */
const MOST_WORDS = 2000;

function notInText(name: string, document: Document, place: string): BiogptError {
  const words = document.passages.flatMap(
    ({ text }) => text.match(/[\p{L}\p{N}][^\s]*[\p{L}\p{N}]|[\p{L}\p{N}]/gu) ?? [],
  );
  const length = name.split(/\s+/).length;
  const stretches = words.slice(0, MOST_WORDS).map((_, at) => words.slice(at, at + length).join(" "));
  return new BiogptError("tasks/own-relations", {
    what: `${place}: "${name}" does not stand in the text.`,
    why: "A model that learns names from elsewhere learns to invent them.",
    fix: `Write it as the text does, or leave such relations out with --skip-unanchored.${didYouMean(name, new Set(stretches))}`,
  });
}
