/** Fetching and keeping: counted, checked, kept once, and done without where nothing can be kept. */
import { expect, test } from "vitest";
import { fetchModelFiles, type KeptResponses } from "./cached-files.ts";

const FILES = [
  { name: "config.json", bytes: 4 },
  { name: "model.safetensors", bytes: 300_000 },
];
const content = (address: string): string => (address.endsWith(".json") ? "true" : "x".repeat(300_000));

function server(change: (address: string) => Response | undefined = () => undefined) {
  const asked: string[] = [];
  const fetch = async (address: string): Promise<Response> => {
    asked.push(address);
    return change(address) ?? new Response(content(address));
  };
  return { asked, fetch };
}

function memoryCache(): KeptResponses & { readonly kept: Map<string, Blob> } {
  const kept = new Map<string, Blob>();
  return {
    kept,
    match: async (address) => (kept.has(address) ? new Response(kept.get(address)!) : undefined),
    put: async (address, response) => {
      kept.set(address, await response.blob());
    },
  };
}

test("files are fetched once, counted, and come from the cache the next time", async () => {
  const { asked, fetch } = server();
  const cache = memoryCache();
  const seen: number[] = [];
  for (let i = 0; i < 2; i++) {
    const files = await fetchModelFiles("/m/", FILES, { cache, fetch, progress: ({ done }) => seen.push(done) });
    expect(
      await files
        .get("config.json")!
        .arrayBuffer()
        .then((bytes) => new TextDecoder().decode(bytes)),
    ).toBe("true");
    expect(files.get("model.safetensors")!.size).toBe(300_000);
    expect(seen.at(-1)).toBe(300_004);
  }
  expect(asked).toEqual(["/m/config.json", "/m/model.safetensors"]);
});

test("a kept file of another size is fetched anew", async () => {
  const { asked, fetch } = server();
  const cache = memoryCache();
  cache.kept.set("/m/config.json", new Blob(["tru"]));
  await fetchModelFiles("/m/", FILES, { cache, fetch });
  expect(asked).toHaveLength(2);
});

test("where nothing can be kept, files come all the same, and the reason is told once", async () => {
  const { fetch } = server();
  const full: KeptResponses = {
    match: async () => undefined,
    put: async (_, response) => {
      await response.body!.cancel();
      throw new Error("QuotaExceededError");
    },
  };
  const told: string[] = [];
  const seen: number[] = [];
  const options = { cache: full, fetch, onNotKept: (why: string) => told.push(why) };
  const files = await fetchModelFiles("/m/", FILES, { ...options, progress: ({ done }) => seen.push(done) });
  expect(files.size).toBe(2);
  expect(told).toEqual(["QuotaExceededError"]);
  expect(seen.at(-1)).toBe(300_004);
});

test("says what cannot be had: no server, no file, too few bytes, too many", async () => {
  const offline = { fetch: () => Promise.reject(new TypeError("Failed to fetch")) };
  await expect(fetchModelFiles("/m/", FILES, offline)).rejects.toMatchObject({
    code: "web/fetch",
    what: "/m/config.json could not be fetched: the server cannot be reached.",
  });
  for (const [answer, why] of [
    [() => new Response("no", { status: 404 }), "the server answers 404"],
    [() => new Response("t"), "it has 1 bytes, not 4"],
    [() => new Response("false"), "it has more than 4 bytes"],
  ] as const) {
    const failing = fetchModelFiles("/m/", FILES, { fetch: server(answer).fetch });
    const error = await failing.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "web/fetch" });
    expect(String((error as Error).message) + String((error as Error).cause)).toContain(why);
  }
  await expect(fetchModelFiles("/m/", [{ name: "w", bytes: 2 ** 33 }], server())).rejects.toMatchObject({
    code: "web/file-too-large",
  });
  const signal = AbortSignal.abort();
  await expect(fetchModelFiles("/m/", FILES, { ...server(), signal })).rejects.toMatchObject({ code: "aborted" });
});
