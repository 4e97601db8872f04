/** `finetune relations`: the user's schema and lines as a fine-tuning's examples; the run keeps the schema, for `extract` too. */
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import type { ReadingUnit } from "../../tasks/reading.ts";
import { ownExample } from "../../tasks/relation-extraction/own-examples.ts";
import {
  parseRelationSchema,
  type RelationSchema,
  readRelationSchema,
  SCHEMA_FILE,
  schemeOf,
} from "../../tasks/relation-extraction/own-scheme.ts";
import type { Terminal } from "../terminal.ts";
import type { ExampleOptions } from "./examples.ts";
import { sentenceLines } from "./sentence-lines.ts";

/** What `finetune` and the schema's name call the task. */
export const OWN_RELATIONS = "relations";

export interface OwnRelations {
  /** What the run's description says of it, so that it can go on with nothing but its folder. */
  readonly data: { readonly relations: string; readonly unanchored: "refused" | "skipped" };
  readonly parse: NonNullable<ExampleOptions["parse"]>;
  /** Says what was left out of the lines parsed so far. */
  tell(terminal: Terminal): void;
  /** Writes the schema into the run's folder, where `--model` finds it. */
  save(run: string): Promise<void>;
}

/**
 * @param before what a run that goes on says of its data
 * @returns undefined where the examples are none of the user's relations
 * @throws BiogptError `cli/usage` for a schema that is missing or has no effect, `tasks/relation-schema`
 */
export function ownRelations(
  flags: { readonly task?: string; readonly schema?: string; readonly skipUnanchored?: boolean },
  unit: ReadingUnit,
  before: Readonly<Record<string, string>> | undefined,
): OwnRelations | undefined {
  const { task, schema: path, skipUnanchored } = flags;
  const kept = before?.["relations"];
  const usage = (what: string, fix: string) => new BiogptError("cli/usage", { what, fix, kind: "usage" });
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

function prepared(schema: RelationSchema, skipUnanchored: boolean, unit: ReadingUnit): OwnRelations {
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
    tell(terminal) {
      const { unanchored, unreadable } = totals;
      if (unanchored > 0)
        terminal.note(`note: ${unanchored} relations are left out, as an argument is not in the text`);
      if (unreadable > 0) {
        terminal.note(
          `note: ${unreadable} relations are left out, as they could not be read back ("and" in a second argument, ";" in either)`,
        );
      }
    },
    save: (run) => writeFileAtomically(join(run, SCHEMA_FILE), `${JSON.stringify(schema, null, 2)}\n`),
  };
}
