/** `biogpt generate`: continues prompts. */
import { type Command, Option } from "commander";
import { abortedError } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Generation, Model, Prompt, TextSettings } from "../../pretrained/model.ts";
import { type CommandModule, finiteNumber, wholeNumber } from "../define.ts";
import { parseIds, readLines } from "../input.ts";
import { addModelOptions, loadOptions, type ModelFlags } from "../model-options.ts";
import type { Terminal } from "../terminal.ts";

interface Flags extends ModelFlags {
  readonly prompt?: string[];
  readonly promptIds?: string[];
  readonly beams?: number;
  readonly return?: number;
  readonly earlyStopping?: boolean;
  readonly scoring?: "huggingface" | "fairseq";
  readonly lengthPenalty?: number;
  readonly maxNewTokens?: number;
  readonly minNewTokens?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly seed?: number;
  readonly repetitionPenalty?: number;
  readonly blockRepeatedNgrams?: number;
  readonly stop?: string[];
  readonly draftTokens?: number;
  readonly stream?: boolean;
  readonly json?: boolean;
  readonly logProbabilities?: boolean;
}

const collect = (value: string, list: string[] = []): string[] => [...list, value];

export const generateCommand: CommandModule = {
  examples: [
    'biogpt generate --prompt "COVID-19 is" --max-new-tokens 40',
    'biogpt generate --prompt "Aspirin is" --beams 5 --early-stopping --json',
  ],
  register(program: Command, terminal: Terminal): void {
    addModelOptions(
      program
        .command("generate")
        .summary("continue a prompt")
        .description("Continues prompts, given as options or as lines on standard input."),
    )
      .option("--prompt <text>", "text to continue; may be repeated", collect)
      .option("--prompt-ids <json>", 'token ids to continue, "[2,4805]"; may be repeated', collect)
      .option(
        "--beams <n>",
        "hypotheses kept in beam search; 1 is greedy (default: 1)",
        wholeNumber({ min: 1, max: 64 }),
      )
      .option(
        "--return <n>",
        "sequences returned for each prompt, best first (default: 1)",
        wholeNumber({ min: 1, max: 64 }),
      )
      .option("--early-stopping", "end a beam search when that many beams have ended")
      .addOption(
        new Option("--scoring <rule>", "how beams are scored (default: huggingface)").choices([
          "huggingface",
          "fairseq",
        ]),
      )
      .option(
        "--length-penalty <x>",
        "exponent of the length that a beam's score is divided by (default: 1)",
        finiteNumber({ min: -100, max: 100 }),
      )
      .option("--max-new-tokens <n>", "most generated tokens (default: 200)", wholeNumber({ min: 1 }))
      .option("--min-new-tokens <n>", "fewest generated tokens before the end (default: 0)", wholeNumber())
      .option(
        "--temperature <x>",
        "draw tokens at this temperature; 0 is greedy (default: 0, or 1 with --top-k, --top-p or --min-p)",
        finiteNumber({ min: 0, max: 1000 }),
      )
      .option("--top-k <n>", "draw from the n most probable tokens", wholeNumber({ min: 1 }))
      .option(
        "--top-p <share>",
        "draw from the most probable tokens that reach this share",
        finiteNumber({ min: 0, max: 1 }),
      )
      .option(
        "--min-p <share>",
        "draw from tokens at least this share as probable as the best",
        finiteNumber({ min: 0, max: 1 }),
      )
      .option("--seed <n>", "seed of the draws (default: 0)", wholeNumber())
      .option(
        "--repetition-penalty <x>",
        "above 1 makes repeated tokens less likely (default: 1)",
        finiteNumber({ min: 0.01, max: 100 }),
      )
      .option(
        "--block-repeated-ngrams <n>",
        "no sequence of n tokens twice; 0 turns it off (default: 0)",
        wholeNumber(),
      )
      .option("--stop <text>", "end the text before this string; may be repeated", collect)
      .option(
        "--draft-tokens <n>",
        "tokens guessed from the prompt and checked at once: same text, fewer steps (default: 0)",
        wholeNumber({ max: 64 }),
      )
      .option("--stream", "show the text as it grows")
      .option("--json", "one JSON object a line: prompt, promptIds, ids, text, score, finishReason")
      .option("--log-probabilities", "with --json, adds logProbabilities (nats) of each token")
      .action((flags: Flags) => run(flags, terminal));
  },
};

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  if (flags.logProbabilities && !flags.json) throw noEffect("--log-probabilities", "Add --json.");
  if (flags.stream && flags.json)
    throw noEffect("--stream", "Leave out --stream or --json: JSON lines are written when a sequence is whole.");
  const prompts = await readPrompts(flags, terminal);
  const { loadModel } = await import("../../pretrained/load/load.ts");
  using model = await loadModel(flags.model, {
    ...loadOptions(flags, terminal),
    slots: Math.max(16, flags.beams ?? 1),
  });
  for (const warning of model.warnings) terminal.note(`note: ${warning}`);
  const settings = textSettings(flags);
  if (flags.stream) {
    for (const prompt of prompts) await streamOne(model, prompt, settings, terminal);
    return;
  }
  const results = await model.generate(prompts, { ...settings, signal: terminal.signal, progress: terminal.progress });
  let aborted = false;
  for (const [index, sequences] of results.entries()) {
    for (const [rank, sequence] of sequences.entries()) {
      aborted ||= sequence.finishReason === "aborted";
      if (flags.json) await terminal.writeLine(JSON.stringify(toJson(sequence, flags.logProbabilities === true)));
      else {
        if (index + rank > 0) await terminal.writeLine("");
        await terminal.writeLine(joined(prompts[index]!, sequence));
      }
    }
  }
  if (aborted) throw abortedError(terminal.signal);
  if (process.stderr.isTTY && !flags.json)
    terminal.note("(A language model wrote this. It can be wrong; check it against a source.)");
}

async function streamOne(model: Model, prompt: Prompt, settings: TextSettings, terminal: Terminal): Promise<void> {
  if (typeof prompt === "string") await terminal.write(prompt);
  let reason: string | undefined;
  for await (const { separator = "", text, generation } of model.stream(prompt, {
    ...settings,
    signal: terminal.signal,
  })) {
    await terminal.write(typeof prompt === "string" ? separator + text : text);
    reason = generation?.finishReason;
  }
  await terminal.write("\n");
  if (reason === "aborted") throw abortedError(terminal.signal);
}

async function readPrompts(flags: Flags, terminal: Terminal): Promise<Prompt[]> {
  const given: Prompt[] = [
    ...(flags.prompt ?? []),
    ...(flags.promptIds ?? []).map((text) => parseIds(text, "--prompt-ids")),
  ];
  if (given.length > 0) return given;
  if (process.stdin.isTTY) {
    throw new BiogptError("cli/usage", {
      what: "There is no prompt.",
      fix: 'Give one: biogpt generate --prompt "COVID-19 is", or pipe lines into it.',
    });
  }
  for await (const line of readLines(terminal.input)) if (line.trim() !== "") given.push(line);
  if (given.length === 0) {
    throw new BiogptError("generation/empty-prompt", {
      what: "Standard input holds no prompt.",
      fix: 'Give one: biogpt generate --prompt "COVID-19 is".',
    });
  }
  return given;
}

function textSettings(flags: Flags): TextSettings {
  return {
    beams: flags.beams,
    returnCount: flags.return,
    earlyStopping: flags.earlyStopping,
    scoring: flags.scoring,
    lengthPenalty: flags.lengthPenalty,
    maxNewTokens: flags.maxNewTokens,
    minNewTokens: flags.minNewTokens,
    temperature: flags.temperature,
    topK: flags.topK,
    topP: flags.topP,
    minP: flags.minP,
    seed: flags.seed,
    repetitionPenalty: flags.repetitionPenalty,
    noRepeatNGram: flags.blockRepeatedNgrams,
    stop: flags.stop,
    draftTokens: flags.draftTokens,
  };
}

function toJson(
  { prompt, promptIds, ids, text, score, finishReason, logProbabilities }: Generation,
  withLogProbabilities: boolean,
): unknown {
  return { prompt, promptIds, ids, text, score, finishReason, ...(withLogProbabilities ? { logProbabilities } : {}) };
}

/** Prompt and continuation as one text. */
function joined(prompt: Prompt, { prompt: decoded, separator, text }: Generation): string {
  return `${typeof prompt === "string" ? prompt : decoded}${separator}${text}`;
}

function noEffect(option: string, fix: string): BiogptError {
  return new BiogptError("cli/no-effect", { what: `${option} has no effect here.`, fix });
}
