/** Learning a tokenizer from documents, as a program calls it: merges and a vocabulary, written as a folder in both forms. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { readDocuments } from "../corpora/literature/read.ts";
import { readCorpus } from "../corpora/prepare/corpus-folder.ts";
import { expectUnused, writeTokenizerFolder } from "../pretrained/load/tokenizer-folder.ts";
import type { MosesMode } from "../tokenizers/moses-bpe/characters.ts";
import { normalizePunctuation } from "../tokenizers/moses-bpe/normalize-punctuation.ts";
import { trainBpe } from "../tokenizers/moses-bpe/train.ts";
import { WordCounter } from "../tokenizers/moses-bpe/word-count.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

export interface TrainTokenizerOptions {
  /** Files of documents, plain or gzip, or folders of them, prepared corpora included; `-` is `standardInput`. */
  readonly paths: readonly string[];
  /** Folder to write, new or empty. */
  readonly out: string;
  /** Merges to learn, 1 to 1e6; the vocabulary is a little larger. Default 16000. */
  readonly merges?: number | undefined;
  /** Word tokenization. Default `perl`. */
  readonly moses?: MosesMode | undefined;
  /** Makes typographic quotes and dashes ASCII first. Default true. */
  readonly normalizePunctuation?: boolean | undefined;
  /** Rarer pairs are not merged. At least 1, default 2. */
  readonly minimumPairCount?: number | undefined;
  /** Rarer characters become <unk>. At least 1, default 5. */
  readonly minimumCharacterCount?: number | undefined;
  /** What `-` reads. */
  readonly standardInput?: AsyncIterable<Uint8Array> | undefined;
}

export interface TrainTokenizerResult {
  readonly folder: string;
  readonly vocabularySize: number;
  readonly merges: number;
  readonly documents: number;
  readonly words: number;
  /** Of the tokenizer: what models and token shards name it by. */
  readonly hash: string;
}

/**
 * @throws BiogptError `tokenizers/no-words`, `tokenizers/folder-in-use`, those of the readers
 *
 * @example
 * ```ts
 * const { vocabularySize } = await trainTokenizer({ paths: ["corpus"], out: "tokenizer", merges: 8000 });
 * ```
 */
export async function trainTokenizer(
  options: TrainTokenizerOptions,
  context: WorkflowContext = {},
): Promise<TrainTokenizerResult> {
  const { out, merges = 16_000, moses = "perl", normalizePunctuation: normalizing = true } = options;
  const { minimumPairCount = 2, minimumCharacterCount = 5 } = options;
  const { signal, onEvent } = context;
  await expectUnused(out); //                                          before minutes of work
  const counter = new WordCounter(moses);
  let [documents, characters] = [0, 0];
  for await (const texts of readTexts(options, context)) {
    for (const text of texts) {
      counter.add(normalizing ? normalizePunctuation(text).text : text);
      characters += text.length;
    }
    if (++documents % 64 === 0) throwIfAborted(signal);
  }
  const words = counter.words();
  const limits = { merges, minimumPairCount, minimumCharacterCount };
  const progress = progressEvents(onEvent);
  const learned = await trainBpe(words, {
    ...limits,
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  });
  const command = commandLine(limits, { moses, normalizing });
  const tokenizer = await writeTokenizerFolder(out, {
    ...{ learned, moses, normalizePunctuation: normalizing },
    notes: { trained: { command, documents, characters, words: counter.total, differentWords: words.size } },
  });
  if (learned.merges.length < merges) {
    const text = `The words gave only ${learned.merges.length} of the ${merges} merges asked for.`;
    onEvent?.({ type: "note", text });
  }
  return {
    folder: out,
    vocabularySize: tokenizer.vocabularySize,
    merges: learned.merges.length,
    documents,
    words: counter.total,
    hash: tokenizer.hash,
  };
}

/** The texts of each document: passages apart, as Moses takes lines. */
async function* readTexts(
  { paths, standardInput }: TrainTokenizerOptions,
  context: WorkflowContext,
): AsyncGenerator<readonly string[]> {
  const work = { signal: context.signal, progress: progressEvents(context.onEvent) };
  const files: string[] = [];
  const corpora: string[] = [];
  for (const path of paths) {
    const isFolder = path !== "-" && (await stat(path).catch(() => undefined))?.isDirectory() === true;
    if (!isFolder) files.push(path);
    else if ((await readdir(path)).includes("manifest.json")) corpora.push(path);
    else files.push(...(await filesOf(path, context)));
  }
  for (const corpus of corpora) {
    for await (const { text } of readCorpus(corpus, work)) yield [text];
  }
  if (files.length === 0) return;
  for await (const { passages } of readDocuments(files, { ...work, standardInput })) {
    yield passages.map((passage) => passage.text);
  }
}

async function filesOf(folder: string, { onEvent }: WorkflowContext): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /\.(?:jsonl|txt)(?:\.gz)?$/.test(name)).sort();
  const kept = names.filter((name) => !/^held-?out/.test(name));
  if (kept.length === 0) {
    throw new BiogptError("tokenizers/no-words", {
      what: `${folder} holds no .jsonl or .txt files, plain or gzip.`,
      fix: "Name the folder that `biogpt corpus prepare` wrote, or the files themselves.",
    });
  }
  for (const name of names) {
    if (!kept.includes(name)) onEvent?.({ type: "note", text: `${join(folder, name)} is left out, being held out.` });
  }
  return kept.map((name) => join(folder, name));
}

/** What was asked for, without paths, to be kept beside the result. */
function commandLine(
  limits: { readonly merges: number; readonly minimumPairCount: number; readonly minimumCharacterCount: number },
  { moses, normalizing }: { readonly moses: MosesMode; readonly normalizing: boolean },
): string {
  return [
    `biogpt tokenizer train --merges ${limits.merges} --moses ${moses}`,
    normalizing ? "" : " --no-normalize-punctuation",
    ` --minimum-pair-count ${limits.minimumPairCount} --minimum-character-count ${limits.minimumCharacterCount}`,
  ].join("");
}
