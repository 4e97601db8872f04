/** What this machine's memory gives, and how long one reading of a model's weights takes of it: the floor under a token of one row. */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { DecoderShape } from "./peers/random-gguf.ts";

/** Of each reader; beyond what any processor's caches hold. */
const BYTES = 256 * 2 ** 20;
const READINGS = 4;
const ROUNDS = 3;

/** Readers run at once, each over a buffer of its own with the C library's search for a byte that is not there, which only reads. */
if (!isMainThread && (workerData as { readonly reads?: string } | null)?.reads === "memory-rate") {
  const buffer = Buffer.alloc(BYTES, 1);
  parentPort!.on("message", () => {
    const began = performance.timeOrigin + performance.now();
    let found = -1;
    for (let i = 0; i < READINGS; i++) found = Math.max(found, buffer.indexOf(7));
    parentPort!.postMessage({ began, ended: performance.timeOrigin + performance.now(), found });
  });
  parentPort!.postMessage("ready");
}

/** Bytes a second, of the fastest of some rounds. @param threads that read at once */
export async function memoryRate(threads: number): Promise<number> {
  const url = new URL(import.meta.url);
  const workers = Array.from({ length: threads }, () => new Worker(url, { workerData: { reads: "memory-rate" } }));
  const heard = (worker: Worker): Promise<{ began: number; ended: number }> =>
    new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  try {
    await Promise.all(workers.map(heard));
    let best = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const all = workers.map(heard);
      for (const worker of workers) worker.postMessage("go");
      const times = await Promise.all(all);
      const milliseconds = Math.max(...times.map(({ ended }) => ended)) - Math.min(...times.map(({ began }) => began));
      best = Math.max(best, (threads * READINGS * BYTES) / (milliseconds / 1000));
    }
    return best;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Weights that share one scale (float32) in q4 and in the head; in q8's blocks those of an output channel do. */
const BLOCK = 128;

/** Bytes that one token reads: the blocks' matrices and the head, with their scales. @returns undefined where the precision is not q4 or q8 */
export function weightBytes(
  { layers, width, mlpWidth, vocabularySize, architecture }: DecoderShape,
  precision: string,
): number | undefined {
  if (precision !== "q4" && precision !== "q8") return undefined;
  const ups = architecture === "llama" ? 2 : 1; // and one down
  const block = layers * width * (4 * width + (ups + 1) * mlpWidth);
  const head = width * vocabularySize;
  const bits = precision === "q4" ? 4 : 8;
  const inBlocks = precision === "q4" ? block + head : head;
  const channels = precision === "q4" ? 0 : layers * (5 * width + ups * mlpWidth);
  const scales = 4 * (inBlocks / BLOCK + channels);
  return ((block + head) * bits) / 8 + scales;
}
