/** The official client as it comes, against the server: what it sends is understood, what it is answered it understands. */
import OpenAI, { NotFoundError, RateLimitError } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../pretrained/load/load.ts";
import { tinyLlama } from "../pretrained/tiny-llama.fixture.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";

const PROMPT = "COVID-19 is";
const TEMPLATE =
  "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}";

let server: RunningServer;
let client: OpenAI;
let chatModel = "";
beforeAll(async () => {
  const folder = await tinyLlama({ chat_template: TEMPLATE, bos_token: "<s>", eos_token: "</s>" });
  chatModel = folder.split("/").at(-1)!;
  server = await serve({ port: 0, models: ["biogpt-mini", folder], sequences: 4, mostWaiting: 1 });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
  await server.ready;
});
afterAll(() => server.close());

test("greedy completions are the model's own, whole and streamed, and their ids give the same", async () => {
  using model = await loadModel("biogpt-mini");
  const [[own]] = (await model.generate([PROMPT], { maxNewTokens: 12 })) as unknown as [
    [{ text: string; promptIds: number[] }],
  ];
  const body = { model: "biogpt-mini", max_tokens: 12, temperature: 0 };
  const whole = await client.completions.create({ ...body, prompt: [PROMPT, PROMPT] });
  const byIds = await client.completions.create({ ...body, prompt: own.promptIds });
  expect(byIds.choices[0]!.text).toBe(` ${own.text}`);
  expect(whole.choices.map(({ text }) => text)).toEqual([` ${own.text}`, ` ${own.text}`]);
  expect(whole.choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
    [0, "length"],
    [1, "length"],
  ]);
  expect(whole.usage).toEqual({ prompt_tokens: 10, completion_tokens: 24, total_tokens: 34 });
  expect(whole._request_id).toMatch(/^[0-9a-f-]{36}$/);

  let text = "";
  let usage: OpenAI.CompletionUsage | null | undefined;
  const options = { stream: true as const, stream_options: { include_usage: true } };
  for await (const chunk of await client.completions.create({ ...body, ...options, prompt: PROMPT })) {
    text += chunk.choices[0]?.text ?? "";
    usage = chunk.usage ?? usage;
  }
  expect(text).toBe(` ${own.text}`);
  expect(usage).toEqual({ prompt_tokens: 5, completion_tokens: 12, total_tokens: 17 });
});

test("draws: the seed decides them, n gives different ones, a stop string ends and is left out", async () => {
  const body = { model: "biogpt-mini", prompt: PROMPT, max_tokens: 10, seed: 11, n: 3 };
  const texts = async (more: object = {}): Promise<string[]> =>
    (await client.completions.create({ ...body, ...more })).choices.map(({ text }) => text);
  const drawn = await texts();
  expect(new Set(drawn).size).toBe(3);
  expect(await texts()).toEqual(drawn);
  expect(await texts({ n: 1 })).toEqual([drawn[0]]);
  expect(await texts({ n: 1, seed: 12 })).toEqual([drawn[1]]);
  const [whole] = await texts({ n: 1, seed: null, temperature: 0 });
  const [before, stop] = [...whole!.matchAll(/[a-z]{5,}/g)].slice(0, 2).map(([word]) => word) as [string, string];
  const greedy = await client.completions.create({ ...body, n: 1, seed: null, temperature: 0, stop });
  expect(greedy.choices[0]).toMatchObject({ finish_reason: "stop" });
  expect(greedy.choices[0]!.text).toContain(before);
  expect(greedy.choices[0]!.text).not.toContain(stop);
});

test("log-probabilities: those of the model, with alternatives, tokens whose texts make the text", async () => {
  const { choices } = await client.completions.create({
    ...{ model: "biogpt-mini", prompt: PROMPT, max_tokens: 8, temperature: 0, logprobs: 3 },
  });
  const [{ text, logprobs }] = choices as [OpenAI.CompletionChoice];
  expect(logprobs!.tokens!.join("").trim()).toBe(text.trim());
  for (const [i, logprob] of logprobs!.token_logprobs!.entries()) {
    // By text, so in no order: JavaScript puts those that are numbers first.
    const alternatives = Object.values(logprobs!.top_logprobs![i]!);
    expect(alternatives).toHaveLength(3);
    expect(Math.max(...alternatives)).toBeCloseTo(logprob, 5); // greedy: the token is the best
  }
});

test("what OpenAI has not: beams and penalties reach the search", async () => {
  using model = await loadModel("biogpt-mini");
  const [beams] = await model.generate([PROMPT], { beams: 3, returnCount: 2, maxNewTokens: 8, noRepeatNGram: 3 });
  const extra = { beams: 3, no_repeat_ngram: 3, temperature: 0 };
  const { choices } = await client.completions.create({
    ...{ model: "biogpt-mini", prompt: PROMPT, max_tokens: 8, n: 2 },
    ...extra,
  });
  expect(choices.map(({ text }) => text.trim())).toEqual(beams!.map(({ text }) => text));
  const bias = { [String(beams![0]!.ids[0])]: -100 };
  const biased = await client.completions.create({
    model: "biogpt-mini",
    prompt: PROMPT,
    logit_bias: bias,
    temperature: 0,
  });
  expect(biased.choices[0]!.text.trim().split(" ")[0]).not.toBe(beams![0]!.text.split(" ")[0]);
});

test("embeddings: base64, which the client asks for unasked, is the float ones; length 1; near texts are nearer", async () => {
  const input = [
    "Aspirin inhibits platelets.",
    "Aspirin blocks platelet aggregation.",
    "The weather was cold in June.",
  ];
  const asked = await client.embeddings.create({ model: "biogpt-mini", input });
  const plain = await client.embeddings.create({ model: "biogpt-mini", input, encoding_format: "float" });
  const [a, b, c] = asked.data.map(({ embedding }) => embedding) as [number[], number[], number[]];
  for (const [i, { embedding }] of plain.data.entries()) {
    expect(embedding).toHaveLength(a.length);
    for (const [k, value] of embedding.entries()) expect(asked.data[i]!.embedding[k]).toBeCloseTo(value, 6);
  }
  const dot = (x: number[], y: number[]): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  expect(dot(a, a)).toBeCloseTo(1, 5);
  expect(dot(a, b)).toBeGreaterThan(dot(a, c));
  // A batch gives each what it gets alone.
  const alone = await client.embeddings.create({ model: "biogpt-mini", input: input[2]! });
  for (const [k, value] of alone.data[0]!.embedding.entries()) expect(c[k]).toBeCloseTo(value, 4);
});

test("models are listed; one that is not served is model_not_found", async () => {
  const { data } = await client.models.list();
  expect(data.map(({ id }) => id)).toEqual(["biogpt-mini", chatModel]);
  expect(await client.models.retrieve("biogpt-mini")).toMatchObject({ abilities: ["completions", "embeddings"] });
  const error = await client.completions.create({ model: "biogpt-mnii", prompt: PROMPT }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(NotFoundError);
  expect(error).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
  expect(error.message).toContain('Did you mean "biogpt-mini"?');
  expect(error.requestID).toMatch(/\S/);
});

test("responses: the same text whole and streamed, as chat gives it; nothing is kept", async () => {
  const input = "c";
  const body = { model: chatModel, input, temperature: 0, max_output_tokens: 6 };
  const whole = await client.responses.create(body);
  expect(whole.output_text.length).toBeGreaterThan(0);
  expect(whole).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
  expect(whole.usage).toMatchObject({ output_tokens: 6 });
  let streamed = "";
  const types: string[] = [];
  for await (const event of await client.responses.create({ ...body, stream: true })) {
    types.push(event.type);
    if (event.type === "response.output_text.delta") streamed += event.delta;
  }
  expect(streamed).toBe(whole.output_text);
  expect([types[0], types.at(-1)]).toEqual(["response.created", "response.incomplete"]);
  const messages = [{ role: "user" as const, content: input }];
  const chat = await client.chat.completions.create({ model: chatModel, messages, temperature: 0, max_tokens: 6 });
  expect(whole.output_text.trim()).toBe(chat.choices[0]!.message.content);
  await expect(client.responses.create({ ...body, store: true })).rejects.toMatchObject({
    status: 400,
    param: "store",
  });
});

test("chat: the folder's template, whole and streamed alike; a model without one is refused", async () => {
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: "system", content: "Be brief." },
    { role: "user", content: [{ type: "text", text: "Why?" }] },
  ];
  const body = {
    model: chatModel,
    messages,
    max_completion_tokens: 6,
    temperature: 0,
    logprobs: true,
    top_logprobs: 2,
  };
  const whole = await client.chat.completions.create(body);
  const [choice] = whole.choices as [OpenAI.ChatCompletion.Choice];
  expect(choice.message.role).toBe("assistant");
  expect(choice.logprobs!.content).toHaveLength(whole.usage!.completion_tokens);
  expect(choice.logprobs!.content![0]!.top_logprobs).toHaveLength(2);
  let text = "";
  for await (const chunk of await client.chat.completions.create({ ...body, stream: true }))
    text += chunk.choices[0]?.delta.content ?? "";
  expect(text.trim()).toBe(choice.message.content);
  const refused = client.chat.completions.create({ model: "biogpt-mini", messages });
  await expect(refused).rejects.toMatchObject({ status: 400, code: "server/no-model-for" });
});

/** Value of a metric of biogpt-mini. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^biogpt_${name}\\{model="biogpt-mini"\\} (\\S+)$`, "m").exec(text)?.[1]);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect.unreachable("it did not come to be within 30 s");
}

test("a client that stops listening frees its place, and the model goes on with nothing", async () => {
  const body = { model: "biogpt-mini", prompt: PROMPT, max_tokens: 1000, temperature: 0, stream: true as const };
  for await (const _ of await client.completions.create(body)) break;
  await until(async () => (await metric("active_requests")) === 0);
  const before = await metric("engine_steps");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await metric("engine_steps")).toBe(before);
});

test("a client that goes away while it waits for a whole answer frees its place too", async () => {
  const stop = new AbortController();
  const body = { model: "biogpt-mini", prompt: PROMPT, max_tokens: 1000, temperature: 0, n: 4 };
  const answer = client.completions.create(body, { signal: stop.signal });
  await until(async () => (await metric("active_requests")) === 4);
  stop.abort();
  await expect(answer).rejects.toThrow();
  await until(async () => (await metric("active_requests")) === 0);
});

test("full: one waits, the next is told when to come again, and the client's own retries get it through", async () => {
  const stop = new AbortController();
  const long = { model: "biogpt-mini", prompt: PROMPT, max_tokens: 1000, temperature: 0, n: 4, stream: true as const };
  const first = await client.completions.create(long, { signal: stop.signal });
  await first[Symbol.asyncIterator]().next();
  const short = { model: "biogpt-mini", prompt: PROMPT, max_tokens: 2, temperature: 0 };
  const second = client.completions.create(short);
  await until(async () => (await metric("queue_depth")) === 1);
  const error = await client.completions.create(short).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(RateLimitError);
  expect(error.code).toBe("server/busy");
  expect(Number(error.headers.get("retry-after-ms"))).toBeGreaterThan(0);
  expect(Number(error.headers.get("retry-after"))).toBeGreaterThan(0);
  const third = client.completions.create(short, { maxRetries: 5 });
  stop.abort();
  const answers = await Promise.all([second, third]);
  expect(answers[0].choices[0]!.text).toBe(answers[1].choices[0]!.text);
});

test("requests of one moment share the model's steps", async () => {
  const before = await metric("engine_steps");
  const body = { model: "biogpt-mini", max_tokens: 30, temperature: 0 };
  const prompts = ["Aspirin is", "Insulin is", "Cancer is", "Malaria is"];
  await Promise.all(prompts.map((prompt) => client.completions.create({ ...body, prompt })));
  expect((await metric("engine_steps")) - before).toBeLessThan(60); // alone they would be 120
});
