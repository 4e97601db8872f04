/** Fine-tuning on relations of the user's own: the schema and lines as examples; the run keeps the schema, for `extract` too. */
import { BiogptError } from "../../base/errors.ts";
import type { InputUnit } from "../../tasks/input-unit.ts";
import { ownExample } from "../../tasks/relation-extraction/own-examples.ts";
import { parseRelationSchema, type RelationSchema, schemeOf } from "../../tasks/relation-extraction/own-scheme.ts";
import { readRelationSchema } from "../../tasks/relation-extraction/own-scheme-file.ts";
import type { ParseLine } from "./examples.ts";
import { sentenceLines } from "./task-lines.ts";

/** What `finetune` and the schema's name call the task. */
export const OWN_RELATIONS = "relations";

export interface OwnRelations {
  /** What the run's description says of it, so that it can go on with nothing but its folder. */
  readonly data: { readonly relations: string; readonly unanchored: "refused" | "skipped" };
  readonly parse: ParseLine;
  readonly schema: RelationSchema;
  /** What was left out of the lines parsed so far, as lines for people. */
  leftOut(): string[];
}

/**
 * @param before what a run that goes on says of its data
 * @returns undefined where the examples are none of the user's relations
 * @throws BiogptError `cli/usage` for a schema that is missing or has no effect, `tasks/relation-schema`
 */
export function ownRelations(
  options: {
    readonly task?: string | undefined;
    readonly schema?: string | undefined;
    readonly skipUnanchored?: boolean | undefined;
  },
  unit: InputUnit,
  before: Readonly<Record<string, string>> | undefined,
): OwnRelations | undefined {
  const { task, schema: path, skipUnanchored } = options;
  const kept = before?.["relations"];
  const usage = (what: string, fix: string) => new BiogptError("cli/usage", { what, fix });
  if (task !== OWN_RELATIONS && kept === undefined) {
    if (path === undefined && skipUnanchored === undefined) return undefined;
    const option = path === undefined ? "--skip-unanchored" : "--schema";
    throw usage(`${option} has no effect without relations of your own.`, "Use `biogpt finetune relations`.");
  }
  if (path === undefined && kept === undefined)
    throw usage("--schema is missing.", "It names the relations; docs/formats/relations.md shows one.");
  const schema =
    path === undefined ? parseRelationSchema(JSON.parse(kept!), "the run's schema") : readRelationSchema(path);
  const skips = skipUnanchored ?? before?.["unanchored"] === "skipped";
  return prepared(schema, skips, unit);
}

function prepared(schema: RelationSchema, skipUnanchored: boolean, unit: InputUnit): OwnRelations {
  const scheme = schemeOf(schema);
  const totals = { unanchored: 0, unreadable: 0 };
  return {
    data: { relations: JSON.stringify(schema), unanchored: skipUnanchored ? "skipped" : "refused" },
    parse: (text, { path, line }) => {
      const { example, unanchored, unreadable } = ownExample(text, { path, line }, { scheme, skipUnanchored });
      totals.unanchored += unanchored;
      totals.unreadable += unreadable;
      const name = `${example.id} (line ${line} of ${path})`;
      if (unit === "sentence") return sentenceLines(example, scheme, name);
      return [{ source: example.source, target: example.target, name }];
    },
    schema,
    leftOut: () => {
      const { unanchored, unreadable } = totals;
      return [
        ...(unanchored > 0 ? [`${unanchored} relations are left out, as an argument is not in the text`] : []),
        ...(unreadable > 0
          ? [
              `${unreadable} relations are left out, as they could not be read back ("and" in a second argument, ";" in either)`,
            ]
          : []),
      ];
    },
  };
}
