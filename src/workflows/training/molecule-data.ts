/**
 * Questions about molecules and their answers as sequences to learn from.
 *
 *     {"smiles", "answer", "question"?}  a line  ─▶  prompt of the chat format, atoms as padding ids  +  answer  +  end; the loss counts answer and end
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { openBytes } from "../../files/bytes.ts";
import { readLines } from "../../files/lines.ts";
import { atomRows } from "../../models/biomedgpt/trainable.ts";
import { graphMatrices } from "../../models/gin/graph-matrices.ts";
import type { GinConfig } from "../../models/gin/tensor-names.ts";
import { molecularGraph } from "../../molecules/chemistry.ts";
import type { MolecularGraph } from "../../molecules/molecular-graph.ts";
import type { ChatRenderer } from "../../tokenizers/chat/conversation.ts";
import { encodePrompt } from "../../tokenizers/chat/encode-prompt.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { BucketedBatchOptions } from "../../training/data/bucketed-batches.ts";
import type { TrainingSequence } from "../../training/data/training-sequence.ts";
import { IGNORED_LABEL, type TrainingBatch } from "../../training/step/training-step.ts";

/** A sequence with the molecule that stands in it. */
export interface MoleculeSequence extends TrainingSequence {
  readonly graph: MolecularGraph;
  /** Index of its first atom among `inputs`. */
  readonly atomsFrom: number;
}

/** What is asked where a line says nothing. */
export const USUAL_QUESTION = "Please describe this molecule.";

export interface MoleculeDataOptions {
  readonly tokenizer: Tokenizer;
  readonly renderer: ChatRenderer;
  /** Stands where atoms will. */
  readonly padId: number;
  readonly endId: number;
  /** Most positions of a sequence; its molecule may take half of them. */
  readonly maxLength: number;
  readonly signal?: AbortSignal | undefined;
}

export interface MoleculeData {
  readonly sequences: readonly MoleculeSequence[];
  /** Lines whose SMILES is no molecule that the encoder reads. */
  readonly unreadable: number;
  /** Lines with more positions than the model has. */
  readonly tooLong: number;
}

/** @throws BiogptError `training/bad-example`, `corpora/…` for what is no text */
export async function readMoleculeData(path: string, options: MoleculeDataOptions): Promise<MoleculeData> {
  const sequences: MoleculeSequence[] = [];
  let [unreadable, tooLong] = [0, 0];
  const { chunks } = await openBytes(path, { signal: options.signal });
  for await (const { text, number } of readLines(path, chunks)) {
    throwIfAborted(options.signal);
    if (text.trim() === "") continue;
    const pair = parsePair(text, path, number);
    const graph = await molecularGraph(pair.smiles).catch((error: unknown) => {
      if (error instanceof BiogptError && error.code.startsWith("molecules/") && error.kind === "input")
        return undefined;
      throw error;
    });
    if (graph === undefined) unreadable++;
    else {
      const sequence = sequenceOf(pair, graph, `line ${number} of ${path}`, options);
      if (roomOf(sequence) <= options.maxLength) sequences.push(sequence);
      else tooLong++;
    }
  }
  return { sequences, unreadable, tooLong };
}

interface Pair {
  readonly smiles: string;
  readonly question: string;
  readonly answer: string;
}

function parsePair(line: string, path: string, number: number): Pair {
  const refused = (why: string, cause?: unknown): BiogptError =>
    new BiogptError("training/bad-example", {
      what: `Line ${number} of ${path} ${why}.`,
      fix: 'Each line is {"smiles": "CCO", "answer": "The molecule is …"}, with "question" where it is another than to describe it.',
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw refused("is no JSON", cause);
  }
  const { smiles, question = USUAL_QUESTION, answer } = (json ?? {}) as Record<string, unknown>;
  if (typeof smiles !== "string" || typeof answer !== "string" || typeof question !== "string")
    throw refused("lacks smiles or answer, or one of its fields is no text");
  if (answer.trim() === "") throw refused("has an empty answer");
  return { smiles, question, answer };
}

function sequenceOf(
  { smiles, question, answer }: Pair,
  graph: MolecularGraph,
  name: string,
  { tokenizer, renderer, padId, endId }: MoleculeDataOptions,
): MoleculeSequence {
  const attachments = [{ kind: "molecule", text: smiles }] as const;
  const prompt: number[] = [];
  let atomsFrom = 0;
  for (const segment of encodePrompt(tokenizer, renderer.render([{ role: "user", content: question, attachments }]))) {
    if ("ids" in segment) prompt.push(...segment.ids);
    else {
      atomsFrom = prompt.length;
      for (let i = 0; i < graph.atomTypes.length; i++) prompt.push(padId);
    }
  }
  const all = [...prompt, ...tokenizer.encode(answer, { continues: true }), endId];
  const labels = all.slice(1).map((id, i) => (i + 1 < prompt.length ? IGNORED_LABEL : id));
  return { name, graph, atomsFrom, inputs: all.slice(0, -1), labels, plannedLength: all.length };
}

/** What bucketed batches are told, so that they bring the graphs of their molecules. */
export function moleculeBatches(config: GinConfig): Required<Pick<BucketedBatchOptions, "lengthOf" | "extend">> {
  return {
    lengthOf: (sequence) => roomOf(sequence as MoleculeSequence),
    extend: (batch, sequences) => ({ ...batch, others: graphInputs(config, batch, sequences as MoleculeSequence[]) }),
  };
}

/** Positions of a batch that a sequence needs, which has room for half as many atoms as positions. */
function roomOf({ inputs, graph }: MoleculeSequence): number {
  return Math.max(inputs.length, 2 * graph.atomTypes.length);
}

function graphInputs(
  config: GinConfig,
  { batch, length }: Pick<TrainingBatch, "batch" | "length">,
  sequences: readonly MoleculeSequence[],
): Record<string, Float32Array | Int32Array> {
  const graphs = sequences.map(({ graph }) => graph);
  const { atomTypes, chiralities, neighbours, bondTypes, bondDirections } = graphMatrices(
    graphs,
    config,
    atomRows({ batch, length }),
  );
  const isAtom = new Float32Array(batch * length);
  const atomOfRow = new Int32Array(batch * length);
  let atom = 0;
  for (const [b, { graph, atomsFrom }] of sequences.entries()) {
    for (let i = 0; i < graph.atomTypes.length; i++) {
      const row = (atomsFrom + i) * batch + b; // time-major
      isAtom[row] = 1;
      atomOfRow[row] = atom++;
    }
  }
  return {
    atomTypes: Int32Array.from(atomTypes, Number),
    chiralities: Int32Array.from(chiralities, Number),
    ...{ neighbours, bondTypes, bondDirections, isAtom, atomOfRow },
  };
}
