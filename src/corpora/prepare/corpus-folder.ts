/**
 * The folder that `corpus prepare` writes and that tokenizer training and pretraining read.
 *
 *     documents-0000.jsonl.gz …   {"id", "text"} a line, in input order
 *     held-out-0000.jsonl.gz …    the same, for documents chosen to be held out
 *     manifest.json               format, options, shards with counts and SHA-256; written last: with it the corpus is whole
 *     report.json                 every count, with reasons
 *     progress.json               only while unfinished: where to go on
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import { BiogptError } from "../../base/errors.ts";
import { isUnfinished, writeFileAtomically } from "../../files/atomic-file.ts";
import { openBytes } from "../../files/bytes.ts";
import { readLines } from "../../files/lines.ts";
import { readOptionalJson } from "../../files/optional-json.ts";
import type { ReadOptions } from "../../files/read-options.ts";

export const CORPUS_FORMAT = "biogpt-corpus/1";

/** A document as it is trained on. */
export interface CorpusDocument {
  readonly id: string;
  readonly text: string;
}

export interface ShardEntry {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly documents: number;
  readonly words: number;
  /** UTF-16 code units of the texts. */
  readonly characters: number;
}

export interface CorpusManifest {
  readonly format: typeof CORPUS_FORMAT;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  readonly documents: number;
  readonly words: number;
  readonly characters: number;
  readonly shards: readonly ShardEntry[];
  readonly heldOut: readonly ShardEntry[];
}

/** Gathers one shard, compressed, in memory (some 12 MB), so that it reaches the disk whole or not at all. */
export class ShardWriter {
  readonly #gzip = createGzip({ level: 6 });
  readonly #pieces: Buffer[] = [];
  readonly #ended: Promise<void>;
  documents = 0;
  words = 0;
  characters = 0;

  constructor() {
    this.#gzip.on("data", (piece: Buffer) => this.#pieces.push(piece));
    this.#ended = new Promise((resolve, reject) => {
      this.#gzip.on("end", resolve);
      this.#gzip.on("error", reject);
    });
  }

  async add(document: CorpusDocument, words: number): Promise<void> {
    this.documents++;
    this.words += words;
    this.characters += document.text.length;
    const line = `${JSON.stringify({ id: document.id, text: document.text })}\n`;
    if (!this.#gzip.write(line)) await new Promise((resolve) => this.#gzip.once("drain", resolve));
  }

  async finish(folder: string, file: string): Promise<ShardEntry> {
    this.#gzip.end();
    await this.#ended;
    const hash = createHash("sha256");
    for (const piece of this.#pieces) hash.update(piece);
    await writeFileAtomically(join(folder, file), this.#pieces);
    return {
      file,
      sha256: hash.digest("hex"),
      bytes: this.#pieces.reduce((sum, piece) => sum + piece.length, 0),
      documents: this.documents,
      words: this.words,
      characters: this.characters,
    };
  }

  discard(): void {
    this.#gzip.destroy();
  }
}

/** Makes the folder ready: empty of an earlier corpus unless it is to be gone on with. */
export async function prepareFolder(folder: string, resume: boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  for (const name of names) {
    if (isUnfinished(name)) await unlink(join(folder, name)); // left by a killed run
  }
  if (!resume && names.some((name) => /^(?:documents-\d+\.jsonl\.gz|manifest\.json|progress\.json)$/.test(name))) {
    throw new BiogptError("corpora/folder-in-use", {
      what: `${folder} already holds a corpus${names.includes("manifest.json") ? "" : ", unfinished"}.`,
      fix: names.includes("manifest.json")
        ? "Name another folder, or delete this one."
        : "Add --resume to go on with it, or name another folder.",
      kind: "usage",
    });
  }
}

/** A JSON file of a corpus folder; undefined where there is none. */
export function readCorpusJson(path: string): Promise<unknown> {
  return readOptionalJson(path, (what) => {
    return new BiogptError("corpora/manifest", { what, fix: "Prepare the corpus again, into another folder." });
  });
}

export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** @throws BiogptError `corpora/manifest` when the folder holds no finished corpus */
export async function readManifest(folder: string): Promise<CorpusManifest> {
  const value = (await readCorpusJson(join(folder, "manifest.json"))) as CorpusManifest | undefined;
  if (value === undefined) {
    const unfinished = (await stat(join(folder, "progress.json")).catch(() => undefined)) !== undefined;
    throw new BiogptError("corpora/manifest", {
      what: `${folder} holds ${unfinished ? "an unfinished" : "no"} corpus.`,
      fix: unfinished
        ? "Finish it with the same `biogpt corpus prepare … --resume`."
        : "`biogpt corpus prepare FILE… --out DIR` makes one.",
      kind: "not-found",
    });
  }
  if (value.format !== CORPUS_FORMAT || !Array.isArray(value.shards) || !Array.isArray(value.heldOut)) {
    throw new BiogptError("corpora/manifest", {
      what: `${join(folder, "manifest.json")} has the format ${JSON.stringify(value.format)}.`,
      why: `This version reads ${CORPUS_FORMAT}.`,
      fix: "Prepare the corpus again.",
    });
  }
  return value;
}

/** The documents of a finished corpus in order. @throws BiogptError `corpora/shard-changed` when a shard is not what the manifest says */
export async function* readCorpus(
  folder: string,
  { split = "train", signal, progress }: ReadOptions & { readonly split?: "train" | "held-out" } = {},
): AsyncGenerator<CorpusDocument, void> {
  const manifest = await readManifest(folder);
  const shards = split === "train" ? manifest.shards : manifest.heldOut;
  const total = shards.reduce((sum, shard) => sum + shard.documents, 0);
  let done = 0;
  for (const shard of shards) {
    for await (const document of readShard(folder, shard, signal)) {
      yield document;
      if (++done % 1000 === 0) progress?.({ activity: `reading ${folder}`, done, total, unit: "documents" });
    }
  }
}

export async function* readShard(
  folder: string,
  shard: ShardEntry,
  signal?: AbortSignal,
): AsyncGenerator<CorpusDocument, void> {
  const hash = createHash("sha256");
  const path = join(folder, shard.file);
  const { chunks } = await openBytes(path, { signal, onBytes: (bytes) => hash.update(bytes) });
  for await (const line of readLines(path, chunks)) yield JSON.parse(line.text) as CorpusDocument;
  if (hash.digest("hex") !== shard.sha256) {
    throw new BiogptError("corpora/shard-changed", {
      what: `${path} is not the file that was written with this corpus.`,
      why: "Its SHA-256 differs from the manifest's.",
      fix: "Prepare the corpus again.",
    });
  }
}
