/** A server of ours that stands for NCBI's E-utilities: of articles with ids under 100 it has the text that is given, of others nothing. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface EntrezStandIn {
  readonly baseUrl: string;
  /** Ids of each request, with commas between them. */
  readonly asked: readonly string[];
  close(): void;
}

export async function entrezStandIn(title: string, abstract: string): Promise<EntrezStandIn> {
  const asked: string[] = [];
  const article = (id: string): string =>
    `<PubmedArticle><MedlineCitation><PMID Version="1">${id}</PMID><Article><ArticleTitle>${title}</ArticleTitle>
     <Abstract><AbstractText>${abstract}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>`;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => {
      body += piece.toString();
    });
    request.on("end", () => {
      const ids = new URLSearchParams(body).get("id")!;
      asked.push(ids);
      const known = ids.split(",").filter((id) => Number(id) < 100);
      response.end(`<?xml version="1.0"?><PubmedArticleSet>${known.map(article).join("")}</PubmedArticleSet>`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/eutils`,
    asked,
    close: () => server.close(),
  };
}
