/** `biogpt chat`: a conversation, line by line. */
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Chat } from "../../workflows/chat.ts";
import type { CommandModule } from "../define.ts";
import { generationOption } from "../generation-options.ts";
import { interruptible, readLines } from "../input.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { addOptions, type FlagsOf, flag, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

const HELP =
  "/molecule SMILES and /protein SEQUENCE|FILE attach to the next question, /clear forgets what was said, /exit or Ctrl-D ends, Ctrl-C stops an answer.";

const OPTIONS = {
  ...MODEL_OPTIONS,
  format: text("name", "how turns are written (default: the model's own template, else its family's format)"),
  system: text("text", "what the model is told first (default: the format's own)"),
  maxNewTokens: generationOption("maxNewTokens", { help: "most tokens of an answer", otherwise: "512" }),
  temperature: generationOption("temperature", { otherwise: "0, or 1 with --top-p" }),
  topP: generationOption("topP"),
  seed: generationOption("seed"),
  json: flag("one JSON object an answer: question, text, finishReason, promptTokens, messagesLeftOut"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const chatCommand: CommandModule = {
  examples: [
    "biogpt chat --model PharMolix/BioMedGPT-LM-7B --dtype q4",
    'echo "What is aspirin?" | biogpt chat --model PharMolix/BioMedGPT-LM-7B --format biomedgpt-2023',
  ],
  register(program, terminal) {
    addOptions(program.command("chat"), OPTIONS)
      .summary("talk with a model")
      .description(
        `Answers each line of standard input, knowing what was said before. ${HELP}\n` +
          "A language model can be wrong; nothing that it says is medical advice.",
      )
      .action((flags: Flags) => run(flags, terminal));
  },
};

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const { openChat } = await import("../../workflows/chat.ts");
  const { model, format, system, maxNewTokens, temperature, topP, seed } = flags;
  const settings = { model, load: loadSettings(flags), format, system, maxNewTokens, temperature, topP, seed };
  using chat = await openChat(settings, terminalContext(terminal));
  if (terminal.isTerminal) terminal.note(`${chat.model}, ${chat.format}. ${HELP}`);
  const ask = async (): Promise<void> => (terminal.isTerminal ? terminal.write("> ") : undefined);
  await ask();
  for await (const line of readLines(interruptible(terminal.input, terminal.signal))) {
    const text = line.trim();
    if (text === "/exit") break;
    if (text === "/clear") chat.clear();
    else if (/^\/(?:molecule|protein) /.test(text)) await attach(chat, text, terminal);
    else if (text.startsWith("/")) terminal.note(`There is no ${text.split(" ")[0]}. ${HELP}`);
    else if (text !== "") await answer(chat, text, terminal, flags.json === true);
    await ask();
  }
}

/** What cannot be attached is told, and the conversation goes on. */
async function attach(chat: Chat, line: string, terminal: Terminal): Promise<void> {
  const [command, ...rest] = line.split(" ");
  try {
    terminal.note(await chat.attach({ kind: command === "/molecule" ? "molecule" : "protein", text: rest.join(" ") }));
  } catch (error) {
    if (!(error instanceof BiogptError) || error.kind === "internal") throw error;
    terminal.note(error.message);
  }
}

async function answer(chat: Chat, question: string, terminal: Terminal, asJson: boolean): Promise<void> {
  const stopped = new AbortController();
  const release = terminal.takeInterrupts?.(() => stopped.abort());
  try {
    const signal = AbortSignal.any([terminal.signal, stopped.signal]);
    const texts = chat.answer(question, signal);
    let next = await texts.next();
    for (; next.done !== true; next = await texts.next()) if (!asJson) await terminal.write(next.value);
    await terminal.writeLine(asJson ? JSON.stringify({ question, ...next.value }) : "");
  } finally {
    release?.();
  }
  throwIfAborted(terminal.signal);
}
