/**
 * Answers that are known already: to a question about a molecule or a protein the answer of the relative that fits it best.
 *
 *     FILE, or known.jsonl.gz of a model's folder ─▶ known ;   question + molecule ─▶ text, whose it is, how alike
 *
 * Fingerprints of a file's molecules are made once and kept in the cache folder.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DescribedRecord } from "../corpora/tasks/described.ts";
import { detectDescribed, readDescribed } from "../corpora/tasks/described.ts";
import { decodeText, readBytes } from "../corpora/tasks/task-files.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import { nearest, residueFingerprint } from "../molecules/fingerprint.ts";
import { readProteins } from "../molecules/proteins.ts";
import { KNOWN_FILE } from "../pretrained/hub/hub-names.ts";
import { defaultCacheFolder } from "../pretrained/load/cached-copy.ts";
import { type KnownFile, readKnown, writeKnown } from "../tasks/known-descriptions/known-file.ts";
import { KnownMolecules, learnMolecules } from "../tasks/known-descriptions/known-molecules.ts";
import type { Attachment } from "../tokenizers/chat/conversation.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

/** Part of the name in the cache: to be raised when traits come out differently. */
const TRAITS_VERSION = 1;

/** Whose answer it is. */
export interface AnswerSource {
  /** SMILES, or residues. */
  readonly input: string;
  /** Of the fingerprints (Tanimoto): 0 to 1. */
  readonly similarity: number;
  /** Whether it is the very molecule or protein that was asked about. */
  readonly isSame: boolean;
  /** Where it is from. */
  readonly source: string;
}

export interface KnownAnswerFound extends AnswerSource {
  readonly text: string;
}

export interface KnownDescriptions {
  /** Questions that are answered, as the files put them. */
  readonly questions: readonly string[];
  /** Tells what is known from other such; hexadecimal. */
  readonly hash: string;
  /** @returns undefined where nothing is known that answers the question */
  find(question: string, attachment: Attachment): Promise<KnownAnswerFound | undefined>;
}

type Context = WorkflowContext<NoteEvent | ProgressEvent>;

/** Those of a model's folder; undefined where it has none. @throws BiogptError `tasks/known-molecules` */
export async function knownOfFolder(folder: string | undefined): Promise<KnownDescriptions | undefined> {
  if (folder === undefined) return undefined;
  const path = join(folder, KNOWN_FILE);
  if (!existsSync(path)) return undefined;
  const bytes = await readFile(path);
  return new Known(createHash("sha256").update(bytes).digest("hex"), [readKnown(bytes, path)], []);
}

/**
 * Those of a file: ChEBI-20, PubChemQA, Mol-Instructions, JSON Lines, ….
 *
 * @throws BiogptError `corpora/…` for what is no such file, `tasks/known-molecules` for a damaged copy in the cache, `aborted`
 */
export async function openKnown(
  path: string,
  { signal, onEvent }: Context = {},
  cacheFolder: string = defaultCacheFolder(),
): Promise<KnownDescriptions> {
  const file = readBytes(path);
  const text = decodeText(file);
  const { records } = readDescribed(text, detectDescribed(text, path), path);
  const source = basename(path);
  const byQuestion = new Map<string, DescribedRecord[]>();
  for (const record of records) {
    if (record.kind !== "molecule") continue;
    const key = questionKey(record.question);
    const same = byQuestion.get(key);
    if (same === undefined) byQuestion.set(key, [record]);
    else same.push(record);
  }
  const files: KnownFile[] = [];
  for (const [question, own] of byQuestion) {
    const name = `${file.sha256.slice(0, 32)}-${files.length}-v${TRAITS_VERSION}.jsonl.gz`;
    const cached = join(cacheFolder, "known-molecules", name);
    if (!existsSync(cached)) {
      const { known, unread } = await learnMolecules(own, { signal, progress: progressEvents(onEvent) });
      if (unread > 0)
        onEvent?.({ type: "note", text: `note: ${unread} molecules of ${path} could not be read and are left out` });
      await writeFileAtomically(cached, writeKnown({ source, licence: "", question, known }));
    }
    files.push({ ...readKnown(await readFile(cached), cached), source });
  }
  return new Known(
    file.sha256,
    files,
    records.filter(({ kind }) => kind === "protein").map((record) => ({ ...record, source })),
  );
}

interface KnownProtein extends DescribedRecord {
  readonly source: string;
}

class Known implements KnownDescriptions {
  readonly questions: readonly string[];
  readonly hash: string;
  readonly #molecules: ReadonlyMap<string, { readonly source: string; readonly library: KnownMolecules }>;
  readonly #proteins: readonly KnownProtein[];

  constructor(hash: string, files: readonly KnownFile[], proteins: readonly KnownProtein[]) {
    this.hash = hash;
    this.questions = [...new Set([...files, ...proteins].map(({ question }) => question))];
    this.#molecules = new Map(
      files.map(({ question, source, known }) => [
        questionKey(question),
        { source, library: new KnownMolecules(known) },
      ]),
    );
    this.#proteins = proteins;
  }

  async find(question: string, { kind, text }: Attachment): Promise<KnownAnswerFound | undefined> {
    const key = questionKey(question);
    if (kind === "protein") return this.#findProtein(key, text);
    const known = this.#molecules.get(key);
    const [best] = known === undefined ? [] : await known.library.relatives(text);
    if (best === undefined) return undefined;
    const { smiles: input, ...found } = best;
    return { ...found, input, source: known!.source };
  }

  #findProtein(key: string, text: string): KnownAnswerFound | undefined {
    const own = this.#proteins.filter(({ question }) => questionKey(question) === key);
    const { sequence } = readProteins(text)[0]!;
    const prints = own.map(({ input }) => residueFingerprint(input.toUpperCase()));
    const found = nearest(residueFingerprint(sequence), prints);
    if (found === undefined || found.similarity === 0) return undefined;
    const { answer, input, source } = own[found.at]!;
    const isSame = input.toUpperCase() === sequence;
    return { text: answer, input, similarity: found.similarity, isSame, source };
  }
}

/** Whose text an answer is, for people. */
export function sourceLine({ input, similarity, isSame, source }: KnownAnswerFound, kind: Attachment["kind"]): string {
  if (isSame) return `this is what ${source} says of this ${kind}`;
  const whose = input.length > 80 ? `${input.slice(0, 77)}…` : input;
  return `this is what ${source} says of a similar ${kind}, ${whose} (similarity ${similarity.toFixed(2)}), not of yours`;
}

/** Other words for "describe this molecule". */
const DESCRIBING =
  /^(?:(?:please|can you|could you) )?(?:describe|tell me about|what is|what's) (?:this|the|it|that)(?: (molecule|compound|protein))?$/;

/** Questions that differ in letters' case, white space and the signs at their end are one, and so are those that ask for a description. */
function questionKey(question: string): string {
  const plain = question
    .trim()
    .toLowerCase()
    .replace(/\s+/g, " ")
    .replace(/[.?!: ]+$/, "");
  return DESCRIBING.test(plain) ? "describe this" : plain;
}
