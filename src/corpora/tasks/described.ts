/**
 * Questions about molecules and proteins with their answers, from the files that models of BioMedGPT's kind are trained and judged on: one record whatever the
 * file.
 *
 *     chebi-20           CID, SMILES, description with tabs between (and a header); its files double every backslash of a SMILES, which is undone
 *     pubchemqa          {SMILES: [[question, answer], …]}, or a list of {smiles, question, answer}
 *     uniprotqa          a list of {protein_accession, question, answer} beside a map of accessions to sequences
 *     mol-instructions   a list of {instruction, input, output, metadata: {split}}; the input is SELFIES, SMILES or a protein in a fence
 *     prot-inst          a list of {instruction, sequence, description, split}, as RAPM's Prot-Inst-OOD
 *     json-lines         {smiles | sequence, question, answer} a line
 *
 * Left out   SELFIES, which would need a library of its own: such records are counted, and the caller says so
 */
import { BiogptError } from "../../base/errors.ts";

export type DescribedFormat = "chebi-20" | "pubchemqa" | "uniprotqa" | "mol-instructions" | "prot-inst" | "json-lines";
export const DESCRIBED_FORMATS: readonly DescribedFormat[] = [
  "chebi-20",
  "pubchemqa",
  "uniprotqa",
  "mol-instructions",
  "prot-inst",
  "json-lines",
];

export interface DescribedRecord {
  /** The file's own identifier, else the place of the record in it, from 1. */
  readonly id: string;
  readonly kind: "molecule" | "protein";
  /** SMILES or residues, as the file has them. */
  readonly input: string;
  readonly question: string;
  readonly answer: string;
  /** As the file says; absent in most. */
  readonly split?: string;
}

export interface DescribedFile {
  readonly records: readonly DescribedRecord[];
  /** Records left out, with the reason. */
  readonly skipped: readonly { readonly count: number; readonly why: string }[];
}

export const DESCRIBE_MOLECULE = "Please describe this molecule.";

export interface ReadDescribedOptions {
  /** For uniprotqa: accession → residues. */
  readonly sequences?: ReadonlyMap<string, string>;
}

/**
 * @param name of the file, for messages
 * @throws BiogptError `corpora/described` where a record is not as the format has it, `corpora/json` for broken JSON
 */
export function readDescribed(
  text: string,
  format: DescribedFormat,
  name: string,
  { sequences = new Map() }: ReadDescribedOptions = {},
): DescribedFile {
  const content = text.startsWith("\ufeff") ? text.slice(1) : text;
  switch (format) {
    case "chebi-20":
      return whole(readChebi20(content, name));
    case "json-lines":
      return whole(readJsonLines(content, name));
    case "pubchemqa":
      return whole(readPubChemQa(parseJson(content, name), name));
    case "uniprotqa":
      return readUniProtQa(parseJson(content, name), sequences, name);
    case "mol-instructions":
      return readMolInstructions(parseJson(content, name), name);
    case "prot-inst":
      return whole(readProtInst(parseJson(content, name), name));
    default:
      return format satisfies never;
  }
}

function whole(records: readonly DescribedRecord[]): DescribedFile {
  return { records, skipped: [] };
}

function readChebi20(text: string, name: string): DescribedRecord[] {
  const [header = "", ...lines] = text.split(/\r?\n/).filter((line) => line !== "");
  if (header !== "CID\tSMILES\tdescription") throw broken(name, 1, "its header is not CID, SMILES, description");
  return lines.map((line, at) => {
    const [id, smiles, answer, ...more] = line.split("\t");
    if (!id || !smiles || !answer || more.length > 0) throw broken(name, at + 2, "it has not three fields");
    return { id, kind: "molecule", input: smiles.replaceAll("\\\\", "\\"), question: DESCRIBE_MOLECULE, answer };
  });
}

function readJsonLines(text: string, name: string): DescribedRecord[] {
  return text.split("\n").flatMap((line, at): DescribedRecord[] => {
    if (line.trim() === "") return [];
    const record = asObject(parseJson(line, `${name}, line ${at + 1}`), name, at + 1);
    return [fromFields(record, name, at + 1)];
  });
}

function fromFields(record: Readonly<Record<string, unknown>>, name: string, number: number): DescribedRecord {
  const { id, smiles, sequence } = record;
  if ((smiles === undefined) === (sequence === undefined))
    throw broken(name, number, "it must have smiles or sequence, and not both");
  const kind = smiles === undefined ? "protein" : "molecule";
  return {
    id: typeof id === "string" || typeof id === "number" ? String(id) : String(number),
    kind,
    input: asText(smiles ?? sequence, smiles === undefined ? "sequence" : "smiles", name, number),
    question:
      record["question"] === undefined && kind === "molecule"
        ? DESCRIBE_MOLECULE
        : asText(record["question"], "question", name, number),
    answer: asText(record["answer"], "answer", name, number),
    ...(typeof record["split"] === "string" && { split: record["split"] }),
  };
}

function readPubChemQa(value: unknown, name: string): DescribedRecord[] {
  if (Array.isArray(value))
    return value.map((entry: unknown, at) => fromFields(asObject(entry, name, at + 1), name, at + 1));
  return Object.entries(asObject(value, name, 1)).flatMap(([smiles, answers], at) => {
    if (!Array.isArray(answers)) throw broken(name, at + 1, "its questions are no list");
    return answers.map((pair: unknown, i): DescribedRecord => {
      const [question, answer] = Array.isArray(pair) ? pair : [];
      return {
        id: `${at + 1}.${i + 1}`,
        kind: "molecule",
        input: smiles,
        question: asText(question, "question", name, at + 1),
        answer: asText(answer, "answer", name, at + 1),
      };
    });
  });
}

function readUniProtQa(value: unknown, sequences: ReadonlyMap<string, string>, name: string): DescribedFile {
  const records: DescribedRecord[] = [];
  let unknown = 0;
  for (const [at, entry] of asList(value, name).entries()) {
    const record = asObject(entry, name, at + 1);
    const accessions: unknown[] = Array.isArray(record["protein_accession"])
      ? record["protein_accession"]
      : [record["protein_accession"]];
    const id = accessions.find((accession): accession is string => typeof accession === "string");
    if (id === undefined) throw broken(name, at + 1, "it has no protein_accession");
    const sequence = accessions.flatMap((accession) => sequences.get(String(accession)) ?? []).at(0);
    if (sequence === undefined) {
      unknown++;
      continue;
    }
    const [question, answer] = [
      asText(record["question"], "question", name, at + 1),
      asText(record["answer"], "answer", name, at + 1),
    ];
    records.push({ id, kind: "protein", input: sequence, question, answer });
  }
  return {
    records,
    skipped: unknown === 0 ? [] : [{ count: unknown, why: "no sequence is known for their accessions" }],
  };
}

function readMolInstructions(value: unknown, name: string): DescribedFile {
  const records: DescribedRecord[] = [];
  let selfies = 0;
  for (const [at, entry] of asList(value, name).entries()) {
    const record = asObject(entry, name, at + 1);
    const input = asText(record["input"], "input", name, at + 1);
    const fenced = /```\s*([A-Za-z*\s]+?)\s*```/.exec(input)?.[1];
    if (
      fenced === undefined &&
      /^(?:\[[^\]]+\]|\.)+$/.test(input.trim()) &&
      /\[[A-Z=#/\\][A-Za-z0-9]*\]\[/.test(input)
    ) {
      selfies++;
      continue;
    }
    const metadata = (record["metadata"] ?? {}) as Readonly<Record<string, unknown>>;
    records.push({
      id: typeof metadata["protein_accession"] === "string" ? metadata["protein_accession"] : String(at + 1),
      kind: fenced === undefined ? "molecule" : "protein",
      input: fenced === undefined ? input.trim() : fenced.replace(/\s/g, ""),
      question: asText(record["instruction"], "instruction", name, at + 1),
      answer: asText(record["output"], "output", name, at + 1),
      ...(typeof metadata["split"] === "string" && { split: metadata["split"] }),
    });
  }
  return { records, skipped: selfies === 0 ? [] : [{ count: selfies, why: "their molecules are written in SELFIES" }] };
}

function readProtInst(value: unknown, name: string): DescribedRecord[] {
  return asList(value, name).map((entry, at) => {
    const record = asObject(entry, name, at + 1);
    return {
      id: String(at + 1),
      kind: "protein",
      input: asText(record["sequence"], "sequence", name, at + 1),
      question: asText(record["instruction"], "instruction", name, at + 1).trim(),
      answer: asText(record["description"], "description", name, at + 1),
      ...(typeof record["split"] === "string" && { split: record["split"] }),
    };
  });
}

/**
 * The format that a text is in, told by its header or the fields of its first record.
 *
 * @throws BiogptError `corpora/described` for a text that begins like none of them
 */
export function detectDescribed(text: string, name: string): DescribedFormat {
  const content = text.replace(/^\ufeff/, "").trimStart();
  if (/^CID\tSMILES\tdescription\r?$/m.test(content.slice(0, content.indexOf("\n") + 1))) return "chebi-20";
  const [line = ""] = content.split("\n", 1);
  if (isRecordLine(line)) return "json-lines";
  const beginning = content.slice(0, DETECTED_CHARACTERS);
  if (beginning.startsWith("[")) {
    if (beginning.includes('"protein_accession"') && !beginning.includes('"instruction"')) return "uniprotqa";
    if (beginning.includes('"instruction"')) return beginning.includes('"sequence"') ? "prot-inst" : "mol-instructions";
    if (beginning.includes('"smiles"')) return "pubchemqa";
  }
  if (/^\{\s*"[^"]*"\s*:\s*\[/.test(beginning)) return "pubchemqa";
  throw new BiogptError("corpora/described", {
    what: `${name} begins like no file of described molecules or proteins that is read.`,
    why: `It begins with ${JSON.stringify(content.slice(0, 60))}.`,
    fix: `The formats are ${DESCRIBED_FORMATS.join(", ")}; name one.`,
  });
}

/** The first record of any of them is shorter: Titin has 35,000 residues. */
const DETECTED_CHARACTERS = 100_000;

function isRecordLine(line: string): boolean {
  if (!line.startsWith("{")) return false;
  try {
    const record = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return typeof (record["smiles"] ?? record["sequence"]) === "string";
  } catch {
    return false;
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BiogptError("corpora/json", {
      what: `${name} is not JSON: ${(cause as Error).message}.`,
      fix: "Fetch the file again; it may be cut off.",
      cause,
    });
  }
}

function asList(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw broken(name, 1, "the file is no list of records");
}

function asObject(value: unknown, name: string, number: number): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw broken(name, number, "it is no object");
}

function asText(value: unknown, field: string, name: string, number: number): string {
  if (typeof value === "string" && value !== "") return value;
  throw broken(name, number, `it has no text "${field}"`);
}

function broken(name: string, number: number, why: string): BiogptError {
  return new BiogptError("corpora/described", {
    what: `Record ${number} of ${name} is not as its format has it: ${why}.`,
    why: 'In JSON Lines a record is {"smiles" or "sequence", "question", "answer"}.',
    fix: "Name the format that the file is in.",
  });
}
