/**
 * What a model wrote of molecules or proteins, as published output files have it: a table with tabs between and a header.
 *
 *     SMILES, ground truth, output                 MolT5's files, and ours (with id, question and model besides)
 *     CID, molecule2caption, caption2molecule      MolReGPT's files; their truths stand in the data
 *
 * Columns are found by their names, whatever their order; others are left alone. Nothing is quoted: a quotation mark is a character of its field.
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { DescribedRecord } from "./described.ts";

export interface PredictedText {
  /** Number of its line in the file, from 1. */
  readonly line: number;
  readonly output: string;
  readonly id?: string;
  /** SMILES or residues. */
  readonly input?: string;
  readonly question?: string;
  readonly truth?: string;
  /** Hash of the model that wrote it. */
  readonly model?: string;
}

/** A record with what was written of it. */
export interface DescribedOutput {
  readonly record: DescribedRecord;
  readonly output: string;
}

type Field = Exclude<keyof PredictedText, "line">;

/** Headers by what they are, in lower case. */
const COLUMNS: Readonly<Record<Field, readonly string[]>> = {
  output: ["output", "prediction", "molecule2caption"],
  truth: ["ground truth", "truth", "reference", "answer"],
  input: ["smiles", "sequence", "input"],
  id: ["cid", "id"],
  question: ["question"],
  model: ["model"],
};

/** Longest file that is read: ChEBI-20's outputs have 3 MB, a hundred times that is not one. */
const MOST_CHARACTERS = 500_000_000;

/** @throws BiogptError `corpora/predictions` */
export function readPredictions(text: string, name: string): PredictedText[] {
  if (text.length > MOST_CHARACTERS) throw refused(`${name} has ${text.length} characters.`, "Score it in parts.");
  const [header = "", ...lines] = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const titles = header.split("\t").map((title) => title.trim().toLowerCase());
  const places = Object.entries(COLUMNS).flatMap(([field, names]): (readonly [Field, number])[] => {
    const at = titles.findIndex((title) => names.includes(title));
    return at < 0 ? [] : [[field as Field, at]];
  });
  if (!places.some(([field]) => field === "output")) {
    const near = titles.map((title) => didYouMean(title, COLUMNS.output)).find((hint) => hint !== "") ?? "";
    throw refused(
      `${name} has no column "output"; its header is ${JSON.stringify(header.slice(0, 120))}.`,
      `Write a header of SMILES (or sequence, or id), ground truth and output, with tabs between.${near}`,
    );
  }
  const predictions: PredictedText[] = [];
  for (const [at, line] of lines.entries()) {
    if (line === "") continue;
    const cells = line.split("\t");
    if (cells.length !== titles.length) {
      const what = `Line ${at + 2} of ${name} has ${cells.length} fields, its header ${titles.length}.`;
      throw refused(what, "Take tabs and line breaks out of the texts.");
    }
    const fields = Object.fromEntries(places.map(([field, place]) => [field, cells[place]!]));
    predictions.push({ ...(fields as Pick<PredictedText, "output">), line: at + 2 });
  }
  if (predictions.length === 0) throw refused(`${name} holds no output.`, "Check that the file was written fully.");
  return predictions;
}

/**
 * Outputs with what should have been written: the file's own truths, or those of the data, found by identifier, else by SMILES or sequence (and question).
 *
 * @param kind of what the file's own inputs are
 * @throws BiogptError `corpora/predictions` for an output that has no truth, or that several records could belong to
 */
export function joinTruths(
  predictions: readonly PredictedText[],
  {
    data,
    kind,
    question,
  }: { readonly data?: readonly DescribedRecord[] | undefined } & Pick<DescribedRecord, "kind" | "question">,
  name: string,
): DescribedOutput[] {
  if (data === undefined) {
    return predictions.map((prediction) => {
      const { truth, output, line } = prediction;
      if (truth === undefined)
        throw refused(`${name} has no column "ground truth".`, "Name the data whose answers it predicts (--data).");
      const id = prediction.id ?? String(line);
      return {
        record: { id, kind, input: prediction.input ?? "", question: prediction.question ?? question, answer: truth },
        output,
      };
    });
  }
  const keyed = new Map<string, DescribedRecord[]>();
  const add = (key: string, record: DescribedRecord): unknown => keyed.set(key, [...(keyed.get(key) ?? []), record]);
  for (const record of data) for (const key of keysOf(record)) add(key, record);
  return predictions.map((prediction) => {
    const known = keysOf(prediction).find((key) => keyed.has(key));
    const found = known === undefined ? [] : keyed.get(known)!;
    const [record] = found;
    const where = `The output in line ${prediction.line} of ${name}`;
    if (record === undefined)
      throw refused(`${where} belongs to no record of the data.`, "Name the data it was made from.");
    if (found.some((other) => other.answer !== record.answer))
      throw refused(`${where} could belong to several records.`, "Add their questions, in a column question.");
    return { record, output: prediction.output };
  });
}

/** What a record is found by, the exactest first. */
function keysOf({ id, input, question }: Partial<Pick<DescribedRecord, "id" | "input" | "question">>): string[] {
  const keys: string[] = [];
  if (question !== undefined) {
    if (id !== undefined) keys.push(`id ${id}\n${question}`);
    if (input !== undefined) keys.push(`input ${input}\n${question}`);
  }
  if (id !== undefined) keys.push(`id ${id}`);
  if (input !== undefined) keys.push(`input ${input}`);
  return keys;
}

function refused(what: string, fix: string): BiogptError {
  return new BiogptError("corpora/predictions", { what, fix });
}
