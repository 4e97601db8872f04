/** `biogpt tokenizer train`: learns merges and a vocabulary from a corpus. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { MosesMode } from "../../tokenizers/moses-bpe/characters.ts";
import { type CommandModule, wholeNumber } from "../define.ts";
import type { Terminal } from "../terminal.ts";

interface TrainOptions {
  readonly merges: number;
  readonly out: string;
  readonly moses: MosesMode;
  readonly normalizePunctuation: boolean;
  readonly minimumPairCount: number;
  readonly minimumCharacterCount: number;
}

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
      .action((paths: string[], options: TrainOptions, command: Command) =>
        train(paths, options, terminal, commandLine(command)),
      );
  },
};

async function train(
  paths: readonly string[],
  options: TrainOptions,
  terminal: Terminal,
  command: string,
): Promise<void> {
  const { signal, progress } = terminal;
  const { moses, normalizePunctuation: normalizing } = options;
  const { expectUnused, writeTokenizerFolder } = await import("../../pretrained/load/tokenizer-folder.ts");
  await expectUnused(options.out); //                                          before minutes of work
  const { normalizePunctuation } = await import("../../tokenizers/moses-bpe/normalize-punctuation.ts");
  const { WordCounter } = await import("../../tokenizers/moses-bpe/word-count.ts");
  const { trainBpe } = await import("../../tokenizers/moses-bpe/train.ts");

  const counter = new WordCounter(moses);
  let documents = 0;
  let characters = 0;
  for await (const texts of readTexts(paths, terminal)) {
    for (const text of texts) {
      counter.add(normalizing ? normalizePunctuation(text).text : text);
      characters += text.length;
    }
    if (++documents % 64 === 0) throwIfAborted(signal);
  }
  const words = counter.words();
  const learned = await trainBpe(words, { ...options, signal, progress });
  const tokenizer = await writeTokenizerFolder(options.out, {
    learned,
    moses,
    normalizePunctuation: normalizing,
    notes: { trained: { command, documents, characters, words: counter.total, differentWords: words.size } },
  });
  if (learned.merges.length < options.merges) {
    terminal.note(`The words gave only ${learned.merges.length} of the ${options.merges} merges asked for.`);
  }
  const result = {
    folder: options.out,
    vocabularySize: tokenizer.vocabularySize,
    merges: learned.merges.length,
    documents,
    words: counter.total,
    hash: tokenizer.hash,
  };
  await terminal.writeLine(JSON.stringify(result));
}

/** The texts of each document: passages apart, as Moses takes lines. */
async function* readTexts(paths: readonly string[], terminal: Terminal): AsyncGenerator<readonly string[]> {
  const { signal, progress, input } = terminal;
  const { readCorpus } = await import("../../corpora/prepare/corpus-folder.ts");
  const { readDocuments } = await import("../../corpora/literature/read.ts");
  const files: string[] = [];
  const corpora: string[] = [];
  for (const path of paths) {
    const isFolder = path !== "-" && (await stat(path).catch(() => undefined))?.isDirectory() === true;
    if (!isFolder) files.push(path);
    else if ((await readdir(path)).includes("manifest.json")) corpora.push(path);
    else files.push(...(await filesOf(path, terminal)));
  }
  for (const corpus of corpora) {
    for await (const { text } of readCorpus(corpus, { signal, progress })) yield [text];
  }
  if (files.length === 0) return;
  for await (const { passages } of readDocuments(files, { signal, progress, standardInput: input })) {
    yield passages.map((passage) => passage.text);
  }
}

async function filesOf(folder: string, terminal: Terminal): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /\.(?:jsonl|txt)(?:\.gz)?$/.test(name)).sort();
  const kept = names.filter((name) => !/^held-?out/.test(name));
  if (kept.length === 0) {
    throw new BiogptError("tokenizers/no-words", {
      what: `${folder} holds no .jsonl or .txt files, plain or gzip.`,
      fix: "Name the folder that `biogpt corpus prepare` wrote, or the files themselves.",
    });
  }
  for (const name of names)
    if (!kept.includes(name)) terminal.note(`${join(folder, name)} is left out, being held out.`);
  return kept.map((name) => join(folder, name));
}

/** What was asked for, without paths, to be kept beside the result. */
function commandLine(command: Command): string {
  const { merges, moses, normalizePunctuation, minimumPairCount, minimumCharacterCount } = command.opts<TrainOptions>();
  return [
    `biogpt tokenizer train --merges ${merges} --moses ${moses}`,
    normalizePunctuation ? "" : " --no-normalize-punctuation",
    ` --minimum-pair-count ${minimumPairCount} --minimum-character-count ${minimumCharacterCount}`,
  ].join("");
}
