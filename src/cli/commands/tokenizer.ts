/** `biogpt tokenizer train`: learns merges and a vocabulary from a corpus. */
import type { CommandModule } from "../define.ts";
import { addOptions, choice, count, type FlagsOf, off, required, text } from "../options.ts";
import { terminalContext } from "../workflow-events.ts";

const OPTIONS = {
  out: required(text("folder", "folder to write, which must not exist or be empty")),
  merges: count("number", "merges to learn; the vocabulary is a little larger", { min: 1, max: 1e6 }, 16000),
  moses: choice("mode", "word tokenization", ["perl", "sacremoses"], "perl"),
  normalizePunctuation: off("keep typographic quotes and dashes instead of making them ASCII first"),
  minimumPairCount: count("number", "rarer pairs are not merged", { min: 1 }, 2),
  minimumCharacterCount: count("number", "rarer characters become <unk>", { min: 1 }, 5),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const tokenizerCommand: CommandModule = {
  examples: [
    "biogpt tokenizer train corpus --merges 16000 --out tokenizer",
    "biogpt tokenizer train abstracts.txt --out tokenizer",
  ],
  writesJson: true,
  register(program, terminal) {
    const tokenizer = program.command("tokenizer").summary("learn a vocabulary").description("Make tokenizers.");
    addOptions(tokenizer.command("train"), OPTIONS)
      .description(
        "Learn BPE merges and a vocabulary from documents: .jsonl (text, or title and abstract) and .txt files, plain or gzip, or folders " +
          "of them, what `corpus prepare` writes included; held-out files of a folder are left out.",
      )
      .argument("<path...>", "files and folders; - is standard input")
      .action(async (paths: string[], flags: Flags) => {
        const { trainTokenizer } = await import("../../workflows/train-tokenizer.ts");
        const options = { ...flags, paths, standardInput: terminal.input };
        await terminal.writeLine(JSON.stringify(await trainTokenizer(options, terminalContext(terminal))));
      });
  },
};
