/**
 * Tokenized documents on disk: what `pretrain` reads in random order, encoded once.
 *
 *     DIR/manifest.json        format, tokenizer hash, counts, SHA-256 of every shard
 *     DIR/tokens-000.bin       ids, little-endian uint16 (uint32 from 65,536 tokens of vocabulary on)
 *     DIR/lengths-000.bin      tokens of each document, little-endian uint32
 *
 * A document is `</s>` and then its ids, so that documents in any order make a stream in which `</s>` stands between any two
 * and at the very start. Tokens are read by position and never all held: the operating system's page cache does what mapping the file
 * would. Leaves out compression: two bytes a token is a third of the text already.
 */
import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { fileBytes, throwIfDiskFull } from "../../files/disk.ts";
import { promptBegin, type Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { TokenDocuments } from "./packed-stream.ts";

const FORMAT = "biogpt-tokens";
const VERSION = 1;
/** 128 MB at two bytes: small enough to hash and copy in a second, large enough that a corpus is a handful of files. */
const SHARD_TOKENS = 64 * 1024 * 1024;
/** More documents than PubMed has by two orders; beyond it a manifest is broken or hostile. */
const MAX_DOCUMENTS = 4e9;

export interface TokenShard {
  readonly tokens: string;
  readonly lengths: string;
  readonly tokenCount: number;
  readonly documentCount: number;
  /** SHA-256 of the two files' bytes, tokens first. */
  readonly sha256: string;
}

export interface TokenManifest {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** `Tokenizer.hash` of the tokenizer that made the ids. */
  readonly tokenizerHash: string;
  readonly vocabularySize: number;
  readonly elementType: "uint16" | "uint32";
  readonly endId: number;
  readonly documentCount: number;
  /** With each document's `</s>`. */
  readonly tokenCount: number;
  /** Unicode code points of the documents' texts: what turns nats a token into bits a character. */
  readonly characterCount: number;
  /** Tokens outside the vocabulary (`<unk>`). */
  readonly unknownCount: number;
  /** What it was made from, so that changed data are encoded anew. */
  readonly source: string;
  readonly shards: readonly TokenShard[];
}

export interface EncodeShardsOptions {
  readonly folder: string;
  readonly tokenizer: Tokenizer;
  /** Names the data; see `TokenManifest.source`. */
  readonly source: string;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/**
 * Encodes texts into a folder that appears only when it is complete; an older one of that name is replaced.
 *
 * @throws BiogptError `training/empty-corpus` when there is no text, `training/disk-full`, `aborted`
 */
export async function encodeTokenShards(
  texts: AsyncIterable<string> | Iterable<string>,
  { folder, tokenizer, source, signal, progress }: EncodeShardsOptions,
): Promise<TokenManifest> {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const writer = new ShardWriter(partial, tokenizer.vocabularySize > 0xffff ? 4 : 2);
  // Every document stands behind an end token, and begins with what its family puts there, where that is another one.
  const begin = promptBegin(tokenizer).filter((id) => id !== tokenizer.endId);
  let characterCount = 0;
  let unknownCount = 0;
  try {
    for await (const text of texts) {
      throwIfAborted(signal);
      const encoded = tokenizer.encode(text);
      if (encoded.length === 0) continue;
      const ids = begin.length === 0 ? encoded : Int32Array.from([...begin, ...encoded]);
      characterCount += codePoints(text);
      for (const id of ids) if (id === tokenizer.unknownId) unknownCount++;
      await writer.add(tokenizer.endId, ids);
      progress?.({ activity: "tokenizing", done: writer.tokenCount, unit: "tokens" });
    }
    await writer.finish();
    if (writer.documentCount === 0) {
      throw new BiogptError("training/empty-corpus", {
        what: `There is no text to tokenize for ${folder}.`,
        why: "Every document is empty, or there is none.",
        fix: "`biogpt corpus prepare FILE… --out DIR` writes a corpus and reports what it dropped.",
      });
    }
    const manifest: TokenManifest = {
      format: FORMAT,
      version: VERSION,
      tokenizerHash: tokenizer.hash,
      vocabularySize: tokenizer.vocabularySize,
      elementType: writer.bytes === 4 ? "uint32" : "uint16",
      endId: tokenizer.endId,
      documentCount: writer.documentCount,
      tokenCount: writer.tokenCount,
      characterCount,
      unknownCount,
      source,
      shards: writer.shards,
    };
    await writeFile(join(partial, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    return manifest;
  } catch (error) {
    await writer.close();
    await rm(partial, { recursive: true, force: true });
    throwIfDiskFull(error, `writing ${folder}`);
    throw error;
  }
}

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count--; // second half of a pair
  return count;
}

/** Writes tokens in large pieces; files follow each other when one is full. */
class ShardWriter {
  readonly bytes: 2 | 4;
  readonly shards: TokenShard[] = [];
  documentCount = 0;
  tokenCount = 0;
  readonly #folder: string;
  #file: FileHandle | undefined;
  #hash: Hash | undefined;
  #shardTokens = 0;
  #lengths: number[] = [];
  #buffer: Buffer = Buffer.allocUnsafe(1 << 20);
  #filled = 0;

  constructor(folder: string, bytes: 2 | 4) {
    this.#folder = folder;
    this.bytes = bytes;
  }

  async add(endId: number, ids: Int32Array): Promise<void> {
    if (this.#file === undefined) {
      this.#file = await open(join(this.#folder, this.#name("tokens")), "w");
      this.#hash = createHash("sha256");
    }
    for (let i = -1; i < ids.length; i++) {
      if (this.#filled + 4 > this.#buffer.length) await this.#flush();
      const id = i < 0 ? endId : ids[i]!;
      if (this.bytes === 2) this.#buffer.writeUInt16LE(id, this.#filled);
      else this.#buffer.writeUInt32LE(id, this.#filled);
      this.#filled += this.bytes;
    }
    this.#lengths.push(ids.length + 1);
    this.#shardTokens += ids.length + 1;
    this.tokenCount += ids.length + 1;
    this.documentCount++;
    if (this.#shardTokens >= SHARD_TOKENS) await this.finish();
  }

  async finish(): Promise<void> {
    if (this.#file === undefined) return;
    await this.#flush();
    await this.#file.sync();
    await this.close();
    const lengths = Buffer.allocUnsafe(4 * this.#lengths.length);
    this.#lengths.forEach((length, i) => {
      lengths.writeUInt32LE(length, 4 * i);
    });
    await writeFile(join(this.#folder, this.#name("lengths")), lengths);
    this.shards.push({
      tokens: this.#name("tokens"),
      lengths: this.#name("lengths"),
      tokenCount: this.#shardTokens,
      documentCount: this.#lengths.length,
      sha256: this.#hash!.update(lengths).digest("hex"),
    });
    this.#lengths = [];
    this.#shardTokens = 0;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #flush(): Promise<void> {
    const piece = this.#buffer.subarray(0, this.#filled);
    this.#hash!.update(piece);
    await this.#file!.write(piece);
    this.#filled = 0;
  }

  #name(kind: "tokens" | "lengths"): string {
    return `${kind}-${String(this.shards.length).padStart(3, "0")}.bin`;
  }
}

/** An open folder of shards. Documents are numbered through all shards. */
export class TokenShards implements TokenDocuments, Disposable {
  readonly manifest: TokenManifest;
  /** Tokens of each document, its `</s>` included. */
  readonly lengths: Uint32Array;
  readonly tokenCount: number;
  /** Token offset of each document in its shard. */
  readonly #offsets: Uint32Array;
  readonly #firstDocument: readonly number[];
  readonly #files: readonly number[];
  readonly #bytes: 2 | 4;

  constructor(manifest: TokenManifest, files: readonly number[], lengths: Uint32Array) {
    this.manifest = manifest;
    this.lengths = lengths;
    this.tokenCount = manifest.tokenCount;
    this.#files = files;
    this.#bytes = manifest.elementType === "uint32" ? 4 : 2;
    this.#offsets = new Uint32Array(lengths.length);
    const first: number[] = [];
    let document = 0;
    for (const shard of manifest.shards) {
      first.push(document);
      let offset = 0;
      for (const end = document + shard.documentCount; document < end; document++) {
        this.#offsets[document] = offset;
        offset += lengths[document]!;
      }
    }
    this.#firstDocument = first;
  }

  read(document: number, from: number, into: Int32Array): void {
    let shard = this.#firstDocument.length - 1;
    while (this.#firstDocument[shard]! > document) shard--;
    const bytes = Buffer.allocUnsafe(into.length * this.#bytes);
    const position = (this.#offsets[document]! + from) * this.#bytes;
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#files[shard]!, bytes, done, bytes.length - done, position + done);
      if (count === 0) throw brokenShards(this.manifest.shards[shard]!.tokens, "it was cut while it was read");
      done += count;
    }
    const { vocabularySize } = this.manifest;
    for (let i = 0; i < into.length; i++) {
      const id = this.#bytes === 2 ? bytes.readUInt16LE(2 * i) : bytes.readUInt32LE(4 * i);
      if (id >= vocabularySize) {
        throw brokenShards(
          this.manifest.shards[shard]!.tokens,
          `document ${document} holds id ${id}, the vocabulary has ${vocabularySize}`,
        );
      }
      into[i] = id;
    }
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) closeSync(file);
  }
}

export interface OpenShardsOptions {
  /** Hash of the tokenizer that the model uses. */
  readonly tokenizerHash: string;
  /** Also compares every shard's SHA-256: a second for a hundred million tokens. Default true. */
  readonly verify?: boolean;
}

/** @throws BiogptError `training/no-shards`, `training/broken-shards`, `training/wrong-tokenizer` */
export function openTokenShards(folder: string, { tokenizerHash, verify = true }: OpenShardsOptions): TokenShards {
  const manifest = readTokenManifest(folder);
  if (manifest === undefined) {
    throw new BiogptError("training/no-shards", {
      what: `${folder} holds no tokenized documents.`,
      why: "Its manifest.json is missing.",
      fix: "Name a folder made by `biogpt corpus prepare`; pretrain tokenizes it.",
    });
  }
  if (manifest.tokenizerHash !== tokenizerHash) {
    throw new BiogptError("training/wrong-tokenizer", {
      what: `${folder} was tokenized by another tokenizer (${manifest.tokenizerHash.slice(0, 12)}, wanted ${tokenizerHash.slice(0, 12)}).`,
      why: "Its ids mean other pieces, so a model would learn nonsense.",
      fix: "Give --tokenizer the one it was made with, or name the prepared corpus, which is then tokenized anew.",
    });
  }
  const bytes = manifest.elementType === "uint32" ? 4 : 2;
  const files: number[] = [];
  const lengths = new Uint32Array(manifest.documentCount);
  try {
    let document = 0;
    for (const shard of manifest.shards) {
      const path = join(folder, shard.tokens);
      const size = fileBytes(path);
      if (size !== shard.tokenCount * bytes) {
        throw brokenShards(path, `it has ${size} bytes, the manifest says ${shard.tokenCount * bytes}`);
      }
      const counted = readFileSync(join(folder, shard.lengths));
      if (counted.length !== 4 * shard.documentCount) {
        throw brokenShards(
          join(folder, shard.lengths),
          `it has ${counted.length} bytes, not ${4 * shard.documentCount}`,
        );
      }
      let sum = 0;
      for (let i = 0; i < shard.documentCount; i++) {
        const length = counted.readUInt32LE(4 * i);
        lengths[document++] = length;
        sum += length;
      }
      if (sum !== shard.tokenCount)
        throw brokenShards(path, `its documents have ${sum} tokens, not ${shard.tokenCount}`);
      const file = openSync(path, "r");
      files.push(file);
      if (verify && hashOf(file, counted) !== shard.sha256) throw brokenShards(path, "its SHA-256 is another");
    }
    return new TokenShards(manifest, files, lengths);
  } catch (error) {
    for (const file of files) closeSync(file);
    throw error;
  }
}

function hashOf(file: number, lengths: Buffer): string {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(1 << 20);
  for (let position = 0; ; ) {
    const count = readSync(file, piece, 0, piece.length, position);
    if (count === 0) return hash.update(lengths).digest("hex");
    hash.update(piece.subarray(0, count));
    position += count;
  }
}

/** The manifest of a folder of shards, or undefined where there is none. @throws BiogptError `training/broken-shards` */
export function readTokenManifest(folder: string): TokenManifest | undefined {
  const path = join(folder, "manifest.json");
  let manifest: TokenManifest;
  try {
    if (statSync(path).size > 1 << 26) throw brokenShards(path, "it is larger than 64 MB");
    manifest = JSON.parse(readFileSync(path, "utf8")) as TokenManifest;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error instanceof BiogptError ? error : brokenShards(path, (error as Error).message);
  }
  if (typeof manifest !== "object" || manifest === null || manifest.format !== FORMAT) return undefined; // of a corpus, say
  if (manifest.version !== VERSION) throw brokenShards(path, `its version is ${manifest.version}, not ${VERSION}`);
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
  const isName = (value: unknown): boolean => typeof value === "string" && /^[a-z]+-\d+\.bin$/.test(value);
  const shards = Array.isArray(manifest.shards) ? manifest.shards : [];
  const sum = (count: (shard: TokenShard) => number): number =>
    shards.reduce((total, shard) => total + count(shard), 0);
  const sound =
    shards.length > 0 &&
    shards.every((s) => isName(s?.tokens) && isName(s.lengths) && isCount(s.tokenCount) && isCount(s.documentCount)) &&
    isCount(manifest.vocabularySize) &&
    typeof manifest.tokenizerHash === "string" &&
    (manifest.elementType === "uint16" || manifest.elementType === "uint32") &&
    manifest.documentCount <= MAX_DOCUMENTS &&
    sum((shard) => shard.documentCount) === manifest.documentCount &&
    sum((shard) => shard.tokenCount) === manifest.tokenCount;
  if (!sound) throw brokenShards(path, "its fields contradict each other");
  return manifest;
}

function brokenShards(path: string, why: string): BiogptError {
  return new BiogptError("training/broken-shards", {
    what: `${path} is not as it was written: ${why}.`,
    fix: "Delete the folder; pretrain tokenizes the corpus again.",
  });
}
