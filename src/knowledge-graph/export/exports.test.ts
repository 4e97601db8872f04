/** Exports of a small graph with awkward names, and of whole corpora, read by what we did not write. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { parse } from "csv-parse/sync";
import { Parser } from "n3";
import { SaxesParser } from "saxes";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDocuments } from "../../corpora/literature/read.ts";
import { ANNOTATIONS_READER } from "../../mining/annotations-reader.ts";
import { mineUnit } from "../../mining/mine-unit.ts";
import { NO_VOCABULARY } from "../../mining/normalizer.ts";
import { statedCurie } from "../../mining/stated-identifiers.ts";
import { strongestRelations } from "../query/relations.ts";
import { Database } from "../store/database.ts";
import { writeGraphFolder, writeInput } from "../store/inputs.ts";
import { openGraph } from "../store/open-graph.ts";
import { writeUnit } from "../store/unit-files.ts";
import { exportGraph } from "./export-graph.ts";

let folder = "";
let graph: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biogpt-exports-"));
  await writeFile(join(folder, "in.pubtator"), AWKWARD);
  graph = await graphOf([join(folder, "in.pubtator")], join(folder, "kg"));
});
afterAll(async () => {
  graph[Symbol.dispose]();
  await rm(folder, { recursive: true, force: true });
});

const AWKWARD = `7|t|Naloxone & "shock" <in> 🧪 rats.
7|a|Naloxone caused shock | here. Gene TP53 binds it.
7	0	8	Naloxone	Chemical	MESH:D009270
7	32	40	Naloxone	Chemical	MESH:D009270
7	48	53	shock	Disease	MESH:D012769
7	67	71	TP53	Gene	7157
7	11	18	"shock"	Disease	-
7	CID	MESH:D009270	MESH:D012769
7	Bind	7157	MESH:D009270
7	inhibitor	MESH:D009270	7157

8|t|A title alone.
8|a|
8	2	7	title	Odd Type	X|1
8	Comparison	X|1	X|2

`;

/** A graph of what files state. */
async function graphOf(paths: readonly string[], out: string): Promise<Database> {
  await writeGraphFolder(out, { hash: "x", parts: {} });
  for (const [place, path] of paths.entries()) {
    const documents = [];
    for await (const document of readDocuments([path])) documents.push(document);
    const records = mineUnit(documents, { reader: ANNOTATIONS_READER, normalizer: NO_VOCABULARY });
    const hash = String(place).padStart(64, "0");
    await writeUnit(out, hash, records);
    await writeInput(out, {
      source: path,
      sequence: [1, place],
      pipeline: "x",
      documents: documents.length,
      units: [hash],
      deletions: [],
      problems: [],
    });
  }
  return await openGraph(out, { threads: 1 });
}

async function exported(format: string, file: string): Promise<string> {
  await exportGraph(graph, format, join(folder, format));
  return readFile(join(folder, format, file), "utf8");
}

const table = (text: string): Record<string, string>[] =>
  parse(text, { columns: true, delimiter: "\t", quote: null }) as Record<string, string>[];
const has = (program: string): boolean => {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

test("KGX: every edge's ends are nodes, and its text names both", async () => {
  const edges = table(await exported("kgx", "edges.tsv"));
  const nodes = table(await readFile(join(folder, "kgx", "nodes.tsv"), "utf8"));
  const ids = new Set(nodes.map(({ id }) => id));
  expect(edges.every(({ subject, object }) => ids.has(subject) && ids.has(object))).toBe(true);
  const edge = edges.find(({ predicate }) => predicate === "biolink:causes")!;
  expect(edge).toMatchObject({
    ...{ subject: "MESH:D009270", object: "MESH:D012769", publications: "PMID:7", agent_type: "text_mining_agent" },
    ...{ supporting_text: "Naloxone caused shock ¦ here." },
  });
  const [from, to] = edge["object_location_in_text"]!.split("|").map(Number);
  expect(edge["supporting_text"]!.slice(from, to)).toBe("shock");
  const inhibits = edges.find(({ original_predicate: said }) => said === "inhibitor")!;
  expect(inhibits).toMatchObject({ predicate: "biolink:affects", object_direction_qualifier: "decreased" });
});

test("Neo4j: no end dangles", async () => {
  const relations = parse(await exported("neo4j", "relations.csv"), { columns: true }) as Record<string, string>[];
  const concepts = parse(await readFile(join(folder, "neo4j", "concepts.csv"), "utf8"), { columns: true }) as Record<
    string,
    string
  >[];
  const ids = new Set(concepts.map((row) => row["id:ID"]));
  expect(relations).toHaveLength(4);
  expect(relations.every((row) => ids.has(row[":START_ID"]!) && ids.has(row[":END_ID"]!))).toBe(true);
});

test("Turtle and nanopublications: n3 reads them, and raptor where it is there", async () => {
  const triples = new Parser({ format: "text/turtle" }).parse(await exported("turtle", "graph.ttl"));
  const causes = triples.filter(({ predicate }) => predicate.value === "https://w3id.org/biolink/vocab/causes");
  expect(causes.map(({ subject, object }) => [subject.value, object.value])).toEqual([
    ["https://bioregistry.io/mesh:D009270", "https://bioregistry.io/mesh:D012769"],
  ]);
  const quads = new Parser({ format: "application/trig" }).parse(await exported("nanopub", "nanopubs.trig"));
  const graphs = new Set(quads.map((quad) => quad.graph.value));
  expect(graphs.size).toBe(4 * 4);
  for (const graphName of graphs) expect(graphName).toMatch(/#(?:Head|assertion|provenance|pubinfo)$/);
  if (has("rapper")) {
    execFileSync("rapper", ["-q", "-c", "-i", "turtle", join(folder, "turtle/graph.ttl")]);
    execFileSync("rapper", ["-q", "-c", "-i", "trig", join(folder, "nanopub/nanopubs.trig")]);
  }
});

const VOCABULARIES = fileURLToPath(new URL("../../../../shared/data/vocabularies/indra/", import.meta.url));
test.skipIf(!existsSync(VOCABULARIES))("INDRA: its JSON Schema takes every statement", async () => {
  const statements = JSON.parse(await exported("indra", "statements.json")) as { type: string }[];
  const schema = JSON.parse(await readFile(`${VOCABULARIES}statements_schema.json`, "utf8")) as Record<string, unknown>;
  const { $schema: _, id: __, ...draft6 } = schema; // what is used of it is the same in draft 7
  const validate = new Ajv({ strict: false }).compile(draft6);
  expect(validate(statements), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  expect(statements.map(({ type }) => type).sort()).toEqual(["Activation", "Association", "Complex", "Inhibition"]);
  expect(validate([{ type: "Nonsense" }])).toBe(false);
});

test("GraphML and CX2: as many nodes and edges as there are, no edge without ends", async () => {
  const counts: Record<string, number> = {};
  const ids = new Set<string>();
  const parser = new SaxesParser();
  parser.on("opentag", ({ name, attributes }) => {
    counts[name] = (counts[name] ?? 0) + 1;
    if (name === "node") ids.add(String(attributes["id"]));
    if (name === "edge")
      expect(ids.has(String(attributes["source"])) && ids.has(String(attributes["target"]))).toBe(true);
  });
  parser.write(await exported("graphml", "graph.graphml")).close();
  expect(counts).toMatchObject({ node: 5, edge: 4 });
  const aspects = JSON.parse(await exported("cytoscape", "graph.cx2")) as Record<
    string,
    { id: number; s: number; t: number }[]
  >[];
  const nodes = aspects.find((aspect) => "nodes" in aspect)!["nodes"]!;
  const edges = aspects.find((aspect) => "edges" in aspect)!["edges"]!;
  expect([nodes.length, edges.length]).toEqual([5, 4]);
  for (const { s, t } of edges) expect(s >= 1 && s <= 5 && t >= 1 && t <= 5).toBe(true);
  expect(aspects.at(-1)).toEqual({ status: [{ success: true }] });
  expect((await exported("sif", "graph.sif")).trim().split("\n")).toHaveLength(4);
});

test("tables: the same twice, and DuckDB reads the Parquet", async () => {
  const first = await exported("tsv", "evidence.tsv");
  expect(await exported("tsv", "evidence.tsv")).toBe(first);
  expect(first.split("\n")[0]).toContain("document\tscheme\ttype\thead\ttail");
  await exportGraph(graph, "parquet", join(folder, "parquet"));
  using other = await Database.open();
  expect(await other.rows(`SELECT count(*) AS n FROM '${join(folder, "parquet/relations.parquet")}'`)).toEqual([
    { n: 4 },
  ]);
});

test("an unknown format is named with its neighbours", async () => {
  await expect(exportGraph(graph, "turtel", folder)).rejects.toMatchObject({
    code: "knowledge-graph/unknown-format",
    fix: expect.stringContaining('Did you mean "turtle"?'),
  });
});

const TASKS = fileURLToPath(new URL("../../../../shared/data/tasks/", import.meta.url));
const DTD = "BC5CDR/BC5CDR_Evaluation-0.0.3/BioC.dtd";
const GOLD = ["BioRED/Test.PubTator.gz", "BC5CDR/CDR.Corpus.v010516/CDR_TestSet.PubTator.txt.gz"];

for (const name of GOLD) {
  test.skipIf(!existsSync(TASKS + name))(
    `${name}: gold relations through store, query, export and back, none lost or doubled`,
    async () => {
      const out = join(folder, name.split("/")[0]!);
      using gold = await graphOf([TASKS + name], out);
      const wanted = await relationsOf(TASKS + name);
      const stored = await gold.rows<{ said: string }>(
        "SELECT document || ' ' || type || ' ' || head || ' ' || tail AS said FROM evidence",
      );
      expect(stored.map(({ said }) => said).sort()).toEqual(wanted);
      const asked = await strongestRelations(gold, { limit: 1_000_000 });
      const between = asked.map(({ head, relation, tail }) => `${relation} ${head} ${tail}`);
      expect(between.toSorted()).toEqual([...new Set(wanted.map((said) => said.replace(/^\S+ /, "")))].sort());
      expect(asked.reduce((sum, { evidence }) => sum + evidence, 0)).toBe(wanted.length);
      for (const [format, file] of [
        ["pubtator", "documents.pubtator"],
        ["bioc", "documents.xml"],
        ["bioc", "documents.json"],
      ] as const) {
        await exportGraph(gold, format, join(out, format));
        expect(await relationsOf(join(out, format, file))).toEqual(wanted);
      }
      if (!has("xmllint")) return;
      await writeFile(join(out, "bioc", "BioC.dtd"), await readFile(TASKS + DTD));
      execFileSync("xmllint", ["--noout", "--valid", "--nonet", join(out, "bioc", "documents.xml")], { stdio: "pipe" });
    },
  );
}

/** Of each document, with the identifiers as CURIEs. */
async function relationsOf(path: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { id, relations = [], mentions = [] } of readDocuments([path])) {
    const typeOf = (identifier: string): string =>
      mentions.find(({ identifiers }) => identifiers.includes(identifier))?.type ?? "";
    const curie = (identifier: string | undefined): string => statedCurie(identifier!, typeOf(identifier!));
    for (const { type, head, tail } of relations)
      found.push(`${id} ${type} ${curie(head.identifier)} ${curie(tail.identifier)}`);
  }
  return found.sort();
}
