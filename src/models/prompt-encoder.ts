/**
 * Encoders that a model keeps beside its language model: each makes rows that stand in prompts in place of ids.
 *
 * An encoder runs once for a molecule or a protein and is then not needed: whoever holds the model opens it, runs it and frees it.
 */
import type { Graph } from "../graph/graph.ts";
import type { MolecularGraph } from "../molecules/molecular-graph.ts";
import type { Device, Program } from "../runtime/device.ts";
import type { WeightStorage } from "./weight-storage.ts";

export interface CompiledEncoder {
  readonly device: Device;
  readonly program: Program;
}

export interface PromptEncoder<Subject> {
  buildGraph(storage: WeightStorage): Graph;
  /** @returns (rows, C), as the language model's own embedding gives rows to its first block, positions not added */
  run(compiled: CompiledEncoder, subject: Subject, signal?: AbortSignal): Promise<Float32Array>;
}

/** Those that a model has, by what they read. */
export interface PromptEncoders {
  /** A row an atom. */
  readonly molecule?: PromptEncoder<MolecularGraph>;
  /** A row an id: residues between their ends. */
  readonly protein?: PromptEncoder<ArrayLike<number>> & {
    /** Rows of its token table. */
    readonly vocabularySize: number;
  };
}

/** What can stand in a prompt besides text. */
export type PromptSubject = keyof PromptEncoders;
