/** `response_format` over the wire, with the official client: JSON by a schema, whole and streamed, and what is refused. */
import { Ajv2020 } from "ajv/dist/2020.js";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyLlama } from "../pretrained/tiny-llama.fixture.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";

const TEMPLATE = "{% for message in messages %}{{ message.content }}\n{% endfor %}";
const SCHEMA = {
  type: "object",
  properties: {
    drug: { type: "string", minLength: 1, maxLength: 12 },
    effect: { enum: ["helps", "harms", "none"] },
    doses: { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 2 },
  },
  required: ["drug", "effect", "doses"],
  additionalProperties: false,
};
const FORMAT = { type: "json_schema" as const, json_schema: { name: "answer", strict: true, schema: SCHEMA } };
const isValid = new Ajv2020().compile(SCHEMA);

let server: RunningServer;
let client: OpenAI;
let chatModel = "";
beforeAll(async () => {
  const folder = await tinyLlama({ chat_template: TEMPLATE, bos_token: "<s>", eos_token: "</s>" });
  chatModel = folder.split("/").at(-1)!;
  server = await serve({ port: 0, models: ["biogpt-mini", folder] });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
  await server.ready;
});
afterAll(() => server.close());

/** Valid where it is whole; where the tokens ran out, the beginning of JSON. */
function expectJson(text: string, finishReason: string | null | undefined): void {
  if (finishReason === "stop") expect(isValid(JSON.parse(text)), text).toBe(true);
  else expect(text.trim()).toMatch(/^\{/);
}

test("completions: drawn, greedy and searched ones are JSON of the schema, and the same when streamed", async () => {
  const body = { model: "biogpt-mini", prompt: "Aspirin is", max_tokens: 80, ...{ response_format: FORMAT } };
  const drawn = await client.completions.create({ ...body, n: 8, seed: 3, temperature: 1 });
  for (const { text, finish_reason } of drawn.choices) expectJson(text, finish_reason);
  expect(drawn.choices.some(({ finish_reason }) => finish_reason === "stop")).toBe(true);
  const searched = await client.completions.create({ ...body, temperature: 0, n: 2, ...{ beams: 3 } });
  for (const { text, finish_reason } of searched.choices) expectJson(text, finish_reason);
  const greedy = await client.completions.create({ ...body, temperature: 0 });
  let text = "";
  for await (const chunk of await client.completions.create({ ...body, temperature: 0, stream: true }))
    text += chunk.choices[0]!.text;
  expect(text).toBe(greedy.choices[0]!.text);
  expectJson(text, greedy.choices[0]!.finish_reason);
});

test("chat: an answer of the schema, and any object by json_object", async () => {
  const messages = [{ role: "user" as const, content: "drug" }];
  const body = { model: chatModel, messages, max_tokens: 40, seed: 1 };
  const whole = await client.chat.completions.create({ ...body, n: 6, response_format: FORMAT });
  for (const { message, finish_reason } of whole.choices) expectJson(message.content!, finish_reason);
  const free = await client.chat.completions.create({ ...body, n: 6, response_format: { type: "json_object" } });
  for (const { message, finish_reason } of free.choices) {
    expect(message.content).toMatch(/^\{/);
    if (finish_reason === "stop") expect(JSON.parse(message.content!)).toBeTypeOf("object");
  }
});

test("responses: text.format is kept to", async () => {
  const schema = {
    type: "object",
    properties: { yes: { type: "boolean" } },
    required: ["yes"],
    additionalProperties: false,
  };
  const text = { format: { type: "json_schema" as const, name: "answer", schema } };
  const { output_text, status } = await client.responses.create({ model: chatModel, input: "a", text });
  expect(status).toBe("completed");
  expect(Object.keys(JSON.parse(output_text))).toEqual(["yes"]);
});

test.each([
  [
    "a keyword that is not kept to",
    { response_format: named({ type: "string", pattern: "a" }) },
    "response_format",
    "pattern",
  ],
  [
    "a text that BioGPT cannot write",
    { response_format: named({ enum: ['a"b'] }) },
    "response_format",
    "cannot be written",
  ],
  ["a stop string", { response_format: FORMAT, stop: "a" }, "stop", "JSON"],
  ["echo", { response_format: FORMAT, echo: true }, "echo", "JSON"],
  ["a rule against repeats", { response_format: FORMAT, no_repeat_ngram: 3 }, "no_repeat_ngram", "JSON"],
  ["a form that is none", { response_format: { type: "xml" } }, "response_format", "response_format"],
])("refused: %s", async (_, fields, param, message) => {
  const asked = client.completions.create({ model: "biogpt-mini", prompt: "a", ...(fields as object) });
  const error = await asked.catch((thrown) => thrown);
  expect(error).toMatchObject({ status: 400 });
  expect(error.param).toContain(param);
  expect(error.message).toContain(message);
});

test("a schema of /v1/responses that is refused is named where it stands", async () => {
  const text = { format: { type: "json_schema" as const, name: "a", schema: { not: {} } } };
  const asked = client.responses.create({ model: chatModel, input: "a", text });
  await expect(asked).rejects.toMatchObject({ status: 400, param: "text.format", code: "pretrained/json-schema" });
});

function named(schema: object): object {
  return { type: "json_schema", json_schema: { name: "answer", schema } };
}
