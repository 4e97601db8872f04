/** `biogpt tokenize`: lines of text in, a JSON array a line out. */
import { stat } from "node:fs/promises";
import { Option } from "commander";
import { throwIfAborted } from "../../base/cancellation.ts";
import type { MosesMode } from "../../tokenizers/moses-bpe/characters.ts";
import { promptBegin, type Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { CommandModule } from "../define.ts";
import { interruptible, readLines } from "../input.ts";
import type { Terminal } from "../terminal.ts";

interface TokenizeOptions {
  readonly tokenizer: string;
  readonly moses?: MosesMode;
  readonly normalizePunctuation?: boolean;
  readonly format: "ids" | "pieces";
  readonly special: boolean;
  readonly recognizeSpecial: boolean;
  readonly offsets: boolean;
}

export const tokenizeCommand: CommandModule = {
  examples: [
    'echo "Aspirin, 5 mg" | biogpt tokenize --tokenizer biogpt-mini --format pieces',
    "biogpt tokenize --tokenizer biogpt --offsets < sentences.txt",
  ],
  writesJson: true,
  register(program, terminal) {
    program
      .command("tokenize")
      .summary("tokens of each line, with their places")
      .description("Turn text into tokens: a line of standard input in, a JSON array of ids or pieces out.")
      .requiredOption(
        "--tokenizer <name>",
        "folder or model name: biogpt, biogpt-large, biogpt-mini, microsoft/biogpt, …",
      )
      .addOption(
        new Option(
          "--moses <mode>",
          "perl as in training, sacremoses as in Hugging Face; default: as the folder says, else perl",
        ).choices(["perl", "sacremoses"]),
      )
      .option("--normalize-punctuation", "typographic quotes and dashes to ASCII first; default: as the folder says")
      .option("--no-normalize-punctuation", "leave them, whatever the folder says")
      .addOption(
        new Option("--format <format>", "what to print of each token").choices(["ids", "pieces"]).default("ids"),
      )
      .option("--special", "with </s> (a Llama: <s>) in front, as a model reads a text", false)
      .option("--recognize-special", "read </s> and the like in the text as tokens, as Hugging Face does", false)
      .option("--offsets", "each token as [token, start, end]: UTF-16 units of the line", false)
      .action((options: TokenizeOptions) => tokenize(options, terminal));
  },
};

async function tokenize(options: TokenizeOptions, terminal: Terminal): Promise<void> {
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
  { format, special, recognizeSpecial, offsets }: TokenizeOptions,
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
  { tokenizer, moses, normalizePunctuation }: TokenizeOptions,
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
