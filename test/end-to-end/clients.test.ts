/** The client and the adapters against the server itself, with the embedded models: what they give is what the OpenAPI document says. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PromptTemplate } from "@langchain/core/prompts";
import { embedMany, generateText, Output, streamText } from "ai";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createBiogpt } from "../../src/ai-sdk/index.ts";
import { BiogptClient, RequestError } from "../../src/client/index.ts";
import { temporaryFolder } from "../../src/files/scratch.fixture.ts";
import { BiogptExtractor, BiogptLlm } from "../../src/langchain/index.ts";
import { serve } from "../../src/server/serve.ts";
import type { RunningServer } from "../../src/server/serve-options.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DOCUMENT = {
  id: "1",
  title: "Haloperidol-induced catalepsy.",
  abstract: "Of 40 rats that were given haloperidol, six developed catalepsy within ten days.",
};
const PROMPT = "COVID-19 is";

let server: RunningServer;
let client: BiogptClient;
let openapi: {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema: object }> }> }>
  >;
};
beforeAll(async () => {
  server = await serve({ port: 0, dataFolder: temporaryFolder() });
  await server.ready;
  client = new BiogptClient({ baseUrl: server.url });
  openapi = (await (await fetch(new URL("/openapi.json", server.url))).json()) as typeof openapi;
});
afterAll(async () => {
  await server.close();
});

/** What a call gave, against the document's schema of it. */
function expectDocumented(path: string, method: string, answer: unknown): void {
  const schema = openapi.paths[path]![method]!.responses["200"]!.content!["application/json"]!.schema;
  const validate = new Ajv2020({ strict: false }).compile(schema);
  expect(validate(answer), JSON.stringify(validate.errors)).toBe(true);
}

describe("the client", () => {
  test("gives what the OpenAPI document says", async () => {
    const models = await client.models();
    expect(models[0]!.id).toBe("biogpt-mini");
    expectDocumented("/v1/models", "get", { object: "list", data: models });
    const completion = await client.complete({ prompt: PROMPT, max_tokens: 8, temperature: 0 });
    expectDocumented("/v1/completions", "post", completion);
    const relations = await client.relations({ documents: [DOCUMENT] });
    expectDocumented("/v1/relations", "post", relations);
    expect(relations.relations[0]).toMatchObject({ documentId: "1", scheme: "chemical-disease" });
    const entities = await client.entities({ documents: [DOCUMENT] });
    expectDocumented("/v1/entities", "post", entities);
    expect(entities.documents[0]!.mentions.map(({ text }) => text)).toContain("Haloperidol");
    const embeddings = await client.embed({ input: ["aspirin"] });
    expectDocumented("/v1/embeddings", "post", embeddings);
    const { tokens } = await client.tokenize({ text: "aspirin" });
    expect(await client.detokenize({ tokens })).toMatchObject({ text: "aspirin" });
    const content = `1|t|${DOCUMENT.title}\n1|a|${DOCUMENT.abstract}\n\n`;
    expect(await client.annotate({ content })).toContain("\tHaloperidol\tChemical");
  });

  test("streams what it gives whole", async () => {
    const request = { prompt: PROMPT, max_tokens: 12, temperature: 0 };
    const pieces: string[] = [];
    for await (const { choices } of client.streamCompletion(request)) pieces.push(choices[0]?.text ?? "");
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join("")).toBe((await client.complete(request)).choices[0]!.text);
  });

  test("follows a job to its end", async () => {
    const job = await client.startJob({ kind: "relations", documents: [DOCUMENT] }, { idempotencyKey: "one" });
    expect((await client.startJob({ kind: "relations", documents: [DOCUMENT] }, { idempotencyKey: "one" })).id).toBe(
      job.id,
    );
    const lines = [];
    for await (const line of client.jobResults(job.id, { follow: true })) lines.push(line);
    expect(lines).toEqual((await client.relations({ documents: [DOCUMENT] })).relations);
    expect((await client.job(job.id)).state).toBe("done");
    expect((await client.jobs()).map(({ id }) => id)).toContain(job.id);
    await client.removeJob(job.id);
    await expect(client.job(job.id)).rejects.toMatchObject({ status: 404 });
  });

  test("tells errors by their code, with the request's id; and stops when asked", async () => {
    const unknown = await client.complete({ model: "nothing", prompt: PROMPT }).catch((error: unknown) => error);
    expect(unknown).toBeInstanceOf(RequestError);
    expect(unknown).toMatchObject({ code: "model_not_found", status: 404, requestId: expect.stringMatching(/./) });
    expect((unknown as RequestError).fix).toBeTruthy();
    await expect(client.complete({ prompt: PROMPT, temperature: 9 })).rejects.toMatchObject({ status: 400 });
    const signal = AbortSignal.timeout(50);
    const long = (async () => {
      for await (const _ of client.streamCompletion({ prompt: PROMPT, max_tokens: 900, temperature: 1 }, { signal }));
    })();
    await expect(long).rejects.toMatchObject({ code: "aborted" });
    expect(() => new BiogptClient({ baseUrl: "localhost:8080" })).toThrow(/http or https/);
  });

  test("asks again where the server is busy, and not where it is not biogpt or not there", async () => {
    const answers = [429, 503, 200];
    const asked: number[] = [];
    const busy = createServer((_, response) => {
      asked.push(performance.now());
      const status = answers[asked.length - 1] ?? 500;
      response.writeHead(status, { "retry-after-ms": "20" }).end(status === 200 ? '{"data": []}' : "<html>");
    });
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(busy.address() as AddressInfo).port}/`;
    const patient = new BiogptClient({ baseUrl });
    expect(await patient.models()).toEqual([]);
    expect(asked).toHaveLength(3);
    expect(asked[2]! - asked[0]!).toBeGreaterThan(15);
    await expect(patient.models()).rejects.toMatchObject({ code: "client/answer", status: 500 });
    await new Promise((resolve) => busy.close(resolve));
    const gone = new BiogptClient({ baseUrl, retries: 0 });
    await expect(gone.models()).rejects.toMatchObject({ code: "client/unreachable", kind: "unavailable" });
  });
});

describe("LangChain", () => {
  test("a model is invoked, streamed and piped", async () => {
    const llm = new BiogptLlm({ client, max_tokens: 10, temperature: 0 });
    const want = (await client.complete({ prompt: PROMPT, max_tokens: 10, temperature: 0 })).choices[0]!.text;
    expect(await llm.invoke(PROMPT)).toBe(want);
    const pieces: string[] = [];
    for await (const piece of await llm.stream(PROMPT)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join("")).toBe(want);
    const chain = PromptTemplate.fromTemplate("{disease} is").pipe(llm);
    expect(await chain.invoke({ disease: "COVID-19" })).toBe(want);
    expect(await llm.invoke(PROMPT, { stop: [want.trim().split(" ")[1]!] })).not.toBe(want);
    await expect(new BiogptLlm({ client, model: "nothing", maxRetries: 0 }).invoke(PROMPT)).rejects.toThrow(/nothing/);
  });

  test("an extractor takes texts and documents", async () => {
    const extractor = new BiogptExtractor({ client });
    const text = `${DOCUMENT.title} ${DOCUMENT.abstract}`;
    const [whole, ofText, ofPage] = await extractor.batch([
      DOCUMENT,
      text,
      { pageContent: text, metadata: { source: "a.txt" } },
    ]);
    expect(whole).toEqual((await client.relations({ documents: [DOCUMENT] })).relations);
    expect(ofText![0]).toMatchObject({ documentId: "text", tail: { text: expect.stringMatching(/catalepsy$/) } });
    expect(ofPage![0]).toMatchObject({ documentId: "a.txt" });
  });
});

describe("the AI SDK", () => {
  const biogpt = (): ReturnType<typeof createBiogpt> => createBiogpt({ baseUrl: server.url });

  test("a text is generated and streamed, with usage and reason", async () => {
    const want = (await client.complete({ prompt: PROMPT, max_tokens: 10, temperature: 0 })).choices[0]!.text;
    const settings = { model: biogpt()("biogpt-mini"), prompt: PROMPT, maxOutputTokens: 10, temperature: 0 };
    const whole = await generateText(settings);
    expect(whole.text).toBe(want);
    expect(whole.finishReason).toBe("length");
    expect(whole.usage).toMatchObject({ outputTokens: 10 });
    const streamed = streamText(settings);
    const pieces: string[] = [];
    for await (const piece of streamed.textStream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join("")).toBe(want);
    expect(await streamed.usage).toMatchObject({ outputTokens: 10 });
  });

  test("an object by a schema", async () => {
    const schema = z.object({ helps: z.boolean(), drug: z.enum(["aspirin", "insulin"]) });
    const settings = { model: biogpt()("biogpt-mini"), prompt: PROMPT, output: Output.object({ schema }) };
    const { output } = await generateText({ ...settings, maxOutputTokens: 40 });
    expect(schema.parse(output)).toEqual(output);
  });

  test("texts are embedded; what the server cannot do is refused, and its errors come through", async () => {
    const { embeddings } = await embedMany({
      model: biogpt().embeddingModel("biogpt-mini"),
      values: ["aspirin", "fever"],
    });
    expect(embeddings.map(({ length }) => length)).toEqual([256, 256]);
    const model = biogpt()("nothing");
    await expect(generateText({ model, prompt: PROMPT, maxRetries: 0 })).rejects.toMatchObject({
      code: "model_not_found",
    });
    const image = { type: "image" as const, image: new Uint8Array([137, 80, 78, 71]) };
    const messages = [{ role: "user" as const, content: [image] }];
    await expect(generateText({ model: biogpt()("biogpt-mini"), messages, maxRetries: 0 })).rejects.toThrow(
      /file in a prompt/,
    );
  });
});

describe("the guide", () => {
  test("its programs run as they stand there", async () => {
    const guide = readFileSync(join(ROOT, "docs/guides/clients.md"), "utf8");
    const programs = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, program]) => program!);
    expect(programs.length).toBeGreaterThanOrEqual(4);
    const folder = join(ROOT, "tmp/clients-guide"); // inside the package, so that its own name is found
    mkdirSync(folder, { recursive: true });
    for (const [i, program] of programs.entries()) {
      const file = join(folder, `${i}.mjs`);
      writeFileSync(file, program.replaceAll("http://127.0.0.1:8080", server.url.replace(/\/$/, "")));
      const { stdout: printed } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
      expect(printed, program).not.toBe("");
    }
    rmSync(folder, { recursive: true });
  });
});
