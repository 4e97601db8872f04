/**
 * From text on disk to token shards that training reads: encodes what is not encoded yet, and finds the held-out part.
 *
 *     --data DIR         a folder of `biogpt corpus prepare`, or a folder or file of documents that corpora/ reads
 *     --held-out PATH    the same, for evaluation; default: the corpus's own held-out part, else every hundredth document
 *
 * The shards lie beside the corpus, in `DIR/tokens-HASH/{train,held-out}` (`FILE.tokens-HASH` for a single file), named by the tokenizer, and
 * are made again when the corpus changes.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { joinedText } from "../../corpora/document.ts";
import { readDocuments } from "../../corpora/literature/read.ts";
import { readCorpus, readManifest } from "../../corpora/prepare/corpus-folder.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { mix } from "./packed-stream.ts";
import { encodeTokenShards, openTokenShards, readTokenManifest, type TokenShards } from "./token-shards.ts";

export interface CorpusTokensOptions {
  readonly data: string;
  readonly heldOut?: string | undefined;
  readonly tokenizer: Tokenizer;
  /** Only one process of several encodes; the others wait for it before they open. Default true. */
  readonly encode?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

export interface CorpusTokens {
  readonly train: TokenShards;
  readonly heldOut: TokenShards;
}

/** One document of this many is held out where the corpus names none. */
const HELD_OUT_EVERY = 100;

/** @throws BiogptError `training/empty-corpus`, `training/corpus-too-small`, `training/wrong-tokenizer`, `corpora/…` */
export async function openCorpusTokens(options: CorpusTokensOptions): Promise<CorpusTokens> {
  const { data, heldOut, tokenizer } = options;
  const { hash: tokenizerHash } = tokenizer;
  const ready = readTokenManifest(join(data, "train")) !== undefined && heldOut === undefined ? data : undefined;
  const base = ready ?? (await prepared(options));
  const heldOutBase = heldOut === undefined ? join(base, "held-out") : await preparedHeldOut(heldOut, options);
  if (readTokenManifest(heldOutBase) === undefined) {
    throw new BiogptError("training/corpus-too-small", {
      what: `${data} holds too few documents to set some aside for evaluation.`,
      why: "Without held-out text nobody sees when a model only learns its documents by heart.",
      fix: "Name other text with --held-out FILE.",
    });
  }
  return {
    train: openTokenShards(heldOut === undefined ? join(base, "train") : join(base, "all"), { tokenizerHash }),
    heldOut: openTokenShards(heldOutBase, { tokenizerHash }),
  };
}

/** Encodes a corpus where that was not done yet. @returns the folder of `train` and `held-out`, or of `all` */
async function prepared({
  data,
  heldOut,
  tokenizer,
  encode = true,
  signal,
  progress,
}: CorpusTokensOptions): Promise<string> {
  const source = await fingerprint(data);
  const folder = tokensFolder(data, tokenizer);
  const fresh = (split: string): boolean => readTokenManifest(join(folder, split))?.source === source;
  if (!encode) return folder;
  const write = (split: string, texts: AsyncIterable<string>): Promise<unknown> =>
    encodeTokenShards(texts, { folder: join(folder, split), tokenizer, source, signal, progress });
  if (heldOut !== undefined) {
    if (!fresh("all")) await write("all", textsOf(data, "all", signal));
    return folder;
  }
  if (!fresh("train")) await write("train", textsOf(data, "train", signal));
  if (!fresh("held-out")) {
    try {
      await write("held-out", textsOf(data, "held-out", signal));
    } catch (error) {
      if (!(error instanceof BiogptError && error.code === "training/empty-corpus")) throw error;
      await rm(join(folder, "held-out"), { recursive: true, force: true }); // of the corpus as it was before
    }
  }
  return folder;
}

async function preparedHeldOut(path: string, options: CorpusTokensOptions): Promise<string> {
  const { data, tokenizer, encode = true, signal, progress } = options;
  const source = await fingerprint(path);
  const folder = join(tokensFolder(data, tokenizer), `held-out-${source.slice(0, 8)}`);
  if (encode && readTokenManifest(folder)?.source !== source) {
    await encodeTokenShards(textsOf(path, "all", signal), { folder, tokenizer, source, signal, progress });
  }
  return folder;
}

/** `all` is every document; the other two part them where the corpus does not. */
async function* textsOf(
  path: string,
  split: "train" | "held-out" | "all",
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  if (isCorpus(path)) {
    const own = (await readManifest(path)).heldOut.length > 0;
    if (own || split === "all") {
      for (const part of split === "all" ? (["train", "held-out"] as const) : [split]) {
        for await (const { text } of readCorpus(path, { split: part, signal })) yield text;
      }
      return;
    }
    for await (const { id, text } of readCorpus(path, { signal }))
      if (isHeldOut(id) === (split === "held-out")) yield text;
    return;
  }
  for await (const document of readDocuments(filesOf(path), { signal })) {
    if (split === "all" || isHeldOut(document.id) === (split === "held-out")) yield joinedText(document);
  }
}

function isHeldOut(id: string): boolean {
  return mix(...[...id].map((character) => character.codePointAt(0)!)) % HELD_OUT_EVERY === 0;
}

/** Where the shards of some data lie. */
export function tokensFolder(data: string, tokenizer: Tokenizer): string {
  const name = `tokens-${tokenizer.hash.slice(0, 12)}`;
  return isFolder(data) ? join(data, name) : `${data}.${name}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isCorpus(path: string): boolean {
  return isFolder(path) && (existsSync(join(path, "manifest.json")) || existsSync(join(path, "progress.json")));
}

function filesOf(path: string): string[] {
  if (!isFolder(path)) return [path];
  const files = readdirSync(path)
    .filter((name) => /\.(jsonl|json|txt|xml)(\.gz)?$/.test(name))
    .sort()
    .map((name) => join(path, name));
  if (files.length === 0) {
    throw new BiogptError("training/empty-corpus", {
      what: `${path} holds no documents.`,
      why: "Files ending in .jsonl, .json, .txt or .xml (also .gz) are read.",
      fix: "`biogpt corpus prepare FILE… --out DIR` writes a corpus.",
      kind: "not-found",
    });
  }
  return files;
}

/** Changes when the data do: the manifest of a corpus, which holds every shard's hash, else names, sizes and times of the files. */
async function fingerprint(path: string): Promise<string> {
  const hash = createHash("sha256");
  if (isCorpus(path)) {
    await readManifest(path);
    hash.update(readFileSync(join(path, "manifest.json")));
  } else {
    for (const file of filesOf(path)) {
      const stats = statSync(file, { throwIfNoEntry: false });
      hash.update(`${file} ${stats?.size} ${stats?.mtimeMs}\n`);
    }
  }
  return hash.digest("hex");
}
