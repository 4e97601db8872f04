/** A knowledge graph over HTTP: the questions of `biogpt graph` in pages, what stands behind a relation, and what is refused. */
import { readdir, readFile, readlink, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import {
  graphAssociationResponse,
  graphEvidenceResponse,
  graphFindResponse,
  graphNeighboursResponse,
  graphPathResponse,
  graphStatsResponse,
} from "./contract/graph.ts";
import type { WireError, WireNetworkPiece } from "./contract.ts";
import { graphFolder } from "./graph-folder.fixture.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";

let folder = "";
let server: RunningServer;
beforeAll(async () => {
  folder = await graphFolder();
  server = await serve({ port: 0, models: [], graphFolder: folder });
});
afterAll(() => server.close());

type Query = Readonly<Record<string, string | number | readonly string[]>>;

function ask(path: string, query: Query = {}): Promise<Response> {
  const url = new URL(`${server.url}/v1/graph/${path}`);
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) url.searchParams.append(name, String(one));
  return fetch(url);
}

async function refusal(path: string, query: Query): Promise<unknown> {
  const response = await ask(path, query);
  const { error } = (await response.json()) as { error: { code: string; param: string | null } };
  return [response.status, error.code, error.param];
}

const [ASPIRIN, RENAL_FAILURE] = ["name:chemical/aspirin", "name:disease/renal_failure"];

test("what is in it, with kinds, and sources without their folders", async () => {
  const statistics = graphStatsResponse.parse(await (await ask("stats")).json());
  expect(statistics).toMatchObject({ documents: 6, relations: 4, firstYear: 1999, lastYear: 2020 });
  expect(statistics.relationTypes).toEqual([{ scheme: "causes", relation: "causes", relations: 4, evidence: 6 }]);
  expect(statistics.sources[0]!.source).toBe("papers.jsonl");
  expect(statistics.pipeline.parts).toEqual({ reader: "a dictionary", concepts: "no vocabulary" });
});

test("concepts are found by words, of a type, in pages", async () => {
  const all = graphFindResponse.parse(await (await ask("find", { q: "i" })).json());
  expect(all.concepts.length).toBeGreaterThan(3);
  const pages = [];
  for (let offset: number | null = 0; offset !== null; ) {
    const page = graphFindResponse.parse(await (await ask("find", { q: "i", limit: 2, offset })).json());
    pages.push(...page.concepts);
    offset = page.next;
  }
  expect(pages).toEqual(all.concepts);
  const diseases = graphFindResponse.parse(await (await ask("find", { q: "REN", type: "disease" })).json());
  expect(diseases.concepts.map(({ id }) => id)).toEqual([RENAL_FAILURE]);
});

test("neighbours by name or identifier, by kind, year and probability; without a concept those of the whole graph", async () => {
  const relations = async (query: Query): Promise<string[]> => {
    const answer = graphNeighboursResponse.parse(await (await ask("neighbours", query)).json());
    return answer.relations.map(({ headName, tailName }) => `${headName} > ${tailName}`).sort();
  };
  const aspirin = ["Aspirin > bleeding", "Aspirin > renal failure"];
  expect(await relations({ concept: "Aspirin" })).toEqual(aspirin);
  expect(await relations({ concept: ASPIRIN, direction: "in" })).toEqual([]);
  expect(await relations({ concept: "aspirin", fromYear: 2001, toYear: 2019 })).toEqual(["Aspirin > bleeding"]);
  expect(await relations({ concept: "aspirin", fromYear: 2005 })).toEqual(["Aspirin > renal failure"]);
  expect(await relations({ concept: "cisplatin", relation: ["causes", "cures"] })).toEqual([
    "Cisplatin > renal failure",
  ]);
  expect(await relations({ concept: "cisplatin", relation: ["cures"] })).toEqual([]);
  // Two documents of 0.8 each: 1 - 0.2 ** 2.
  expect(await relations({ threshold: 0.95 })).toEqual(["Cisplatin > renal failure"]);
  expect(await relations({})).toHaveLength(4);
});

test("a path joins two concepts, and says where it is none", async () => {
  const answer = graphPathResponse.parse(await (await ask("path", { from: "bleeding", to: "cisplatin" })).json());
  expect(answer.concepts.map(({ name }) => name).sort()).toEqual(["Aspirin", "Cisplatin", "bleeding", "renal failure"]);
  expect(answer.relations.map(({ head, tail }) => [head, tail].map((id) => id.split("/")[1]))).toEqual([
    ["aspirin", "bleeding"],
    ["aspirin", "renal_failure"],
    ["cisplatin", "renal_failure"],
  ]);
  expect(await refusal("path", { from: "bleeding", to: "seizures" })).toEqual([404, "knowledge-graph/no-path", null]);
  expect(await refusal("path", { from: "bleeding", to: "cisplatin", steps: 2 })).toEqual([
    ...[404, "knowledge-graph/no-path", null],
  ]);
});

test("evidence of one concept and of two, in pages", async () => {
  const of = async (query: Query): Promise<[documents: string[], next: number | null]> => {
    const { evidence, next } = graphEvidenceResponse.parse(await (await ask("evidence", query)).json());
    return [evidence.map(({ document }) => document), next];
  };
  expect(await of({ concept: "renal failure" })).toEqual([["3", "5", "6"], null]);
  expect(await of({ concept: "renal failure", other: "aspirin" })).toEqual([["6"], null]);
  expect(await of({ concept: "renal failure", toYear: 2012 })).toEqual([["3"], null]);
  expect(await of({ concept: "renal failure", limit: 1, offset: 1 })).toEqual([["5"], 2]);
});

test("a parameter that is missing is named", async () => {
  const { error } = (await (await ask("association", { head: "aspirin" })).json()) as WireError;
  expect(error.what).toMatch(/^(scheme|relation|tail) is missing\.$/);
  expect(error.what).toContain(error.param!);
});

test("an association has its sentences with both arguments' places, papers and pipeline", async () => {
  const key = { scheme: "causes", relation: "causes" };
  const query = { ...key, head: "name:chemical/lidocaine", tail: "name:disease/seizures" };
  const answer = graphAssociationResponse.parse(await (await ask("association", query)).json());
  expect(answer).toMatchObject({ head: { name: "Lidocaine" }, tail: { name: "seizures" }, relation: { human: 1 } });
  const [{ sentence, headPlace, tailPlace, ...paper }] = answer.sentences as [(typeof answer.sentences)[number]];
  expect(sentence.slice(headPlace!.start, headPlace!.end)).toBe("Lidocaine");
  expect(sentence.slice(tailPlace!.start, tailPlace!.end)).toBe("seizures");
  expect(paper).toMatchObject({ pmid: "4", year: 2011, title: "About four.", source: "papers.jsonl", system: "human" });
  const { pipeline } = graphStatsResponse.parse(await (await ask("stats")).json());
  expect(paper.pipeline).toBe(pipeline.hash);

  const denied = { ...key, head: ASPIRIN, tail: "name:disease/bleeding" };
  const page = graphAssociationResponse.parse(await (await ask("association", { ...denied, limit: 1 })).json());
  expect([page.sentences.length, page.next]).toEqual([1, 1]);
  const rest = graphAssociationResponse.parse(await (await ask("association", { ...denied, offset: 1 })).json());
  const both = [...page.sentences, ...rest.sentences].map(({ negated, pmid }) => [pmid, negated]);
  expect(both).toEqual(expect.arrayContaining([["1", false], ["2", true]])); // biome-ignore format: a pair a document
  expect(await refusal("association", { ...denied, tail: RENAL_FAILURE, relation: "cures" })).toEqual([
    ...[404, "knowledge-graph/unknown-relation", null],
  ]);
});

test("a picture's lines hold every relation once, by numbers", async () => {
  const lines = (await (await ask("network", { limit: 100_000 })).text()).trim().split("\n");
  const pieces = lines.map((line) => JSON.parse(line) as WireNetworkPiece);
  const concepts = pieces.flatMap((piece) => piece.concepts);
  const named = pieces.flatMap(({ relations }) =>
    relations.map(([head, , tail]) => [concepts[head]![1], concepts[tail]![1]].join(" > ")),
  );
  expect(named.sort()).toEqual([
    "Aspirin > bleeding",
    "Aspirin > renal failure",
    "Cisplatin > renal failure",
    "Lidocaine > seizures",
  ]);
  expect(await (await ask("network", { threshold: 1 })).text()).toBe("");
  const [line] = (await (await ask("network", { concept: "cisplatin" })).text()).split("\n");
  const { concepts: ends, relations } = JSON.parse(line!) as WireNetworkPiece;
  expect(ends.map(([, name, type]) => [name, type])).toEqual([
    ["Cisplatin", "Chemical"],
    ["renal failure", "Disease"],
  ]);
  expect(relations).toEqual([[0, 0, 1, 0.96, 2, 2010, 2015]]);
});

test("what cannot be asked is refused with the parameter that is wrong", async () => {
  expect(await refusal("neighbours", { concept: "asprin" })).toEqual([404, "knowledge-graph/unknown-concept", null]);
  expect(await refusal("neighbours", { concpt: "aspirin" })).toEqual([400, "server/request", "concpt"]);
  expect(await refusal("neighbours", { concept: ["aspirin", "bleeding"] })).toEqual([400, "server/request", "concept"]);
  expect(await refusal("neighbours", { limit: 1001 })).toEqual([400, "server/request", "limit"]);
  expect(await refusal("neighbours", { threshold: 2 })).toEqual([400, "server/request", "threshold"]);
  expect(await refusal("network", { limit: 100_001 })).toEqual([400, "server/request", "limit"]);
  expect(await refusal("find", {})).toEqual([400, "server/request", "q"]);
  expect(await refusal("association", { head: ASPIRIN })).toEqual([400, "server/request", "scheme"]);
  const quote = "' OR 1=1; DROP TABLE relations; --";
  expect(graphFindResponse.parse(await (await ask("find", { q: quote })).json()).concepts).toEqual([]);
});

test("many questions at once are all answered, and one that is given up stops no other", async () => {
  const given = new AbortController();
  const asked = Array.from({ length: 40 }, () => ask("neighbours", { concept: "aspirin" }));
  const up = fetch(`${server.url}/v1/graph/path?from=bleeding&to=cisplatin`, { signal: given.signal });
  given.abort();
  await expect(up).rejects.toThrow();
  for (const response of await Promise.all(asked)) {
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  }
});

test("an assistant has the graph's questions as tools", async () => {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)) as Transport);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["graph_find", "graph_neighbours", "graph_path", "graph_evidence"]),
  );
  const call = async (name: string, input: Record<string, unknown>): Promise<string> => {
    const result = (await client.callTool({ name, arguments: input })) as { content: { text: string }[] };
    return result.content[0]!.text;
  };
  expect(JSON.parse(await call("graph_find", { words: "renal" })).concepts[0].id).toBe(RENAL_FAILURE);
  expect(JSON.parse(await call("graph_neighbours", { concept: "cisplatin" })).relations).toHaveLength(1);
  expect(JSON.parse(await call("graph_path", { from: "bleeding", to: "cisplatin" })).relations).toHaveLength(3);
  expect(JSON.parse(await call("graph_evidence", { concept: "aspirin", other: "bleeding" })).evidence).toHaveLength(2);
  expect(await call("graph_neighbours", { concept: "asprin" })).toContain("no concept");
  await client.close();
});

test("a folder without a graph, and one of another version, are told when the server starts", async () => {
  const wrong = (graphFolder: string): Promise<RunningServer> => serve({ port: 0, models: [], graphFolder });
  await expect(wrong(temporaryFolder())).rejects.toMatchObject({ code: "knowledge-graph/no-graph" });
  const other = temporaryFolder();
  const said = JSON.parse(await readFile(join(folder, "graph.json"), "utf8")) as object;
  await writeFile(join(other, "graph.json"), JSON.stringify({ ...said, schema: 99 }));
  await expect(wrong(other)).rejects.toMatchObject({ code: "knowledge-graph/schema" });
});

test("without a graph there is nothing under its paths", async () => {
  const other = await serve({ port: 0, models: [] });
  try {
    expect((await fetch(`${other.url}/v1/graph/stats`)).status).toBe(404);
  } finally {
    await other.close();
  }
});

test("after many questions a graph is opened anew, but a file that is another by now is left alone", async () => {
  const file = join(folder, "graph.duckdb");
  const isOpen = async (): Promise<number> => {
    const links = await Promise.all(
      (await readdir("/proc/self/fd")).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")),
    );
    return links.filter((link) => link.startsWith(file)).length;
  };
  const neighbours = async (): Promise<unknown> => (await ask("neighbours", { concept: "aspirin" })).json();
  const wanted = await neighbours();
  const many = (): Promise<unknown[]> =>
    Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let i = 0; i < 60; i++) expect(await neighbours()).toEqual(wanted);
      }),
    );
  const before = process.platform === "linux" ? await isOpen() : 0;
  await many();
  if (process.platform === "linux") expect(await isOpen()).toBe(before);
  await rename(file, `${file}.old`);
  await writeFile(file, "no database");
  try {
    await many();
  } finally {
    await rename(`${file}.old`, file);
  }
});
