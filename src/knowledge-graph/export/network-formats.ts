/** The graph for tools that draw and analyse networks: SIF, GraphML, and Cytoscape's CX2. */
import { join } from "node:path";
import type { Relation } from "../query/answers.ts";
import type { Database } from "../store/database.ts";
import { type ExportFilter, exportedConcepts, plainRelations } from "./rows.ts";
import { tabLine, writeText, xmlText } from "./text-file.ts";

/** `graph.sif`: identifier, kind of relation, identifier; `names.tsv` says what the identifiers are called. */
export async function exportSif(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  await writeText(join(folder, "graph.sif"), async (output) => {
    for await (const piece of plainRelations(graph, filter))
      for (const { head, relation, tail } of piece) await output.write(tabLine([head, relation, tail]));
  });
  await writeText(join(folder, "names.tsv"), async (output) => {
    await output.write(tabLine(["id", "name", "type"]));
    for await (const piece of exportedConcepts(graph, filter))
      for (const { id, name, type } of piece) await output.write(tabLine([id, name, type]));
  });
}

/** Attributes of an edge, with their GraphML types. */
const EDGE_ATTRIBUTES = {
  relation: "string",
  scheme: "string",
  probability: "double",
  evidence: "int",
  documents: "int",
  firstYear: "int",
  lastYear: "int",
  negated: "int",
  speculative: "int",
  retracted: "int",
} as const satisfies Partial<Record<keyof Relation, string>>;

type EdgeAttribute = keyof typeof EDGE_ATTRIBUTES;
const EDGE_NAMES = Object.keys(EDGE_ATTRIBUTES) as EdgeAttribute[];

/** `graph.graphml`: a directed multigraph. */
export async function exportGraphml(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  await writeText(join(folder, "graph.graphml"), async (output) => {
    const keys = [
      ...["name", "type"].map((name) => `<key id="n_${name}" for="node" attr.name="${name}" attr.type="string"/>`),
      ...EDGE_NAMES.map(
        (name) => `<key id="e_${name}" for="edge" attr.name="${name}" attr.type="${EDGE_ATTRIBUTES[name]}"/>`,
      ),
    ];
    await output.write(
      `<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n${keys.join("\n")}\n<graph edgedefault="directed">\n`,
    );
    for await (const piece of exportedConcepts(graph, filter))
      for (const { id, name, type } of piece)
        await output.write(`<node id="${xmlText(id)}">${data("n_name", name)}${data("n_type", type)}</node>\n`);
    for await (const piece of plainRelations(graph, filter))
      for (const relation of piece) {
        const attributes = EDGE_NAMES.map((name) => data(`e_${name}`, relation[name])).join("");
        await output.write(
          `<edge source="${xmlText(relation.head)}" target="${xmlText(relation.tail)}">${attributes}</edge>\n`,
        );
      }
    await output.write("</graph>\n</graphml>\n");
  });
}

function data(key: string, value: string | number | null): string {
  return value === null ? "" : `<data key="${key}">${xmlText(String(value))}</data>`;
}

/** `graph.cx2`: Cytoscape's exchange format, second version. Nodes and edges are numbered from 1 in their order. */
export async function exportCytoscape(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  await writeText(join(folder, "graph.cx2"), async (output) => {
    const numbers = new Map<string, number>();
    const edgeType = (name: EdgeAttribute): string =>
      ({ string: "string", double: "double", int: "integer" })[EDGE_ATTRIBUTES[name]];
    const declared = {
      networkAttributes: { name: { d: "string" } },
      nodes: { name: { d: "string" }, represents: { d: "string" }, type: { d: "string" } },
      edges: Object.fromEntries(EDGE_NAMES.map((name) => [name, { d: edgeType(name) }])),
    };
    await output.write(
      `[{"CXVersion":"2.0","hasFragments":true},\n{"attributeDeclarations":[${JSON.stringify(declared)}]},\n{"networkAttributes":[{"name":"biogpt"}]}`,
    );
    for await (const piece of exportedConcepts(graph, filter)) {
      const nodes = piece.map(({ id, name, type }) => {
        numbers.set(id, numbers.size + 1);
        return { id: numbers.size, v: { name, represents: id, type } };
      });
      if (nodes.length > 0) await output.write(`,\n{"nodes":${JSON.stringify(nodes)}}`);
    }
    let count = 0;
    for await (const piece of plainRelations(graph, filter)) {
      const edges = piece.map((relation) => {
        const attributes = EDGE_NAMES.map((name) => [name, relation[name]] as const).filter(
          ([, value]) => value !== null,
        );
        const ends = { s: numbers.get(relation.head), t: numbers.get(relation.tail) };
        return { id: ++count, ...ends, v: Object.fromEntries(attributes) };
      });
      if (edges.length > 0) await output.write(`,\n{"edges":${JSON.stringify(edges)}}`);
    }
    const metaData = [
      { name: "attributeDeclarations", elementCount: 1 },
      { name: "networkAttributes", elementCount: 1 },
      { name: "nodes", elementCount: numbers.size },
      { name: "edges", elementCount: count },
    ];
    await output.write(`,\n{"metaData":${JSON.stringify(metaData)}},\n{"status":[{"success":true}]}]\n`);
  });
}
