/**
 * llama.cpp through node-llama-cpp, as bench/compare.ts asks for it: the same shape as a GPT-2 or a Llama with random weights.
 *
 * Drives the addon's context itself (batches of tokens in, one native call a step), past node-llama-cpp's queue and sampling, which cost time
 * of their own. Weights are memory-mapped, flash attention is left to llama.cpp. It has no beam search to measure.
 * Installed on its own: npm ci --prefix bench/peers/llama-cpp
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Random } from "../../src/base/random.ts";
import { ensureRandomGguf, type MatrixType } from "./random-gguf.ts";
import { answer, medianOf, peakMemory, readTask } from "./task.ts";

/** What we touch of node-llama-cpp 3.22's addon (its dist/bindings/AddonTypes.d.ts). */
interface AddonContext {
  initBatch(size: number): void;
  /** `logitIndexes` are positions within `tokens`. */
  addToBatch(sequence: number, firstPosition: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  copySequenceStateFromOtherSequence(target: number, source: number): Promise<number>;
  setThreads(threads: number): void;
  getThreads(): number;
}
interface NodeLlamaCpp {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{ createContext(options: object): Promise<{ _ctx: AddonContext }> }>;
  }>;
}

const { path, shape, precision, threads, context, steps, batches, repetitions, prepare } = readTask();
if (prepare) {
  await ensureRandomGguf(path, shape, precision as MatrixType, new Random(1));
  answer({});
} else {
  const resolve = createRequire(join(process.cwd(), "bench/peers/llama-cpp/package.json")).resolve;
  const { getLlama } = (await import(pathToFileURL(resolve("node-llama-cpp")).href)) as NodeLlamaCpp;
  const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads, logLevel: "error" });
  const rows = Math.max(1, ...batches);
  const tokens = Uint32Array.from({ length: context }, (_, i) => 4 + ((i * 7919) % (shape.vocabularySize - 4)));

  const started = performance.now();
  const model = await llama.loadModel({ modelPath: path, gpuLayers: 0, useMmap: true });
  const { _ctx: addon } = await model.createContext({
    contextSize: Math.ceil((context + steps) / 256) * 256,
    sequences: rows,
    batchSize: Math.max(512, context),
    threads,
  });
  addon.setThreads(threads);
  const prompt = async (length: number): Promise<void> => {
    addon.removeTokenCellsFromSequence(0, 0, -1);
    addon.initBatch(length);
    const wanted = addon.addToBatch(0, 0, tokens.subarray(0, length), Uint32Array.of(length - 1));
    if (wanted.length !== 1)
      throw new Error(`llama.cpp gives ${wanted.length} rows of logits, not that of the last token`);
    await addon.decodeBatch();
  };
  await prompt(16);
  const load = (performance.now() - started) / 1000;
  if (addon.getThreads() !== threads)
    throw new Error(`llama.cpp runs on ${addon.getThreads()} threads, not ${threads}`);

  const prefill = await timed(() => prompt(context));
  const decode: Record<string, number> = {};
  for (const batch of batches) {
    for (let row = 1; row < batch; row++) await addon.copySequenceStateFromOtherSequence(row, 0);
    const seconds = await timed(async () => {
      for (let row = 0; row < batch; row++) addon.removeTokenCellsFromSequence(row, context, -1);
      for (let step = 0; step < steps; step++) {
        addon.initBatch(batch);
        for (let row = 0; row < batch; row++)
          addon.addToBatch(row, context + step, Uint32Array.of(5 + step + row), Uint32Array.of(0));
        await addon.decodeBatch();
      }
    });
    decode[`decode ${batch}`] = (batch * steps) / seconds;
  }
  answer({ load, prefill: context / prefill, ...decode, memory: peakMemory() });
  process.exit(0); // its worker threads would keep the process
}

/** Median seconds, after one run that does not count. */
async function timed(work: () => Promise<void>): Promise<number> {
  const seconds: number[] = [];
  for (let i = -1; i < repetitions; i++) {
    const start = performance.now();
    await work();
    if (i >= 0) seconds.push((performance.now() - start) / 1000);
  }
  return medianOf(seconds);
}
