/** `biogpt generate`: continues prompts. */
import { abortedError } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Generation, Model, Prompt, TextSettings } from "../../pretrained/model.ts";
import type { CommandModule } from "../define.ts";
import { generationOption } from "../generation-options.ts";
import { parseIds, readLines } from "../input.ts";
import { loadOptions, MODEL_OPTIONS } from "../model-options.ts";
import { noEffect, usageError } from "../no-effect.ts";
import { addOptions, chosen, type FlagsOf, flag, repeated, text } from "../options.ts";
import { writeResult } from "../output.ts";
import type { Terminal } from "../terminal.ts";

/** Settings of the generation by the names that it has for them. */
const SETTINGS = {
  beams: generationOption("beams"),
  earlyStopping: generationOption("earlyStopping"),
  scoring: generationOption("scoring"),
  lengthPenalty: generationOption("lengthPenalty"),
  maxNewTokens: generationOption("maxNewTokens"),
  minNewTokens: generationOption("minNewTokens"),
  temperature: generationOption("temperature"),
  topK: generationOption("topK"),
  topP: generationOption("topP"),
  minP: generationOption("minP"),
  seed: generationOption("seed"),
  repetitionPenalty: generationOption("repetitionPenalty"),
  stop: repeated("text", "end the text before this string"),
  draftTokens: generationOption("draftTokens"),
};
const OPTIONS = {
  ...MODEL_OPTIONS,
  ...SETTINGS,
  prompt: repeated("text", "text to continue"),
  promptIds: repeated("json", 'token ids to continue, "[2,4805]"'),
  return: generationOption("returnCount"),
  blockRepeatedNgrams: generationOption("noRepeatNGram"),
  jsonSchema: text("file", "write JSON that the JSON schema in this file allows"),
  stream: flag("show the text as it grows"),
  json: flag("one JSON object a line: prompt, promptIds, ids, text, score, finishReason"),
  logProbabilities: flag("with --json, adds logProbabilities (nats) of each token"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const generateCommand: CommandModule = {
  examples: [
    'biogpt generate --prompt "COVID-19 is" --max-new-tokens 40',
    'biogpt generate --prompt "Aspirin is" --beams 5 --early-stopping --json',
  ],
  register(program, terminal) {
    addOptions(program.command("generate"), OPTIONS)
      .summary("continue a prompt")
      .description("Continues prompts, given as options or as lines on standard input.")
      .action((flags: Flags) => run(flags, terminal));
  },
};

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const { beams = 1, stream, json, logProbabilities } = flags;
  if (logProbabilities && !json) throw noEffect("--log-probabilities has no effect here.", "Add --json.");
  if (stream && json) {
    const fix = "Leave out --stream or --json: JSON lines are written when a sequence is whole.";
    throw noEffect("--stream has no effect here.", fix);
  }
  const prompts = await readPrompts(flags, terminal);
  const { loadModel } = await import("../../pretrained/load/load.ts");
  using model = await loadModel(flags.model, { ...loadOptions(flags, terminal), slots: Math.max(16, beams) });
  for (const warning of model.warnings) terminal.note(`note: ${warning}`);
  const renamed = { returnCount: flags.return, noRepeatNGram: flags.blockRepeatedNgrams };
  const { readJsonSchema } = await import("../../workflows/read-json-schema.ts");
  const jsonSchema = flags.jsonSchema === undefined ? undefined : readJsonSchema(flags.jsonSchema);
  const settings = { ...chosen(flags, SETTINGS), ...renamed, jsonSchema, signal: terminal.signal };
  if (stream) {
    for (const prompt of prompts) await streamOne(model, prompt, settings, terminal);
    return;
  }
  const results = await model.generate(prompts, { ...settings, progress: terminal.progress });
  let aborted = false;
  for (const [index, sequences] of results.entries()) {
    for (const [rank, sequence] of sequences.entries()) {
      aborted ||= sequence.finishReason === "aborted";
      if (!json && index + rank > 0) await terminal.writeLine("");
      await writeResult(terminal, json, toJson(sequence, logProbabilities), () => [joined(prompts[index]!, sequence)]);
    }
  }
  if (aborted) throw abortedError(terminal.signal);
  if (process.stderr.isTTY && !json)
    terminal.note("(A language model wrote this. It can be wrong; check it against a source.)");
}

async function streamOne(model: Model, prompt: Prompt, settings: TextSettings, terminal: Terminal): Promise<void> {
  if (typeof prompt === "string") await terminal.write(prompt);
  let reason: string | undefined;
  for await (const { separator = "", text, generation } of model.stream(prompt, settings)) {
    await terminal.write(typeof prompt === "string" ? separator + text : text);
    reason = generation?.finishReason;
  }
  await terminal.write("\n");
  if (reason === "aborted") throw abortedError(terminal.signal);
}

async function readPrompts({ prompt = [], promptIds = [] }: Flags, terminal: Terminal): Promise<Prompt[]> {
  const given: Prompt[] = [...prompt, ...promptIds.map((text) => parseIds(text, "--prompt-ids"))];
  if (given.length > 0) return given;
  const example = 'biogpt generate --prompt "COVID-19 is"';
  if (process.stdin.isTTY) throw usageError("There is no prompt.", `Give one: ${example}, or pipe lines into it.`);
  for await (const line of readLines(terminal.input)) if (line.trim() !== "") given.push(line);
  if (given.length > 0) return given;
  throw new BiogptError("generation/empty-prompt", {
    what: "Standard input holds no prompt.",
    fix: `Give one: ${example}.`,
  });
}

function toJson(sequence: Generation, withLogProbabilities = false): unknown {
  const { prompt, promptIds, ids, text, score, finishReason, logProbabilities } = sequence;
  return { prompt, promptIds, ids, text, score, finishReason, ...(withLogProbabilities ? { logProbabilities } : {}) };
}

/** Prompt and continuation as one text. */
function joined(prompt: Prompt, { prompt: decoded, separator, text }: Generation): string {
  return `${typeof prompt === "string" ? prompt : decoded}${separator}${text}`;
}
