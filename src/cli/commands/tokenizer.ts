/** `biogpt tokenizer train`: learns merges and a vocabulary from a corpus. */
import { Option } from "commander";
import type { TrainTokenizerOptions } from "../../workflows/train-tokenizer.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import { terminalContext } from "../workflow-events.ts";

export const tokenizerCommand: CommandModule = {
  examples: [
    "biogpt tokenizer train corpus --merges 16000 --out tokenizer",
    "biogpt tokenizer train abstracts.txt --out tokenizer",
  ],
  writesJson: true,
  register(program, terminal) {
    const tokenizer = program.command("tokenizer").summary("learn a vocabulary").description("Make tokenizers.");
    tokenizer
      .command("train")
      .description(
        "Learn BPE merges and a vocabulary from documents: .jsonl (text, or title and abstract) and .txt files, plain or gzip, or folders " +
          "of them, what `corpus prepare` writes included; held-out files of a folder are left out.",
      )
      .argument("<path...>", "files and folders; - is standard input")
      .requiredOption("--out <folder>", "folder to write, which must not exist or be empty")
      .option(
        "--merges <number>",
        "merges to learn; the vocabulary is a little larger",
        wholeNumber({ min: 1, max: 1e6 }),
        16000,
      )
      .addOption(new Option("--moses <mode>", "word tokenization").choices(["perl", "sacremoses"]).default("perl"))
      .option("--no-normalize-punctuation", "keep typographic quotes and dashes instead of making them ASCII first")
      .option("--minimum-pair-count <number>", "rarer pairs are not merged", wholeNumber({ min: 1 }), 2)
      .option("--minimum-character-count <number>", "rarer characters become <unk>", wholeNumber({ min: 1 }), 5)
      .action(async (paths: string[], flags: Omit<TrainTokenizerOptions, "paths">) => {
        const { trainTokenizer } = await import("../../workflows/train-tokenizer.ts");
        const options = { ...flags, paths, standardInput: terminal.input };
        await terminal.writeLine(JSON.stringify(await trainTokenizer(options, terminalContext(terminal))));
      });
  },
};
