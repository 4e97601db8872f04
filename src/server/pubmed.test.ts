/** Articles by their ids: fetched from a server of ours that stands for NCBI's, and only where the server may. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { pubmedResponse } from "./contract/mining.ts";
import { serverFacts } from "./contract/server.ts";
import { type EntrezStandIn, entrezStandIn } from "./entrez.fixture.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";
import { taggerFolder } from "./tagger-folder.fixture.ts";

let entrez: EntrezStandIn;
let server: RunningServer;

beforeAll(async () => {
  entrez = await entrezStandIn("a 😀 b", "c d");
  const network = { baseUrl: entrez.baseUrl };
  server = await serve({ port: 0, models: [await taggerFolder()], network });
  await server.ready;
});
afterAll(async () => {
  await server.close();
  entrez.close();
});

async function refusal(url: string): Promise<unknown> {
  const response = await fetch(url);
  return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
}

test("articles come in the order asked for, with names in code points; those that are none are left out", async () => {
  const found = pubmedResponse.parse(await (await fetch(`${server.url}/pubmed/8,200,7,8`)).json());
  expect(entrez.asked).toEqual(["8,200,7"]);
  expect(found.map(({ pmid }) => pmid)).toEqual(["8", "7"]);
  const [{ text, passages, annotations }] = found as [(typeof found)[number]];
  expect(text).toBe("a 😀 b c d");
  expect(passages).toEqual([
    { kind: "title", text: "a 😀 b" },
    { kind: "abstract", text: "c d" },
  ]);
  const points = [...text];
  for (const { mention, span } of annotations) expect(points.slice(span.begin, span.end).join("")).toBe(mention);
  expect(annotations.map(({ mention }) => mention)).toEqual(expect.arrayContaining(["b", "c", "d"]));
});

test("what is no id is refused before anything is fetched, an unknown one is not found", async () => {
  const before = entrez.asked.length;
  expect(await refusal(`${server.url}/pubmed/..%2F..`)).toEqual([400, "server/request"]);
  expect(await refusal(`${server.url}/pubmed/12,x`)).toEqual([400, "server/request"]);
  const many = Array.from({ length: 26 }, (_, i) => i + 1).join();
  expect(await refusal(`${server.url}/pubmed/${many}`)).toEqual([400, "server/request"]);
  expect(entrez.asked).toHaveLength(before);
  expect(await refusal(`${server.url}/pubmed/200`)).toEqual([404, "server/no-article"]);
});

test("the server tells whether it may", async () => {
  const facts = serverFacts.parse(await (await fetch(`${server.url}/v1/server`)).json());
  expect(facts).toMatchObject({ network: true, jobs: false, graph: false, runs: false });
});

test("without leave for the network nothing is fetched, and the way out is said", async () => {
  const other = await serve({ port: 0, models: [] });
  try {
    expect(await (await fetch(`${other.url}/v1/server`)).json()).toMatchObject({ network: false });
    const response = await fetch(`${other.url}/pubmed/7`);
    expect(response.status).toBe(403);
    const { error } = (await response.json()) as { error: { code: string; fix: string } };
    expect(error).toMatchObject({ code: "server/no-network", fix: expect.stringContaining("--allow-network") });
  } finally {
    await other.close();
  }
});
