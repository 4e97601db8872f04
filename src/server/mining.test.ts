/** What is this package's own over HTTP: relations as the workflow gives them, names in every format they go out in, tools for assistants. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writerOf } from "../tasks/relation-extraction/writer.fixture.ts";
import { extract } from "../workflows/extract.ts";
import { entitiesResponse, plainResponse, relationsResponse } from "./contract/mining.ts";
import type { AnswerResponse, EntitiesResponse, PlainResponse, RelationsResponse } from "./contract.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";
import { taggerFolder } from "./tagger-folder.fixture.ts";
import { documentOf } from "./wire-documents.ts";

const WRITER = writerOf("drug-drug");
let server: RunningServer;
let tagger = "";
beforeAll(async () => {
  const folder = await taggerFolder();
  tagger = folder.split("/").at(-1)!;
  server = await serve({ port: 0, models: [WRITER, "biogpt-mini-pubmedqa", folder] });
  await server.ready;
});
afterAll(() => server.close());

async function post(path: string, body: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) });
}

const TEXT = "Ketoconazole should not be taken with simvastatin. Take it with food.";

test("relations are the workflow's, document by document; two requests at once get the same", async () => {
  const documents = [
    { id: "1", title: TEXT },
    { id: "2", abstract: "Nothing is said here." },
  ];
  const own = [];
  for await (const { relations } of extract(documents.map(documentOf), { model: WRITER, scheme: "drug-drug" }))
    own.push(...relations);
  expect(own.length).toBeGreaterThan(0);
  const ask = async (): Promise<RelationsResponse> => {
    const response = await post("/v1/relations", { documents, scheme: "drug-drug" });
    return relationsResponse.parse(await response.json());
  };
  for (const { relations, problems } of await Promise.all([ask(), ask()])) {
    expect(problems).toEqual([]);
    expect(relations.map(({ probability, ...rest }) => rest)).toEqual(own.map(({ probability, ...rest }) => rest));
    for (const [i, { probability }] of relations.entries()) expect(probability).toBeCloseTo(own[i]!.probability, 3);
  }
});

test("a scheme that no served model was made for, one that is none, and a file's name are refused", async () => {
  const documents = [{ id: "1", title: TEXT }];
  const codes = [];
  for (const scheme of ["chemical-disease", "drug-dru", "package-json", "../etc"]) {
    const response = await post("/v1/relations", { documents, scheme });
    codes.push([response.status, ((await response.json()) as { error: { code: string } }).error.code]);
  }
  expect(codes).toEqual([
    [400, "server/no-model-for"],
    [400, "tasks/unknown-scheme"],
    [400, "tasks/unknown-scheme"],
    [400, "server/request"],
  ]);
});

test("a question is answered with the probabilities of the three answers", async () => {
  const body = { question: "Does aspirin cause bleeding?", context: "Aspirin increased bleeding in patients." };
  const said = (await (await post("/v1/answer", body)).json()) as AnswerResponse;
  const probabilities = Object.values(said.probabilities);
  expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
  expect(Object.keys(said.probabilities)[0]).toBe(said.answer);
});

test("names have their places; BERN2's form counts code points, PubTator and BioC carry the same names", async () => {
  const documents = [{ id: "9", title: "b e", abstract: "c 😀 d" }];
  const found = entitiesResponse.parse(await (await post("/v1/entities", { documents })).json()) as EntitiesResponse;
  const [{ mentions }] = found.documents as [EntitiesResponse["documents"][number]];
  for (const { passage, start, end, text } of mentions)
    expect([documents[0]!.title, documents[0]!.abstract][passage]!.slice(start, end)).toBe(text);
  expect(mentions.map(({ text }) => text)).toEqual(expect.arrayContaining(["b", "e", "c", "d"]));
  expect(mentions.every(({ type, probability }) => type === "Chemical" && probability > 0.9)).toBe(true);

  const plain = plainResponse.parse(await (await post("/plain", { text: "c 😀 d" })).json()) as PlainResponse;
  const last = plain.annotations.at(-1)!;
  expect(last).toMatchObject({ mention: "d", obj: "drug", span: { begin: 4, end: 5 } });

  const content = "9|t|b e\n9|a|c 😀 d\n\n";
  const pubtator = await (await post("/v1/documents:annotate", { content })).text();
  expect(pubtator).toContain("9\t0\t1\tb\tChemical\t");
  const bioc = await (await post("/v1/documents:annotate", { content, output: "bioc" })).json();
  const [document] = (bioc as { documents: { passages: { annotations: { text: string }[] }[] }[] }).documents;
  const names = document!.passages.flatMap(({ annotations }) => annotations.map(({ text }) => text));
  expect(names).toEqual(mentions.map(({ text }) => text));
  const again = await post("/v1/documents:annotate", { content: JSON.stringify(bioc), output: "pubtator" });
  expect(await again.text()).toBe(pubtator);

  const rare = await post("/v1/entities", { documents, types: ["Gnee"] });
  expect(((await rare.json()) as { error: { code: string } }).error.code).toBe("tasks/unknown-type");
});

test("an assistant finds the tools and uses them (Model Context Protocol)", async () => {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)) as Transport);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(["extract_relations", "find_entities", "answer_question"]);
  const call = async (name: string, input: Record<string, unknown>): Promise<{ text: string; isError: boolean }> => {
    const result = (await client.callTool({ name, arguments: input })) as {
      content: { text: string }[];
      isError?: boolean;
    };
    return { text: result.content[0]!.text, isError: result.isError === true };
  };
  const { text } = await call("extract_relations", { text: TEXT, scheme: "drug-drug" });
  expect(JSON.parse(text).relations[0]).toMatchObject({ head: "Ketoconazole", tail: "simvastatin" });
  expect(JSON.parse((await call("find_entities", { text: "b e" })).text).mentions).toHaveLength(2);
  const refused = await call("extract_relations", { text: TEXT, scheme: "drug-target" });
  expect(refused).toMatchObject({ isError: true, text: expect.stringContaining("No model that is served") });
  await client.close();
});

test("a tagger's card says what it can do, and it continues no text", async () => {
  const list = (await (await fetch(`${server.url}/v1/models`)).json()) as {
    data: { id: string; abilities: string[] }[];
  };
  expect(list.data.find(({ id }) => id === tagger)).toMatchObject({ abilities: ["entities"] });
  expect((await post("/v1/completions", { model: tagger, prompt: "a" })).status).toBe(400);
});
