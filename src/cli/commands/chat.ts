/** `biogpt chat`: a conversation, line by line. */
import type { Command } from "commander";
import { throwIfAborted } from "../../base/cancellation.ts";
import type { Chat } from "../../workflows/chat.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { interruptible, readLines } from "../input.ts";
import { addModelOptions, loadSettings, type ModelFlags } from "../model-options.ts";
import type { Terminal } from "../terminal.ts";
import { terminalContext } from "../workflow-events.ts";

interface Flags extends ModelFlags {
  readonly format?: string;
  readonly system?: string;
  readonly maxNewTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

const HELP = "/clear forgets what was said, /exit or Ctrl-D ends, Ctrl-C stops an answer.";

export const chatCommand: CommandModule = {
  examples: [
    "biogpt chat --model PharMolix/BioMedGPT-LM-7B --dtype q4",
    'echo "What is aspirin?" | biogpt chat --model PharMolix/BioMedGPT-LM-7B --format biomedgpt-2023',
  ],
  register(program: Command, terminal: Terminal): void {
    addModelOptions(
      program
        .command("chat")
        .summary("talk with a model")
        .description(
          `Answers each line of standard input, knowing what was said before. ${HELP}\n` +
            "A language model can be wrong; nothing that it says is medical advice.",
        ),
    )
      .option("--format <name>", "how turns are written (default: the model's own template, else its family's format)")
      .option("--system <text>", "what the model is told first (default: the format's own)")
      .option("--max-new-tokens <n>", "most tokens of an answer (default: 512)", wholeNumber({ min: 1 }))
      .option("--temperature <x>", "draw tokens; 0 is greedy (default: 0)", finiteNumber({ min: 0, max: 1000 }))
      .option("--top-p <share>", "draw from the most probable tokens of this share", finiteNumber({ min: 0, max: 1 }))
      .option("--seed <n>", "seed of the draws (default: 0)", wholeNumber())
      .option("--json", "one JSON object an answer: question, text, finishReason, promptTokens, messagesLeftOut")
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
    else if (text.startsWith("/")) terminal.note(`There is no ${text.split(" ")[0]}. ${HELP}`);
    else if (text !== "") await answer(chat, text, terminal, flags.json === true);
    await ask();
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
