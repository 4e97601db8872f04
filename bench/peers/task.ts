/**
 * What the programs that bench/compare.ts starts are told and answer: one JSON argument in, one line of JSON out. Each runs in a process of
 * its own, so that its peak of memory is its own. bench/peers/torch-inference.py keeps to the same two types.
 */
import { readFileSync } from "node:fs";
import type { DecoderShape } from "./random-gguf.ts";

export interface Task {
  /** Folder of a checkpoint, or a GGUF file. */
  readonly path: string;
  readonly precision: string;
  readonly shape: DecoderShape;
  readonly threads: number;
  /** Tokens of the prompt, and cached before decoding begins. */
  readonly context: number;
  readonly steps: number;
  /** Rows decoded at once, measured one after another. */
  readonly batches: readonly number[];
  /** Hypotheses of the beam search; 0 leaves it out. */
  readonly beams: number;
  readonly beamContext: number;
  readonly repetitions: number;
  /** Only make what the measurement needs. */
  readonly prepare?: boolean;
}

/** Seconds, tokens a second (all rows together; beam search: steps a second) and bytes, by name. */
export type Metrics = Readonly<Record<string, number>>;

export function readTask(): Task {
  return JSON.parse(process.argv[2]!) as Task;
}

export function answer(metrics: Metrics): void {
  process.stdout.write(`${JSON.stringify(metrics)}\n`);
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The kernel's high-water mark of resident memory, bytes; elsewhere than on Linux what Node reports. */
export function peakMemory(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))![1]);
}
