/**
 * What retrieval would answer: to each record the answer of the most similar known molecule (Morgan fingerprint, 2,048 bits, Tanimoto) or protein
 * (shared words of five residues), among those of the same question where there are any.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import type { DescribedRecord } from "../../corpora/tasks/described.ts";
import { morganFingerprint } from "../../molecules/chemistry.ts";
import { type Fingerprint, residueFingerprint } from "../../molecules/fingerprint.ts";
import { type KnownAnswer, type NearestAnswer, nearestAnswers } from "../scorers/text/nearest-answers.ts";

export interface NearestRecords {
  /** One for each record; undefined where its input has no fingerprint or nothing is known. */
  readonly answers: readonly (NearestAnswer | undefined)[];
  /** Known records that have a fingerprint. */
  readonly known: number;
  /** Records whose very input is among the known ones. */
  readonly sameInput: number;
  /** Inputs, of either side, without a fingerprint: SMILES that RDKit does not read. */
  readonly unread: number;
}

export interface NearestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/** @throws BiogptError `molecules/no-rdkit`, `aborted` */
export async function nearestRecords(
  records: readonly DescribedRecord[],
  known: readonly DescribedRecord[],
  { signal, progress }: NearestOptions = {},
): Promise<NearestRecords> {
  const total = known.length + 2 * records.length;
  let done = 0;
  const step = (): void => {
    done++;
    if (done % 64 === 0 || done === total) progress?.({ activity: "nearest neighbours", done, total, unit: "steps" });
  };
  const prints = new Map<string, Fingerprint | undefined>();
  const printOf = async ({ kind, input }: DescribedRecord): Promise<Fingerprint | undefined> => {
    throwIfAborted(signal);
    step();
    const key = `${kind} ${input}`;
    if (!prints.has(key)) prints.set(key, await fingerprintOf(kind, input));
    return prints.get(key);
  };
  const byQuestion = new Map<string, KnownAnswer[]>();
  const all: KnownAnswer[] = [];
  const inputs = new Set<string>();
  for (const record of known) {
    const fingerprint = await printOf(record);
    if (fingerprint === undefined) continue;
    inputs.add(record.input);
    const answer = { fingerprint, answer: record.answer };
    all.push(answer);
    const key = questionKey(record);
    const same = byQuestion.get(key);
    if (same === undefined) byQuestion.set(key, [answer]);
    else same.push(answer);
  }
  const queries: (Fingerprint | undefined)[] = [];
  for (const record of records) queries.push(await printOf(record));
  const answers: (NearestAnswer | undefined)[] = [];
  for (const [at, query] of queries.entries()) {
    throwIfAborted(signal);
    if (done % 64 === 0) await new Promise(setImmediate); // so that a signal is heard between the searches
    step();
    const candidates = byQuestion.get(questionKey(records[at]!)) ?? all;
    answers.push(query === undefined ? undefined : nearestAnswers([query], candidates)[0]);
  }
  return {
    answers,
    known: all.length,
    sameInput: records.filter(({ input }) => inputs.has(input)).length,
    unread: [...prints.values()].filter((print) => print === undefined).length,
  };
}

function questionKey({ kind, question }: DescribedRecord): string {
  return `${kind} ${question.trim().toLowerCase().replace(/\s+/g, " ")}`;
}

async function fingerprintOf(kind: DescribedRecord["kind"], input: string): Promise<Fingerprint | undefined> {
  if (kind === "protein") return residueFingerprint(input.toUpperCase());
  try {
    return await morganFingerprint(input);
  } catch (error) {
    if (error instanceof BiogptError && error.kind !== "aborted" && error.code !== "molecules/no-rdkit")
      return undefined;
    throw error;
  }
}
