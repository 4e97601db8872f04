/** A hub on 127.0.0.1 that behaves as badly as a test asks for. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const COMMIT: string = "c0ffee".padEnd(40, "0");

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** Answers instead of the hub; returning true means that it did. */
export type Misbehave = (request: IncomingMessage, response: ServerResponse, seen: readonly Seen[]) => boolean;

export interface FakeHub extends AsyncDisposable {
  readonly endpoint: string;
  readonly seen: Seen[];
  readonly files: Map<string, Buffer>;
  misbehave: Misbehave;
}

/** @param files by name; those of more than 1000 bytes are "large": named by SHA-256 and served after a redirect to `/cdn/` */
export async function fakeHub(files: Readonly<Record<string, string | Buffer>>, cdn?: () => string): Promise<FakeHub> {
  const contents = new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)]));
  const seen: Seen[] = [];
  const hub = { seen, files: contents, misbehave: (() => false) as Misbehave };
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, authorization: headers.authorization, range: headers.range });
    if (hub.misbehave(request, response, seen)) return;
    if (/^\/api\/models\/[^/]+\/[^/]+\/revision\//.test(url)) {
      const siblings = [...contents.keys()].map((rfilename) => ({ rfilename }));
      response.end(JSON.stringify({ sha: COMMIT, siblings }));
      return;
    }
    const isResolve = /^\/[^/]+\/[^/]+\/resolve\/[^/]+\//.test(url);
    const name = decodeURIComponent(url.replace(isResolve ? /^\/[^/]+\/[^/]+\/resolve\/[^/]+\// : "/cdn/", ""));
    const content = contents.get(name);
    if (content === undefined) {
      response.writeHead(404, { "x-error-code": "EntryNotFound", "x-error-message": "Entry not found" }).end();
      return;
    }
    const isLarge = content.length > 1000;
    if (isResolve && isLarge) {
      const etag = createHash("sha256").update(content).digest("hex");
      const location = `${cdn?.() ?? `http://${headers.host}`}/cdn/${encodeURIComponent(name)}`;
      response
        .writeHead(302, {
          location,
          "x-linked-etag": `"${etag}"`,
          "x-linked-size": content.length,
          "x-repo-commit": COMMIT,
        })
        .end();
      return;
    }
    const etag = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    const part = content.subarray(start);
    response.writeHead(headers.range === undefined ? 200 : 206, {
      etag: `W/"${etag}"`,
      "x-repo-commit": COMMIT,
      "content-length": part.length,
      ...(headers.range === undefined
        ? {}
        : { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    response.end(method === "HEAD" ? undefined : part);
  });
  const endpoint = await listen(server);
  return Object.assign(hub, {
    endpoint,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
