/** A query against a server of ours that behaves as NCBI's does: pages, rates, refusals, and answers that are none. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { MineEvent } from "./mine.ts";
import { mineLiterature } from "./mine-literature.ts";
import { queryDocuments } from "./query.ts";

interface Asked {
  readonly tool: string;
  readonly fields: URLSearchParams;
  readonly at: number;
}

let folder = "";
let server: Server;
let asked: Asked[] = [];
/** What goes wrong before the answer that is right, by request. */
let troubles: ((number: number) => { status: number; body: string } | undefined) | undefined;
let found: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biogpt-query-"));
  [asked, notes, troubles, found] = [[], [], undefined, Array.from({ length: 450 }, (_, at) => String(1000 + at))];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => {
      body += piece.toString();
    });
    request.on("end", () => {
      const fields = new URLSearchParams(body);
      const tool = request.url!.split("/").at(-1)!;
      asked.push({ tool, fields, at: performance.now() });
      const trouble = troubles?.(asked.length);
      if (trouble !== undefined) return void response.writeHead(trouble.status).end(trouble.body);
      response.end(tool === "esearch.fcgi" ? search(fields) : records(fields));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const search = (fields: URLSearchParams): string =>
  JSON.stringify({
    esearchresult: { count: String(found.length), idlist: found.slice(0, Number(fields.get("retmax"))) },
  });
const records = (fields: URLSearchParams): string =>
  `<?xml version="1.0"?><PubmedArticleSet>${fields
    .get("id")!
    .split(",")
    .map(
      (id) =>
        `<PubmedArticle><MedlineCitation><PMID Version="1">${id}</PMID><Article><ArticleTitle>About ${id}.</ArticleTitle></Article></MedlineCitation></PubmedArticle>`,
    )
    .join("")}</PubmedArticleSet>\n`;

/** What users were told meanwhile. */
let notes: string[] = [];

async function idsOf(limit?: number, apiKey?: string): Promise<string[]> {
  const { port } = server.address() as AddressInfo;
  const settings = { baseUrl: `http://127.0.0.1:${port}/eutils`, limit, apiKey, folder };
  const ids: string[] = [];
  const onEvent = (event: MineEvent): void => {
    if (event.type === "note") notes.push(event.text);
  };
  for await (const { id } of await queryDocuments("metformin", settings, { onEvent })) ids.push(id);
  return ids;
}

test("every record comes once, in pages, at most three requests a second; a second run asks for none", async () => {
  expect(await idsOf()).toEqual(found);
  expect(asked.map(({ tool }) => tool)).toEqual(["esearch.fcgi", "efetch.fcgi", "efetch.fcgi", "efetch.fcgi"]);
  expect(asked[3]!.at - asked[0]!.at).toBeGreaterThan(500); // of 1,000, as they arrive
  expect(asked[0]!.fields.get("tool")).toBe("biogpt");
  expect(await idsOf()).toHaveLength(450);
  expect(asked).toHaveLength(4);
});

test("a busy server, a page of HTML and a truncated answer are asked again", async () => {
  found = found.slice(0, 3);
  const wrong = [
    { status: 429, body: "slow down" },
    undefined,
    { status: 200, body: "<html>Error</html>" },
    { status: 200, body: '<?xml version="1.0"?><PubmedArticleSet><Pub' },
  ];
  troubles = (number) => wrong[number - 1];
  expect(await idsOf(undefined, "key")).toEqual(found);
  expect(asked).toHaveLength(5);
  expect(notes).toEqual([
    expect.stringMatching(/^note: 127\.0\.0\.1:\d+: it answers 429; asked again in 0\.5 s$/),
    expect.stringContaining('it answers "<html>Error</html>"; asked again'),
    expect.stringContaining("asked again in 1.0 s"),
  ]);
});

test("nothing found, and a refusal, are told", async () => {
  found = [];
  await expect(idsOf()).rejects.toMatchObject({ code: "mining/query-empty" });
  troubles = () => ({ status: 400, body: "no" });
  await expect(idsOf()).rejects.toMatchObject({
    code: "mining/entrez",
    what: expect.stringContaining("it answers 400"),
  });
});

test("a slip in a vocabulary's name is told before PubMed is asked", async () => {
  const { port } = server.address() as AddressInfo;
  const entrez = { baseUrl: `http://127.0.0.1:${port}/eutils` };
  const settings = { out: folder, query: "metformin", entrez, vocabularies: [`${folder}/none.idx`] };
  await expect(mineLiterature([], settings)).rejects.toMatchObject({ code: "knowledge-graph/no-vocabulary" });
  expect(asked).toEqual([]);
});
