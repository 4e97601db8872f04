/**
 * What a graph's folder holds beside its units:
 *
 *     graph.json           what made it: the pipeline's parts and hash, and the schema's version
 *     inputs/NAME.json     for each source (file, query, collection): its units in order, what it deletes, what could not be read
 *     units/HASH.parquet   the documents (unit-files.ts)
 *     graph.duckdb         assembled from these (assemble.ts); graph.duckdb.json says from which
 *
 * A source that is mined again replaces its record whole, when it has been read to its end.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { readOptionalJson } from "../../files/optional-json.ts";

/** Of the units and tables; a graph of another one is refused with the way out. */
export const SCHEMA_VERSION = 1;

export interface Pipeline {
  readonly hash: string;
  /** For people: what the hash is of. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface GraphFolder {
  readonly format: "biogpt-graph";
  readonly schema: number;
  readonly pipeline: Pipeline;
}

export interface InputRecord {
  /** A path as given, a query, or a name. */
  readonly source: string;
  /** Where it stands among all inputs: the later one has the word where two have a document. */
  readonly sequence: readonly [run: number, place: number];
  /** Hash of the pipeline that made its units. */
  readonly pipeline: string;
  readonly documents: number;
  /** Hashes, in the order of the source. */
  readonly units: readonly string[];
  /** Ids of documents that it withdraws. */
  readonly deletions: readonly string[];
  /** What was left out. */
  readonly problems: readonly { readonly code: string; readonly what: string }[];
}

const folderSchema: z.ZodType<GraphFolder> = z.object({
  format: z.literal("biogpt-graph"),
  schema: z.number().int(),
  pipeline: z.object({ hash: z.string(), parts: z.record(z.string(), z.string()) }),
});
const inputSchema: z.ZodType<InputRecord> = z.object({
  source: z.string(),
  sequence: z.tuple([z.number().int(), z.number().int()]),
  pipeline: z.string(),
  documents: z.number().int(),
  units: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  deletions: z.array(z.string()),
  problems: z.array(z.object({ code: z.string(), what: z.string() })),
});

/** @returns undefined where the folder holds no graph. @throws BiogptError `knowledge-graph/broken-folder`, `knowledge-graph/schema` */
export async function readGraphFolder(folder: string): Promise<GraphFolder | undefined> {
  const path = join(folder, "graph.json");
  const value = await readOptionalJson(path, (what, cause) => broken(what, path, cause));
  if (value === undefined) return undefined;
  const parsed = folderSchema.safeParse(value);
  if (!parsed.success) throw broken(`${path} does not say what the graph was made with.`, path, parsed.error);
  if (parsed.data.schema === SCHEMA_VERSION) return parsed.data;
  throw new BiogptError("knowledge-graph/schema", {
    what: `The graph in ${folder} has schema ${parsed.data.schema}; this version writes ${SCHEMA_VERSION}.`,
    fix: parsed.data.schema > SCHEMA_VERSION ? "Install a newer biogpt." : "Mine into a new folder.",
  });
}

export async function writeGraphFolder(folder: string, pipeline: Pipeline): Promise<void> {
  const content: GraphFolder = { format: "biogpt-graph", schema: SCHEMA_VERSION, pipeline };
  await writeFileAtomically(join(folder, "graph.json"), `${JSON.stringify(content, null, 2)}\n`);
}

/** All inputs that were read to their end, in their order. @throws BiogptError `knowledge-graph/broken-folder` */
export async function readInputs(folder: string): Promise<InputRecord[]> {
  const names = await readdir(join(folder, "inputs")).catch(() => []);
  const records: InputRecord[] = [];
  for (const name of names.filter((one) => one.endsWith(".json")).sort()) {
    const path = join(folder, "inputs", name);
    const parsed = inputSchema.safeParse(parseJson(await readFile(path, "utf8")));
    if (!parsed.success) throw broken(`${path} is no record of an input.`, path, parsed.error);
    records.push(parsed.data);
  }
  return records.sort((a, b) => a.sequence[0] - b.sequence[0] || a.sequence[1] - b.sequence[1]);
}

export async function writeInput(folder: string, record: InputRecord): Promise<void> {
  const name = createHash("sha256").update(record.source).digest("hex").slice(0, 32);
  await writeFileAtomically(join(folder, "inputs", `${name}.json`), `${JSON.stringify(record)}\n`);
}

/** Equal for graphs of equal content. */
export function stateOf(inputs: readonly InputRecord[]): string {
  const said = inputs.map(({ source, units, deletions, pipeline }) => [source, pipeline, units, deletions]);
  return createHash("sha256")
    .update(JSON.stringify([SCHEMA_VERSION, said]))
    .digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function broken(what: string, path: string, cause: unknown): BiogptError {
  return new BiogptError("knowledge-graph/broken-folder", {
    what,
    fix: `Delete ${path} and mine its input again: units that are there are not done twice.`,
    cause,
  });
}
