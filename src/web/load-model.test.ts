/** WebAssembly against the native library: the embedded models from Blobs say what they say from their folders. */
import { MessageChannel } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { readDocuments } from "../corpora/index.ts";
import { loadModelFolder } from "../pretrained/load/load-folder.ts";
import { ortFactory } from "../runtime/web/ort-factory.fixture.ts";
import { openWasmDevice } from "../runtime/web/wasm-device.ts";
import { openRelationReader } from "../tasks/mention-relations/open-relation-reader.ts";
import { readRelations } from "../tasks/mention-relations/read-relations.ts";
import type { RelationReader } from "../tasks/mention-relations/relation-reader.ts";
import { loadWebModel, loadWebReader } from "./load-model.ts";
import { embeddedFiles, embeddedFolder } from "./node-files.fixture.ts";
import type { MessageEnd } from "./remote-calls.ts";
import { serveModels } from "./worker.ts";
import { WorkerModels } from "./worker-models.ts";

const device = await openWasmDevice({ factory: ortFactory });
const PROMPTS = ["COVID-19 is", "Aspirin inhibits", "The treatment of breast cancer with tamoxifen"];

describe("a model that writes", () => {
  test("continues token for token as in Node, greedily and with a seed, and has the same hash", async () => {
    using native = await loadModelFolder(embeddedFolder("biogpt-mini"), "biogpt-mini", { precision: "fp32" });
    using web = await loadWebModel("biogpt-mini", await embeddedFiles("biogpt-mini"), device);
    expect(web.hash).toBe(native.hash);
    for (const settings of [{ maxNewTokens: 48 }, { maxNewTokens: 32, temperature: 0.8, topP: 0.9, seed: 7 }]) {
      const [want, got] = [await native.generate(PROMPTS, settings), await web.generate(PROMPTS, settings)];
      expect(got.map(([best]) => best!.ids)).toEqual(want.map(([best]) => best!.ids));
      expect(got.map(([best]) => best!.text)).toEqual(want.map(([best]) => best!.text));
    }
    const [want, got] = [await native.score(PROMPTS), await web.score(PROMPTS)];
    for (const [i, { logLikelihood }] of want.entries()) expect(got[i]!.logLikelihood).toBeCloseTo(logLikelihood, 3);
  });
});

async function linesOf(reader: RelationReader): Promise<{ id: string; mentions: unknown[]; relations: unknown[] }[]> {
  const lines = [];
  const schemes = reader.schemes.map(({ name }) => name);
  const documents = readDocuments(["samples/abstracts.xml"]);
  for await (const { document, mentions, found } of readRelations(documents, { reader, task: reader.task, schemes })) {
    const rounded = (value: object): unknown =>
      JSON.parse(
        JSON.stringify(value, (_, part: unknown) => (typeof part === "number" ? Number(part.toFixed(3)) : part)),
      );
    lines.push({
      id: document.id,
      mentions: mentions.map(rounded),
      relations: found.flatMap(({ relations }) => relations.map(rounded)),
    });
  }
  return lines;
}

describe("a model that reads", () => {
  test("finds the names and relations that it finds in Node, with the same hashes of model and pipeline", async () => {
    using native = await openRelationReader(embeddedFolder("biogpt-mini-reader"), { precision: "fp32" });
    using web = await loadWebReader("biogpt-mini-reader", await embeddedFiles("biogpt-mini-reader"), device);
    expect(web.hash).toBe(native.hash);
    const [want, got] = [await linesOf(native), await linesOf(web)];
    expect(want.flatMap(({ relations }) => relations).length).toBeGreaterThan(3);
    expect(got).toEqual(want);
  });

  test("a file that is missing is named", async () => {
    const files = new Map([...(await embeddedFiles("biogpt-mini-reader"))].filter(([name]) => name !== "task.json"));
    await expect(loadWebReader("reader", files, device)).rejects.toMatchObject({ code: "web/file-missing" });
    await expect(loadWebReader("writer", await embeddedFiles("biogpt-mini"), device)).rejects.toMatchObject({
      code: "pretrained/no-classes",
    });
  });
});

describe("in a worker", () => {
  test("a text grows piece by piece, may be broken off, and errors keep their code", async () => {
    const { port1, port2 } = new MessageChannel();
    const files = await embeddedFiles("biogpt-mini");
    const blobs = new Map([...files].map(([name, blob]) => [`https://x.org/m/${name}`, blob as Blob]));
    const cache = {
      match: async (address: string) => (blobs.has(address) ? new Response(blobs.get(address)!) : undefined),
      put: async () => {},
    };
    serveModels(port1 as unknown as MessageEnd, { factory: async () => ortFactory, cache: async () => cache });
    const models = new WorkerModels(port2 as unknown as MessageEnd);
    port1.start();
    port2.start();
    const place = {
      name: "biogpt-mini",
      folder: "https://x.org/m/",
      files: [...files].map(([name, { size: bytes }]) => ({ name, bytes })),
    };
    let most = 0;
    const writer = await models.openWriter(place, { progress: ({ done }) => (most = Math.max(most, done)) });
    expect(most).toBe(place.files.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(writer.facts).toMatchObject({ name: "biogpt-mini", threads: 1 });
    const pieces: string[] = [];
    let whole: string | undefined;
    for await (const piece of writer.stream("COVID-19 is", { maxNewTokens: 12 })) {
      pieces.push(piece.text);
      whole = piece.whole?.text ?? whole;
    }
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.join("")).toBe(whole);
    for await (const _ of writer.stream("COVID-19 is", { maxNewTokens: 400 })) break;
    const control = new AbortController();
    const aborted = (async () => {
      for await (const _ of writer.stream("COVID-19 is", { maxNewTokens: 400, signal: control.signal }))
        control.abort();
    })();
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
    const wrong = writer.stream("", { maxNewTokens: 1 });
    await expect(wrong.next()).rejects.toMatchObject({
      code: "generation/empty-prompt",
      fix: expect.stringContaining("prompt"),
    });
    await writer.close();
    models.fail("it ran out of memory");
    await expect(models.openWriter(place)).rejects.toMatchObject({ code: "web/worker", why: "it ran out of memory" });
    port1.close();
  });
});
