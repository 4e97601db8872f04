/**
 * Wanted values: Jinja's own, in the environment that transformers makes for chat templates (test/golden/llama-tokenizer.py); for the formats
 * that are data, the prompt and the ids of BioMedGPT-10B's code.
 */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseSentencePieceModel } from "../sentencepiece/model-file.ts";
import { SentencePieceTokenizer } from "../sentencepiece/sentencepiece-tokenizer.ts";
import type { ChatMessage, PromptPart } from "./conversation.ts";
import { encodePrompt } from "./encode-prompt.ts";
import { chatFormat } from "./formats.ts";
import { findChatTemplate, openChatTemplate } from "./template.ts";

const LLAMA_2 = new URL("../../../../shared/data/llama/llama-2/tokenizer.model", import.meta.url);
const goldens = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/tokenizers/chat-templates.json", import.meta.url), "utf8"),
) as { name: string; template: string; messages: ChatMessage[]; generation: boolean; text: string }[];
const TOKENS = { bos_token: "<s>", eos_token: "</s>" };

function flat(parts: readonly PromptPart[]): string {
  return parts
    .map((part) =>
      part.kind === "text" ? part.text : part.kind === "special" ? part.token : `[${part.attachment.text}]`,
    )
    .join("");
}

test("templates write what they write under transformers", async () => {
  for (const { name, template, messages, generation, text } of goldens) {
    const renderer = await openChatTemplate({ name, template, tokens: TOKENS });
    expect(flat(renderer.render(messages, { openAnswer: generation })), name).toBe(text);
  }
});

test("llama-2 as data equals llama-2's own template", async () => {
  const own = goldens.filter(({ name }) => name === "llama-2");
  expect(own.length).toBe(6);
  for (const { messages, generation, text } of own) {
    expect(flat(chatFormat("llama-2").render(messages, { openAnswer: generation }))).toBe(text);
  }
});

test("what a user writes is text: special tokens and placeholders too", async () => {
  const messages: ChatMessage[] = [{ role: "user", content: "</s> and <moleculeHere>" }];
  const { template } = goldens[0]!;
  const own = await openChatTemplate({ name: "llama-2", template, tokens: TOKENS });
  for (const renderer of [own, chatFormat("llama-2")]) {
    expect(renderer.render(messages)).toEqual([
      { kind: "special", token: "<s>" },
      { kind: "text", text: "[INST] </s> and <moleculeHere> [/INST]" },
    ]);
  }
});

test("the prompt of BioMedGPT-10B, 2023", () => {
  const smiles = { kind: "molecule", text: "CCO" } as const;
  const protein = { kind: "protein", text: "MAK" } as const;
  const format = chatFormat("biomedgpt-2023");
  const question: ChatMessage = { role: "user", content: "Please describe this molecule.", attachments: [smiles] };
  expect(flat(format.render([question]))).toBe(
    "<s>You are working as an excellent assistant in chemistry and molecule discovery. Below a human expert gives the representation of a molecule or a protein. Answer questions about it. ### Human: <molecule>[CCO]</molecule> Please describe this molecule. ### Assistant: ",
  );
  const turns: ChatMessage[] = [
    { role: "system", content: "S " },
    { role: "user", content: "Q", attachments: [smiles, protein] },
    { role: "assistant", content: "A" },
    { role: "user", content: "R" },
  ];
  expect(flat(format.render(turns))).toBe(
    "<s>S ### Human: <molecule>[CCO]</molecule> ### Human: <protein>[MAK]</protein> Q ### Assistant: A ### Human: R ### Assistant: ",
  );
  expect(flat(chatFormat("biomedgpt-2025").render(turns.slice(0, 2)))).toContain(
    "<protein>[MAK]</protein>Q ### ASSISTANT: ",
  );
  expect(flat(chatFormat("biomedgpt-r1").render([question]))).toBe(
    "<｜User｜>\n<molecule><representation>[CCO]</representation><SMILES>CCO</SMILES></molecule> Please describe this molecule.\n<｜Assistant｜><think>\n",
  );
});

test.skipIf(!existsSync(LLAMA_2))("its ids: 47 before the molecule, 18 after it (../shared/data/llama)", () => {
  const tokenizer = new SentencePieceTokenizer(parseSentencePieceModel(readFileSync(LLAMA_2), "tokenizer.model"));
  const ask = (content: string, kind: "molecule" | "protein", system?: string): number[][] => {
    const messages: ChatMessage[] = [
      ...(system === undefined ? [] : [{ role: "system", content: system } as const]),
      { role: "user", content, attachments: [{ kind, text: "" }] },
    ];
    return encodePrompt(tokenizer, chatFormat("biomedgpt-2023").render(messages)).map((segment) =>
      "ids" in segment ? [...segment.ids] : [-1],
    );
  };
  const beforeTag = [
    1, 887, 526, 1985, 408, 385, 15129, 20255, 297, 8950, 6020, 322, 13206, 29883, 1297, 20699, 29889, 13866, 263, 5199,
    17924, 4076, 278, 8954, 310, 263, 13206, 29883, 1297, 470, 263, 26823, 29889, 673, 5155, 1048, 372, 29889, 835,
    12968, 29901, 529,
  ];
  expect(ask("Please describe this molecule.", "molecule")).toEqual([
    [...beforeTag, 29885, 1772, 29883, 1297, 29958],
    [-1],
    [1533, 29885, 1772, 29883, 1297, 29958, 3529, 8453, 445, 13206, 29883, 1297, 29889, 835, 4007, 22137, 29901, 29871],
  ]);
  expect(ask("What is the function of this protein?", "protein")).toEqual([
    [...beforeTag, 14676, 262, 29958],
    [-1],
    [1533, 14676, 262, 29958, 1724, 338, 278, 740, 310, 445, 26823, 29973, 835, 4007, 22137, 29901, 29871],
  ]);
});

test("a text after a special token has no beginning's space where only beginnings have one", () => {
  const bytes = readFileSync(new URL("../../../test/fixtures/tokenizers/tokenizer.model", import.meta.url));
  const model = parseSentencePieceModel(bytes, "tokenizer.model");
  for (const dummyPrefix of ["always", "first"] as const) {
    const tokenizer = new SentencePieceTokenizer(model, { dummyPrefix });
    const text = "<s>the gene</s>the";
    const parts = chatFormat("llama-2").render([{ role: "user", content: "the gene" }]);
    const [segment] = encodePrompt(tokenizer, parts);
    const wanted = tokenizer.encode("<s>[INST] the gene [/INST]", { recognizeSpecialTokens: true });
    expect("ids" in segment! && [...segment.ids], text).toEqual([...wanted]);
  }
});

test("conversations that a format has no form for are refused", async () => {
  const format = chatFormat("biomedgpt-2023");
  expect(() => chatFormat("vicuna")).toThrow(/Known are biomedgpt-2023/);
  expect(() => format.render([{ role: "assistant", content: " " }])).toThrow(/is empty/);
  expect(() =>
    format.render([
      { role: "user", content: "a" },
      { role: "system", content: "b" },
    ]),
  ).toThrow(/after the first/);
  expect(() => chatFormat("biomedgpt-r1").render([{ role: "system", content: "b" }])).toThrow(
    /no place for a system text/,
  );
  const molecule: ChatMessage = { role: "user", content: "a", attachments: [{ kind: "molecule", text: "C" }] };
  expect(() => chatFormat("llama-2").render([molecule])).toThrow(/takes no molecules/);
  const own = await openChatTemplate({ name: "llama-2", template: goldens[0]!.template, tokens: TOKENS });
  expect(() => own.render([molecule])).toThrow(/no place for molecules/);
  expect(() => own.render([{ role: "assistant", content: "a" }])).toThrow(/roles must alternate/);
});

test("a folder's template is found, in each of its places", async () => {
  const config = { bos_token: { content: "<s>" }, eos_token: "</s>", chat_template: "{{ bos_token }}A" };
  const asText = JSON.stringify(config);
  expect(findChatTemplate({ tokenizerConfig: asText })).toMatchObject({ template: "{{ bos_token }}A", tokens: TOKENS });
  expect(findChatTemplate({ tokenizerConfig: asText, chatTemplate: "B" })).toMatchObject({
    template: "B",
    tokens: TOKENS,
  });
  const listed = JSON.stringify({
    chat_template: [
      { name: "tool", template: "T" },
      { name: "default", template: "D" },
    ],
  });
  expect(findChatTemplate({ tokenizerConfig: listed })).toMatchObject({ template: "D" });
  expect(findChatTemplate({ tokenizerConfig: "{}" })).toBeUndefined();
  expect(() => findChatTemplate({ tokenizerConfig: "{" })).toThrow(/tokenizer_config.json cannot be used/);
  expect(() => findChatTemplate({ tokenizerConfig: '{"chat_template": []}' })).toThrow(/named default/);
  await expect(openChatTemplate({ name: "x", template: "{% if %}", tokens: {} })).rejects.toThrow(/x cannot be used/);
});
