/** `biogpt tokenize`: lines of text in, a JSON array a line out. */
import { stat } from "node:fs/promises";
import { throwIfAborted } from "../../base/cancellation.ts";
import { promptBegin, type Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { CommandModule } from "../define.ts";
import { interruptible, readLines } from "../input.ts";
import { addOptions, choice, type FlagsOf, flag, required, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";

const OPTIONS = {
  tokenizer: required(text("name", "folder or model name: biogpt, biogpt-large, biogpt-mini, microsoft/biogpt, …")),
  moses: choice("mode", "perl as in training, sacremoses as in Hugging Face; default: as the folder says, else perl", [
    "perl",
    "sacremoses",
  ]),
  normalizePunctuation: flag("typographic quotes and dashes to ASCII first; default: as the folder says"),
  format: choice("format", "what to print of each token", ["ids", "pieces"], "ids"),
  special: flag("with </s> (a Llama: <s>) in front, as a model reads a text"),
  recognizeSpecial: flag("read </s> and the like in the text as tokens, as Hugging Face does"),
  offsets: flag("each token as [token, start, end]: UTF-16 units of the line"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const tokenizeCommand: CommandModule = {
  examples: [
    'echo "Aspirin, 5 mg" | biogpt tokenize --tokenizer biogpt-mini --format pieces',
    "biogpt tokenize --tokenizer biogpt --offsets < sentences.txt",
  ],
  writesJson: true,
  register(program, terminal) {
    addOptions(program.command("tokenize"), OPTIONS)
      .summary("tokens of each line, with their places")
      .description("Turn text into tokens: a line of standard input in, a JSON array of ids or pieces out.")
      .option("--no-normalize-punctuation", "leave them, whatever the folder says")
      .action((options: Flags) => tokenize(options, terminal));
  },
};

async function tokenize(options: Flags, terminal: Terminal): Promise<void> {
  const tokenizer = await openNamed(options, terminal);
  for await (const line of readLines(interruptible(terminal.input, terminal.signal))) {
    throwIfAborted(terminal.signal);
    await terminal.writeLine(JSON.stringify(tokensOf(tokenizer, line, options)));
  }
}

type Token = number | string;

function tokensOf(
  tokenizer: Tokenizer,
  line: string,
  { format, special, recognizeSpecial = false, offsets }: Flags,
): (Token | [Token, number, number])[] {
  const show = (id: number): Token => (format === "ids" ? id : tokenizer.piece(id));
  const { ids, starts, ends } = tokenizer.encodeWithOffsets(line, { recognizeSpecialTokens: recognizeSpecial });
  const tokens = Array.from(ids, (id, i): Token | [Token, number, number] =>
    offsets ? [show(id), starts[i]!, ends[i]!] : show(id),
  );
  const first = special ? promptBegin(tokenizer) : [];
  return [...first.map((id): Token | [Token, number, number] => (offsets ? [show(id), 0, 0] : show(id))), ...tokens];
}

async function openNamed(
  { tokenizer, moses, normalizePunctuation }: Flags,
  { signal, progress }: Terminal,
): Promise<Tokenizer> {
  const { openModelTokenizer } = await import("../../pretrained/load/tokenizer-folder.ts");
  const isPath = (await stat(tokenizer).catch(() => undefined)) !== undefined;
  let folder = tokenizer;
  if (!isPath) {
    const { resolveModel } = await import("../../pretrained/hub/hub.ts");
    const { tokenizerFolderOf } = await import("../../pretrained/load/open-model-folder.ts");
    folder = await tokenizerFolderOf(await resolveModel(tokenizer, { signal, progress }), { signal, progress });
  }
  return openModelTokenizer(folder, { moses, normalizePunctuation, signal });
}
