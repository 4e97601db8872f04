/**
 * gzip, deflate and Zstandard, unpacked as they come, with an end to what a small file may unpack to.
 *
 * Zstandard is what Node has of it, from 22.15 and 23.8 on; an older one refuses it with the way out.
 */
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { framesOf } from "./zstd-frames.ts";

export type Packing = "gzip" | "zstd" | "deflate";

/** Text packs to a tenth, tables of zeros to a hundredth; deflate itself ends at 1,032 to 1, Zstandard far beyond. */
const MOST_EXPANSION = 500;
/** Bytes from which the ratio counts: until there even a bomb is harmless. */
const EXPANSION_COUNTS_FROM: number = 128 * 1024 * 1024;
/** Pieces of this size keep the overhead of streams below a percent and memory flat. */
export const PIECE_BYTES: number = 1 << 18;

const TITLES: Readonly<Record<Packing, string>> = {
  gzip: "gzip file",
  zstd: "Zstandard file",
  deflate: "entry of a zip archive",
};
const CODES: Readonly<Record<Packing, string>> = {
  gzip: "corpora/gzip",
  zstd: "corpora/zstd",
  deflate: "corpora/archive",
};

/** By a file's first bytes. */
export function packingOf(first: Buffer): "gzip" | "zstd" | undefined {
  if (first[0] === 0x1f && first[1] === 0x8b) return "gzip";
  return first.length >= 4 && first.readUInt32LE(0) === 0xfd2fb528 ? "zstd" : undefined;
}

type Unpacker = zlib.Gunzip;

function unpackerOf(packing: Packing, path: string): Unpacker {
  const options = { chunkSize: PIECE_BYTES };
  if (packing === "gzip") return zlib.createGunzip(options);
  if (packing === "deflate") return zlib.createInflateRaw(options);
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: object) => Unpacker };
  if (createZstdDecompress !== undefined) return createZstdDecompress(options);
  throw new BiogptError("corpora/zstd", {
    what: `${path} is packed by Zstandard, which Node ${process.versions.node} cannot read.`,
    why: "Node reads it from 22.15 and 23.8 on.",
    fix: "Take a newer Node, or unpack it on the way: `unzstd -c FILE | biogpt … -`.",
    kind: "usage",
  });
}

/** @throws BiogptError `corpora/gzip`, `corpora/zstd`, `corpora/archive`, `corpora/expansion`, `aborted`; what `raw` throws */
export async function* unpack(
  path: string,
  packing: Packing,
  raw: AsyncGenerator<Buffer>,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void> {
  let [packed, unpacked] = [0, 0];
  const counted = async function* (): AsyncGenerator<Buffer, void> {
    for await (const piece of raw) {
      packed += piece.length;
      yield piece;
    }
  };
  try {
    for await (const piece of packing === "zstd" ? ofFrames(path, counted()) : inflated(packing, path, counted())) {
      throwIfAborted(signal);
      unpacked += piece.length;
      if (unpacked > EXPANSION_COUNTS_FROM && unpacked > MOST_EXPANSION * packed) throw bomb(path, packed, unpacked);
      yield piece;
    }
  } catch (error) {
    throw error instanceof BiogptError ? error : broken(path, packing, error as NodeJS.ErrnoException);
  } finally {
    await raw.return(undefined);
  }
}

async function* ofFrames(path: string, raw: AsyncGenerator<Buffer>): AsyncGenerator<Buffer, void> {
  for await (const frame of framesOf(raw)) yield* inflated("zstd", path, frame);
}

async function* inflated(packing: Packing, path: string, raw: AsyncGenerator<Buffer>): AsyncGenerator<Buffer, void> {
  const unpacker = unpackerOf(packing, path);
  const source = Readable.from(raw, { objectMode: false, highWaterMark: PIECE_BYTES });
  source.on("error", (error) => unpacker.destroy(error)); // pipe() forwards data, not errors
  source.pipe(unpacker);
  try {
    yield* unpacker as AsyncIterable<Buffer>;
  } finally {
    unpacker.destroy();
    source.destroy();
  }
}

function bomb(path: string, packed: number, unpacked: number): BiogptError {
  return new BiogptError("corpora/expansion", {
    what: `${path} unpacks to more than ${MOST_EXPANSION} times its size: ${unpacked} bytes of ${packed} so far.`,
    why: "Text does not pack so well; such files are made to fill memory and disks.",
    fix: "Look at what it unpacks to; if it is meant so, unpack it yourself and name the result.",
  });
}

function broken(path: string, packing: Packing, error: NodeJS.ErrnoException): BiogptError {
  const truncated = error.code === "Z_BUF_ERROR" || /unexpected end/.test(error.message);
  return new BiogptError(CODES[packing], {
    what: `${path} is a broken ${TITLES[packing]}: ${truncated ? "it ends in the middle" : error.message}.`,
    why: truncated ? "The download or copy was cut off." : "Its bytes were changed after it was written.",
    fix: "Fetch it again and compare its checksum (PubMed publishes .md5 files beside the baseline).",
    cause: error,
  });
}
