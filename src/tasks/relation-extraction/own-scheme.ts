/**
 * A user's own relations as a scheme: a JSON file that names the two kinds of argument and the closed list of labels.
 *
 *     { "name": "drug-effect", "head": "Drug", "tail": "Effect", "relations": ["causes", "prevents"],
 *       "symmetric": false, "lowercase": true }
 *
 * The sentences are those of the drug-drug recipe ("the interaction between H and T is R"), so a label must come back from one as it
 * went in. docs/formats/relations.md describes the file for users.
 */
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { schemeFields } from "../scheme-fields.ts";
import { buildContent } from "./content.ts";
import { RELATION_SCHEMES, type RelationScheme } from "./schemes.ts";
import { interactionTemplates, type RelationTemplate, type RelationTriple } from "./templates.ts";

/** The schema's name in the folder of a model that was fine-tuned on it. */
export const SCHEMA_FILE = "relations.json";

const word = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, "it holds control characters")
  .refine((text) => text.trim() === text, "it begins or ends with a space");
const SCHEMA = z.strictObject({
  ...schemeFields(word),
  symmetric: z.boolean().default(false),
  lowercase: z.boolean().default(true),
});

export interface RelationSchema {
  /** Lower-case letters, digits and hyphens; not a name that the package knows already. */
  readonly name: string;
  /** Kinds of the arguments, as results call them. */
  readonly head: string;
  readonly tail: string;
  /** The closed list of labels, 1 to 500. */
  readonly relations: readonly string[];
  /** Whether (a, b) and (b, a) are one relation. Default false. */
  readonly symmetric: boolean;
  /** Whether text and labels are lower-cased, as the recipes do. Default true. */
  readonly lowercase: boolean;
}

/**
 * @param from what the schema is called in messages
 * @throws BiogptError `tasks/relation-schema` naming the field
 */
export function parseRelationSchema(json: unknown, from: string): RelationSchema {
  const parsed = SCHEMA.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    if (issue.code === "unrecognized_keys") {
      const names = Object.keys(SCHEMA.shape);
      throw refusedSchema(from, `it has the unknown field "${issue.keys[0]}"`, didYouMean(issue.keys[0]!, names));
    }
    throw refusedSchema(from, `${issue.path.join(".") || "the whole"}: ${issue.message}`);
  }
  const schema = parsed.data;
  if (Object.hasOwn(RELATION_SCHEMES, schema.name)) throw refusedSchema(from, `the name ${schema.name} is taken`);
  const labels = labelsOf(schema);
  const twice = labels.find((label, at) => labels.indexOf(label) !== at);
  if (twice !== undefined) throw refusedSchema(from, `the relation "${twice}" is there twice`);
  const template = interactionTemplates(labels)["rel-is"];
  const lost = labels.find((relation) => !survives(template, { head: "a", tail: "b", relation }));
  if (lost !== undefined) {
    throw refusedSchema(
      from,
      `the relation "${lost}" cannot be read back from "the interaction between a and b is ${lost}."`,
    );
  }
  return schema;
}

function labelsOf({ relations, lowercase }: RelationSchema): string[] {
  return lowercase ? relations.map((label) => label.toLowerCase()) : [...relations];
}

export function schemeOf(schema: RelationSchema): RelationScheme {
  const { name, head, tail, symmetric, lowercase } = schema;
  const relations = labelsOf(schema);
  const template = interactionTemplates(relations)["rel-is"];
  return {
    ...{ name, task: "relations", headType: head, tailType: tail, relations, symmetric, lowercase },
    ...{ template, templates: { "rel-is": template }, names: "text", learnedPrompt: 9, maxSourceTokens: 640 },
    content: (document) => buildContent(document, { lowercase }),
  };
}

/** Whether a relation comes back from its sentence: a second argument with "and" in it does not. */
export function survives(template: RelationTemplate, relation: RelationTriple): boolean {
  const [read, ...more] = template.parse(template.render([relation]));
  return (
    more.length === 0 &&
    read?.head === relation.head &&
    read.tail === relation.tail &&
    read.relation === relation.relation
  );
}

export function refusedSchema(from: string, why: string, hint = ""): BiogptError {
  return new BiogptError("tasks/relation-schema", {
    what: `${from} is no schema of relations: ${why}.`,
    fix: `Fields: name, head, tail, relations, symmetric, lowercase; docs/formats/relations.md shows one.${hint}`,
  });
}
