/** Molecules and proteins in a conversation over HTTP: answers are those of the package itself, and what cannot be read is told. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../pretrained/index.ts";
import { TINY_WITH_TEXT, tinyBioMedGpt } from "../pretrained/tiny-biomedgpt.fixture.ts";
import { ask as describe } from "../workflows/ask.ts";
import { chatCompletion, modelList } from "./contract/generation.ts";
import type { ChatCompletionChunk, ChatContentPart } from "./contract.ts";
import { serve } from "./serve.ts";
import type { RunningServer } from "./serve-options.ts";

let folder: string;
let server: RunningServer;
beforeAll(async () => {
  folder = await tinyBioMedGpt(TINY_WITH_TEXT);
  server = await serve({ port: 0, models: [folder, "biogpt-mini", "biomedgpt-mini"], load: { precision: "fp32" } });
  await server.ready;
});
afterAll(() => server.close());

const part = (kind: "molecule" | "protein", text: string): ChatContentPart =>
  kind === "molecule" ? { type: "molecule", smiles: text } : { type: "protein", sequence: text };

function ask(content: readonly ChatContentPart[], more: object = {}): Promise<Response> {
  const messages = [{ role: "user", content }];
  return fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ messages, temperature: 0, max_tokens: 8, ...more }),
  });
}

async function refusal(response: Response): Promise<unknown> {
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
}

test("a model that reads molecules and proteins says so, one that reads text alone does not", async () => {
  const { data } = modelList.parse(await (await fetch(`${server.url}/v1/models`)).json());
  expect(data[0]!.abilities).toEqual(expect.arrayContaining(["chat", "molecules", "proteins"]));
  expect(data[1]!.abilities).not.toContain("molecules");
});

test("answers are those of the package, whole and streamed, and count an atom and a residue as a position", async () => {
  using model = await loadModel(folder, { precision: "fp32" });
  expect(TINY_WITH_TEXT.questions.length).toBeGreaterThan(1);
  for (const { question, attachments, positions } of TINY_WITH_TEXT.questions) {
    const parts = attachments.map(([kind, text]) => part(kind, text));
    const content: ChatContentPart[] = [...parts, { type: "text", text: question }];
    const given = attachments.map(([kind, text]) => ({ kind, text }));
    const want = await model.chat([{ role: "user", content: question, attachments: given }], { maxNewTokens: 8 });
    const whole = chatCompletion.parse(await (await ask(content)).json());
    expect(whole.choices[0]!.message.content).toBe(want.text);
    expect(whole.usage?.prompt_tokens).toBe(positions);
    const streamed = await (await ask(content, { stream: true })).text();
    const chunks = streamed
      .split("\n\n")
      .filter((event) => event.startsWith("data: {"))
      .map((event) => JSON.parse(event.slice(6)) as ChatCompletionChunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(want.text);
    const searched = await ask(content, { beams: 2, n: 2 });
    expect(chatCompletion.parse(await searched.json()).choices).toHaveLength(2);
  }
});

test("what was changed of an attachment is told with the answer", async () => {
  const content: ChatContentPart[] = [part("protein", "maktv"), { type: "text", text: "What is this?" }];
  const { notes } = chatCompletion.parse(await (await ask(content)).json());
  expect(notes).toEqual([expect.stringContaining("lower case")]);
  expect(await (await ask(content, { stream: true })).text()).toContain("lower case");
});

test("what is no molecule, what the model cannot read, and whose it cannot be is told before anything runs", async () => {
  const text: ChatContentPart = { type: "text", text: "What is this?" };
  expect(await refusal(await ask([part("molecule", "C1CC"), text]))).toEqual([422, "molecules/smiles"]);
  expect(await refusal(await ask([part("molecule", "C(C)(C)(C)(C)C"), text]))).toEqual([422, "molecules/valence"]);
  expect(await refusal(await ask([part("protein", "MA!"), text]))).toEqual([422, "molecules/residues"]);
  expect(await refusal(await ask([part("protein", "M".repeat(1000)), text]))).toEqual([
    400,
    "generation/prompt-too-long",
  ]);
  const many = Array.from({ length: 17 }, () => part("molecule", "C"));
  expect(await refusal(await ask([...many, text]))).toEqual([400, "server/request"]);
  const plain = { model: "biogpt-mini", chat_format: "biomedgpt-mini" };
  expect(await refusal(await ask([part("molecule", "C"), text], plain))).toEqual([400, "pretrained/no-encoder"]);
  const messages = [
    { role: "user", content: "a" },
    { role: "assistant", content: [part("molecule", "C")] },
    { role: "user", content: "b" },
  ];
  expect(await refusal(await ask([], { messages }))).toEqual([400, "server/request"]);
});

test("the embedded descriptions answer with a relative's text, whole and streamed, and say whose it is", async () => {
  const model = "biomedgpt-mini";
  const question: ChatContentPart = { type: "text", text: "Please describe this molecule." };
  const content = [part("molecule", "CC(=O)Oc1ccccc1C(=O)O"), question];
  const { data } = modelList.parse(await (await fetch(`${server.url}/v1/models`)).json());
  expect(data[2]).toMatchObject({ id: model, abilities: ["chat", "molecules"], ready: true });
  const attachments = [{ kind: "molecule", text: "CC(=O)Oc1ccccc1C(=O)O" }] as const;
  const want = await describe("Please describe this molecule.", { attachments });
  const whole = chatCompletion.parse(await (await ask(content, { model, logprobs: true })).json());
  expect(whole.choices).toEqual([
    {
      index: 0,
      message: { role: "assistant", content: want.text, refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ]);
  expect(whole.notes).toEqual([
    expect.stringMatching(/^this is what ChEBI .* says of a similar molecule, .*, not of yours$/),
  ]);
  const streamed = await (await ask(content, { model, stream: true, stream_options: { include_usage: true } })).text();
  const events = streamed.split("\n\n").filter((event) => event.startsWith("data: {"));
  const chunks = events.map((event) => JSON.parse(event.slice(6)) as ChatCompletionChunk);
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(want.text);
  expect(chunks[0]!.notes).toEqual(whole.notes);
  expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe("stop");
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 0 } });
  const other = [400, "server/no-model-for"];
  expect(await refusal(await ask([content[0]!, { type: "text", text: "Is it toxic?" }], { model }))).toEqual(other);
  expect(await refusal(await ask([question], { model }))).toEqual(other);
  expect(await refusal(await ask([content[0]!, ...content], { model, stream: true }))).toEqual(other);
  expect(await refusal(await ask([part("molecule", "C1CC"), question], { model }))).toEqual([422, "molecules/smiles"]);
  expect(await refusal(await ask(content, { model, n: 2 }))).toEqual([400, "server/request"]);
  const completions = await fetch(`${server.url}/v1/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ model, prompt: "COVID-19 is" }),
  });
  expect(await refusal(completions)).toEqual(other);
});
