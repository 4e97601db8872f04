/**
 * How fast a checkpoint runs on this machine: load, prompt, decoding at several batch sizes, beam search, memory.
 *
 * Decoding feeds fixed tokens, so that only the model is measured; beam search is the real one, with the end token forbidden.
 * Times are medians over repetitions. Nothing here needs a tokenizer, so weights may be random (random-checkpoint.ts).
 */
import { readFileSync } from "node:fs";
import { throwIfAborted } from "../base/cancellation.ts";
import type { ReportProgress } from "../base/progress.ts";
import { generate } from "../generation/generation.ts";
import type { SpecialIds } from "../models/family.ts";
import type { OperatorProfile } from "../runtime/device.ts";
import { type DecoderOptions, type OpenedDecoder, openDecoder } from "./load/open-decoder.ts";
import { openFolderToRun } from "./load/open-model-folder.ts";
import type { Precision } from "./load/precision.ts";

export interface BenchmarkOptions
  extends Pick<DecoderOptions, "device" | "threads" | "cacheFolder" | "signal" | "profile"> {
  readonly precision: Precision;
  /** Tokens of the prompt, and cached before decoding begins. Default 256. */
  readonly context?: number;
  /** Steps of each decoding measurement. Default 64. */
  readonly steps?: number;
  /** Rows decoded at once, measured one after another. Default [1, 16]. */
  readonly batches?: readonly number[];
  /** Hypotheses of the beam search; 0 leaves it out. Default 5. */
  readonly beams?: number;
  /** Tokens of the beam search's prompt. Default 64. */
  readonly beamContext?: number;
  /** Repetitions of each measurement. Default 3. */
  readonly repetitions?: number;
  readonly progress?: ReportProgress | undefined;
}

export interface BenchmarkResult {
  readonly dtype: Precision;
  readonly device: string;
  readonly threads: number;
  /** From opening the files to the first token of a prompt of 16. */
  readonly load: { readonly seconds: number };
  readonly prefill: { readonly tokens: number; readonly tokensPerSecond: number };
  /** `tokensPerSecond` counts the tokens of all rows. */
  readonly decode: readonly { readonly batch: number; readonly context: number; readonly tokensPerSecond: number }[];
  readonly beam?: {
    readonly beams: number;
    readonly context: number;
    readonly tokens: number;
    readonly tokensPerSecond: number;
  };
  /** Largest resident set of the process so far, bytes. */
  readonly peakMemoryBytes: number;
  readonly profile?: readonly OperatorProfile[];
}

export async function benchmark(folder: string, options: BenchmarkOptions): Promise<BenchmarkResult> {
  const {
    precision,
    context = 256,
    steps = 64,
    batches = [1, 16],
    beams = 5,
    beamContext = 64,
    repetitions = 3,
    signal,
  } = options;
  const started = performance.now();
  const opened = await openFolderDecoder(folder, options, Math.max(beams, ...batches));
  const { decoder } = opened;
  try {
    const prompt = Array.from(
      { length: Math.max(context, beamContext) },
      (_, i) => 4 + ((i * 7919) % (decoder.vocabularySize - 4)),
    );
    await decoder.forward([{ slot: 0, start: 0, tokens: prompt.slice(0, 16), wanted: 1 }], signal);
    const loadSeconds = (performance.now() - started) / 1000;

    const prefill = await median(repetitions, signal, async () => {
      await decoder.forward([{ slot: 0, start: 0, tokens: prompt.slice(0, context), wanted: 1 }], signal);
    });
    const decode = [];
    for (const batch of batches) {
      for (let slot = 1; slot < batch; slot++) await decoder.copy(0, slot, 0, context);
      const seconds = await median(repetitions, signal, () => decodeSteps(opened, batch, context, steps, signal));
      decode.push({ batch, context, tokensPerSecond: (batch * steps) / seconds });
    }
    let beam: BenchmarkResult["beam"];
    if (beams > 0) {
      const { end, begin = end } = opened.ids;
      const settings = { beams, maxNewTokens: steps, endId: end, bannedIds: [end] };
      let round = 0;
      const seconds = await median(repetitions, signal, async () => {
        // A new first token each time: the same prompt would be found in the cache.
        await generate(decoder, [[begin, 5 + round++, ...prompt.slice(0, beamContext - 2)]], settings, { signal });
      });
      beam = { beams, context: beamContext, tokens: steps, tokensPerSecond: steps / seconds };
    }
    return {
      dtype: precision,
      device: opened.device.description,
      threads: opened.device.threads,
      load: { seconds: loadSeconds },
      prefill: { tokens: context, tokensPerSecond: context / prefill },
      decode,
      ...(beam === undefined ? {} : { beam }),
      peakMemoryBytes: peakMemoryBytes(),
      ...(options.profile ? { profile: opened.profile() } : {}),
    };
  } finally {
    opened.dispose();
  }
}

/** Makes the quantised copy, so that a measured load finds it. */
export async function prepareBenchmark(folder: string, options: BenchmarkOptions): Promise<void> {
  const { dispose } = await openFolderDecoder(folder, options, 1);
  dispose();
}

/** A checkpoint's decoder alone, without a tokenizer; the caller disposes it. */
export async function openFolderDecoder(
  folder: string,
  options: DecoderOptions & { readonly precision: Precision },
  slots: number,
): Promise<OpenedDecoder & { readonly ids: SpecialIds }> {
  const checkpoint = await openFolderToRun(folder, options);
  const opened = await openDecoder(checkpoint, options.precision, { ...options, slots });
  return { ...opened, ids: checkpoint.family.specialIds(checkpoint.config) };
}

async function decodeSteps(
  { decoder }: OpenedDecoder,
  batch: number,
  context: number,
  steps: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const rows = Array.from({ length: batch }, (_, slot) => ({
      slot,
      start: context + step,
      tokens: [5 + step + slot],
      wanted: 1,
    }));
    await decoder.forward(rows, signal);
  }
}

/** Median seconds of some repetitions. */
async function median(
  repetitions: number,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    throwIfAborted(signal);
    const start = performance.now();
    await work();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds.sort((a, b) => a - b)[seconds.length >> 1]!;
}

/** The kernel's own high-water mark on Linux; elsewhere what Node reports. */
export function peakMemoryBytes(): number {
  if (process.platform === "linux") {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
    if (line !== null) return Number(line[1]) * 1024;
  }
  return process.resourceUsage().maxRSS * 1024;
}
