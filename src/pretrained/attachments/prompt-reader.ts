/**
 * What makes rows of a prompt of molecules and proteins: a model's encoders, opened when they are needed and freed after use.
 *
 *     attachment ─ read ─▶ graph or ids ─ encode ─▶ rows (positions, C)
 *
 * An encoder up to 64 MB stays open until the model is closed, since opening it again costs more than its memory; a larger one (ESM-2 3B) is closed
 * when the last attachment of a call is encoded. Rows are kept for later turns of a conversation, as many as fit into 256 MB.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { CompiledEncoder, PromptEncoder, PromptSubject } from "../../models/prompt-encoder.ts";
import type { Attachment } from "../../tokenizers/chat/conversation.ts";
import { parseResidueVocabulary, ResidueTokenizer } from "../../tokenizers/residues/residue-tokenizer.ts";
import type { RunnableCheckpoint } from "../load/compile-graph.ts";
import { type CompileOptions, compileModel } from "../load/compile-model.ts";
import { checkMemory } from "../load/memory.ts";
import { copiedBytes } from "../load/open-decoder.ts";
import { MOST_SMALL_BYTES, type Precision } from "../load/precision.ts";
import { type ReadAttachment, readAttachment } from "./read-attachment.ts";

/** Some 16,000 rows of a model of width 4096. */
const MOST_KEPT_BYTES = 256 << 20;

/** Of the protein encoder, within a model's folder. */
const RESIDUE_VOCABULARY = join("protein", "vocab.txt");
/** ESM-2's has 93 bytes. */
const MOST_VOCABULARY_BYTES = 1 << 20;

export interface PromptReaderOptions extends CompileOptions {
  readonly precision: Precision;
  /** The model's. */
  readonly folder: string;
}

export class PromptReader implements Disposable {
  readonly #checkpoint: RunnableCheckpoint;
  readonly #options: PromptReaderOptions;
  readonly #residues: ResidueTokenizer;
  readonly #open = new Map<PromptSubject, Promise<CompiledEncoder>>();
  /** Rows by kind and text, least recently used first. */
  readonly #rows = new Map<string, Float32Array>();
  #keptBytes = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(checkpoint: RunnableCheckpoint, residues: ResidueTokenizer, options: PromptReaderOptions) {
    this.#checkpoint = checkpoint;
    this.#residues = residues;
    this.#options = options;
  }

  /** Which of the two the model takes. */
  get subjects(): readonly PromptSubject[] {
    return Object.keys(this.#encoders) as PromptSubject[];
  }

  /**
   * Reads what is attached, without computing anything.
   *
   * @throws BiogptError `pretrained/no-encoder` for what the model has no encoder of, and what `readAttachment` throws
   */
  async read(attachment: Attachment): Promise<ReadAttachment> {
    const { kind } = attachment;
    if (this.#encoders[kind] !== undefined) return readAttachment(attachment, this.#residues);
    throw new BiogptError("pretrained/no-encoder", {
      what: `The model has no encoder of ${kind}s.`,
      why: `It takes ${this.subjects.length === 0 ? "text alone" : `text and ${this.subjects.join("s and ")}s`}.`,
      fix: "Name a model that has one, as PharMolix/BioMedGPT-10B.",
    });
  }

  /**
   * Rows (positions, C) of each, in order. Calls wait for each other: two encoders are never open at once.
   *
   * @throws BiogptError `pretrained/memory`, `aborted`
   */
  encode(attachments: readonly ReadAttachment[], signal?: AbortSignal): Promise<Float32Array[]> {
    const run = this.#last.then(() => this.#encodeAll(attachments, signal));
    this.#last = run.catch(() => {});
    return run;
  }

  [Symbol.dispose](): void {
    for (const kind of this.#open.keys()) this.#close(kind);
    this.#rows.clear();
    this.#keptBytes = 0;
  }

  get #encoders() {
    const { family, config } = this.#checkpoint;
    return family.promptEncoders?.(config) ?? {};
  }

  async #encodeAll(attachments: readonly ReadAttachment[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const results = new Array<Float32Array>(attachments.length);
    for (const kind of ["molecule", "protein"] as const) {
      try {
        for (const [i, read] of attachments.entries())
          if (read.kind === kind) results[i] = this.#known(read) ?? this.#keep(read, await this.#run(read, signal));
      } finally {
        if (!this.#isSmall(kind)) this.#close(kind);
      }
    }
    return results;
  }

  async #run(read: ReadAttachment, signal: AbortSignal | undefined): Promise<Float32Array> {
    throwIfAborted(signal);
    const { molecule, protein } = this.#encoders;
    if (read.kind === "molecule")
      return molecule!.run(await this.#compiled("molecule", molecule!, signal), read.graph, signal);
    return protein!.run(await this.#compiled("protein", protein!, signal), read.ids, signal);
  }

  #compiled<Subject>(
    kind: PromptSubject,
    encoder: PromptEncoder<Subject>,
    signal: AbortSignal | undefined,
  ): Promise<CompiledEncoder> {
    const known = this.#open.get(kind);
    if (known !== undefined) return known;
    const { precision } = this.#options;
    checkMemory(copiedBytes(this.#checkpoint, precision, kind), `The encoder of ${kind}s, in ${precision},`);
    const opened = compileModel(this.#checkpoint, precision, { ...this.#options, signal }, (storage) =>
      encoder.buildGraph(storage),
    );
    this.#open.set(kind, opened);
    opened.catch(() => this.#open.delete(kind));
    return opened;
  }

  #close(kind: PromptSubject): void {
    const opened = this.#open.get(kind);
    this.#open.delete(kind);
    opened?.then(
      ({ program, device }) => {
        program[Symbol.dispose]();
        device[Symbol.dispose]();
      },
      () => {}, // whoever waited for it was told
    );
  }

  #isSmall(kind: PromptSubject): boolean {
    const { family, config, entries } = this.#checkpoint;
    const own = family.tensors(config).filter(({ encoder }) => encoder === kind);
    return own.reduce((sum, { name }) => sum + entries.get(name)!.byteLength, 0) <= MOST_SMALL_BYTES;
  }

  #known(read: ReadAttachment): Float32Array | undefined {
    const key = keyOf(read);
    const rows = this.#rows.get(key);
    if (rows === undefined) return undefined;
    this.#rows.delete(key);
    this.#rows.set(key, rows);
    return rows;
  }

  #keep(read: ReadAttachment, rows: Float32Array): Float32Array {
    this.#rows.set(keyOf(read), rows);
    this.#keptBytes += rows.byteLength;
    for (const [key, oldest] of this.#rows) {
      if (this.#keptBytes <= MOST_KEPT_BYTES || oldest === rows) break;
      this.#rows.delete(key);
      this.#keptBytes -= oldest.byteLength;
    }
    return rows;
  }
}

function keyOf(read: ReadAttachment): string {
  return read.kind === "molecule" ? `molecule ${read.smiles}` : `protein ${read.ids.join()}`;
}

/**
 * What a model's folder has for molecules and proteins; undefined where the family reads text alone.
 *
 * @throws BiogptError `tokenizers/vocabulary` for residues that are not the encoder's
 */
export async function openPromptReader(
  checkpoint: RunnableCheckpoint,
  options: PromptReaderOptions,
): Promise<PromptReader | undefined> {
  const { family, config } = checkpoint;
  const encoders = family.promptEncoders?.(config);
  if (encoders === undefined) return undefined;
  const path = join(options.folder, RESIDUE_VOCABULARY);
  const bytes =
    encoders.protein === undefined
      ? undefined
      : await stat(path).then(
          ({ size }) => size,
          () => undefined,
        );
  if (bytes !== undefined && bytes > MOST_VOCABULARY_BYTES) throw notResidues(path, `${bytes} bytes`);
  const residues =
    bytes === undefined
      ? new ResidueTokenizer()
      : new ResidueTokenizer(parseResidueVocabulary(await readFile(path, "utf8")));
  const rows = encoders.protein?.vocabularySize ?? residues.vocabularySize;
  if (residues.vocabularySize > rows)
    throw notResidues(path, `${residues.vocabularySize} tokens, the protein encoder ${rows}`);
  return new PromptReader(checkpoint, residues, options);
}

function notResidues(path: string, has: string): BiogptError {
  return new BiogptError("tokenizers/vocabulary", {
    what: `${path} has ${has}.`,
    why: "It is not the encoder's own, and every id would mean another residue.",
    fix: "Take the vocab.txt that came with the protein encoder.",
  });
}
