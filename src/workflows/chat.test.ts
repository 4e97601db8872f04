/** A conversation from code and as a command: prompts as the formats write them, a history, what stops and what is forgotten. */
import { expect, test } from "vitest";
import { testTerminal } from "../cli/commands/test-terminal.fixture.ts";
import { run } from "../cli/main.ts";
import { loadModelFolder } from "../pretrained/load/load-folder.ts";
import { TINY_LLAMA, tinyLlama } from "../pretrained/tiny-llama.fixture.ts";
import type { ChatMessage } from "../tokenizers/chat/conversation.ts";
import { encodePrompt } from "../tokenizers/chat/encode-prompt.ts";
import { chatFormat } from "../tokenizers/chat/formats.ts";
import { type Chat, type ChatAnswer, openChat } from "./chat.ts";

const LONG = { ...TINY_LLAMA, maxPositions: 512 };
const folder = await tinyLlama({}, LONG);
const load = { threads: 1 };
const SETTINGS = { model: folder, load, maxNewTokens: 12, system: "Answer." };

async function hear(chat: Chat, question: string, signal?: AbortSignal): Promise<ChatAnswer & { pieces: string[] }> {
  const pieces: string[] = [];
  const answer = chat.answer(question, signal);
  for (;;) {
    const { done, value } = await answer.next();
    if (done) return { ...value, pieces };
    pieces.push(value);
  }
}

/** What the model says after these messages, asked directly. */
async function wanted(messages: readonly ChatMessage[]): Promise<{ text: string; tokens: number }> {
  using model = await loadModelFolder(folder, "tiny", load);
  const format = chatFormat("biomedgpt-2023");
  const parts = format.render([{ role: "system", content: "Answer." }, ...messages]);
  const ids = encodePrompt(model.tokenizer, parts).flatMap((segment) => ("ids" in segment ? [...segment.ids] : []));
  const [[generation]] = (await model.generate(ids, { maxNewTokens: 12, stop: format.stops })) as never as [
    [{ text: string }],
  ];
  return { text: generation.text, tokens: ids.length };
}

test("answers are the model's own after the whole history, and clear forgets it", async () => {
  const notes: string[] = [];
  using chat = await openChat(SETTINGS, { onEvent: (event) => event.type === "note" && notes.push(event.text) });
  expect(notes).toEqual([expect.stringContaining("biomedgpt-2023 is used")]);
  const first = await hear(chat, "What is aspirin?");
  const alone = await wanted([{ role: "user", content: "What is aspirin?" }]);
  expect([first.pieces.join(""), first.text, first.promptTokens]).toEqual([alone.text, alone.text, alone.tokens]);
  const second = await hear(chat, "And then?");
  const both = await wanted([
    { role: "user", content: "What is aspirin?" },
    { role: "assistant", content: first.text.trim() },
    { role: "user", content: "And then?" },
  ]);
  expect([second.text, second.promptTokens]).toEqual([both.text, both.tokens]);
  expect(chat.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
  chat.clear();
  expect((await hear(chat, "What is aspirin?")).text).toBe(first.text);
});

test("an answer that is stopped stays as far as it came, and the next question is answered", async () => {
  using chat = await openChat({ ...SETTINGS, maxNewTokens: 200 });
  const controller = new AbortController();
  const answer = chat.answer("What is aspirin?", controller.signal);
  const pieces: string[] = [];
  for await (const piece of answer) {
    pieces.push(piece);
    controller.abort();
  }
  expect(pieces.join("").length).toBeLessThan(60);
  expect(chat.messages[1]).toEqual({ role: "assistant", content: pieces.join("").trim() });
  expect((await hear(chat, "And then?")).promptTokens).toBeGreaterThan(10);
});

test("the oldest turns go, whole, where the context is full, and it is told", async () => {
  const notes: string[] = [];
  const context = {
    onEvent: (event: { type: string; text?: string }) => void (event.type === "note" && notes.push(event.text!)),
  };
  using chat = await openChat({ ...SETTINGS, load: { threads: 1, contextLength: 120 }, maxNewTokens: 20 }, context);
  let last = await hear(chat, "What is aspirin?");
  for (let turn = 0; turn < 4; turn++) last = await hear(chat, "What is the protein that aspirin inhibits?");
  expect(last.messagesLeftOut).toBe(2);
  expect(last.promptTokens).toBeLessThanOrEqual(100);
  expect(notes.at(-1)).toContain("the 2 oldest messages are left out");
  await expect(hear(chat, "aspirin ".repeat(200))).rejects.toMatchObject({ code: "generation/prompt-too-long" });
});

test("a folder's own template is used, a model without one is refused", async () => {
  const template = "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }} {% endfor %}";
  const own = await tinyLlama({ bos_token: "<s>", chat_template: template }, LONG);
  using chat = await openChat({ model: own, load, maxNewTokens: 2 });
  expect(chat.format).toBe("chat_template of tokenizer_config.json");
  expect((await hear(chat, "Hello")).promptTokens).toBeGreaterThan(3);
  await expect(openChat({ load })).rejects.toMatchObject({ code: "tokenizers/chat" }); // biogpt-mini
  await expect(openChat({ ...SETTINGS, format: "lama" })).rejects.toMatchObject({ code: "tokenizers/chat" });
});

const ARGUMENTS = ["chat", "--model", folder, "--threads", "1", "--max-new-tokens", "12", "--system", "Answer."];

test("as a command: a line in, an answer out; /clear forgets, /exit ends, other slashes are told", async () => {
  const terminal = testTerminal("What is aspirin?\n\n/what\n/clear\nWhat is aspirin?\n/exit\nnever asked\n");
  expect(await run(ARGUMENTS, terminal)).toBe(0);
  const { text } = await wanted([{ role: "user", content: "What is aspirin?" }]);
  expect(terminal.out.join("")).toBe(`${text}\n${text}\n`);
  expect(terminal.notes.join("\n")).toContain("There is no /what.");
});

test("Ctrl-C stops the answer, not the chat", async () => {
  const terminal = testTerminal("What is aspirin?\n/clear\nWhat is aspirin?\n");
  let stop: (() => void) | undefined;
  let released = 0;
  const written: string[] = [];
  const code = await run([...ARGUMENTS.slice(0, -4), "--max-new-tokens", "40"], {
    ...terminal,
    takeInterrupts: (handler) => {
      stop = handler;
      return () => released++;
    },
    write: async (text) => {
      written.push(text);
      if (released === 0) stop!();
    },
    writeLine: async () => void written.push("\n"),
  });
  const [first, second] = written.join("").split("\n");
  expect([code, released]).toEqual([0, 2]);
  expect(first!.length).toBeGreaterThan(0);
  expect(second!.startsWith(first!)).toBe(true);
  expect(second!.length).toBeGreaterThan(first!.length);
});

test("--json gives an object an answer", async () => {
  const terminal = testTerminal("What is aspirin?\n");
  expect(await run([...ARGUMENTS, "--json"], terminal)).toBe(0);
  const { text, tokens } = await wanted([{ role: "user", content: "What is aspirin?" }]);
  const answer = {
    question: "What is aspirin?",
    text,
    finishReason: "length",
    promptTokens: tokens,
    messagesLeftOut: 0,
  };
  expect(JSON.parse(terminal.out.join(""))).toEqual(answer);
});
