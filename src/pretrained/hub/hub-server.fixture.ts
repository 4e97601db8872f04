/** A hub on 127.0.0.1 that behaves as badly as a test asks for, and what its tests share. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import type { PullOptions } from "./hub-pull.ts";

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

export const NAME = "test/model";
export const LARGE: Buffer = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 251));
/** A model whose weights are "large". */
export const FILES: Readonly<Record<string, string | Buffer>> = {
  "config.json": "{}",
  "vocab.json": '{"a":0}',
  "pytorch_model.bin": LARGE,
  "extra.h5": "not ours",
};

/** Options for a fake hub with an empty cache, quick to lose patience. */
export function optionsFor(
  hub: { endpoint: string },
  more: Record<string, string> = {},
): PullOptions & { environment: Record<string, string> } {
  return {
    environment: { HF_HOME: temporaryFolder(), HF_ENDPOINT: hub.endpoint, ...more },
    retry: { attempts: 4, firstDelay: 5, longestDelay: 20, stall: 500 },
  };
}

export async function failure(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  return promise.then(
    () => expect.fail("it did not fail"),
    (error: { code: string; message: string }) => ({ code: error.code, message: error.message }),
  );
}
