/**
 * Proteins from what users have: bare residues, FASTA (one record or many), UniProtKB text.
 *
 * Cleaned   white space and position numbers go, so does a `*` at the end; lower case becomes upper case and J (leucine or isoleucine) X, both noted.
 *           Anything else that ESM-2 has no token for is an error that lists it: guessing at it would change the protein.
 * Left out  nucleotide sequences, which are recognised and refused; UniProt's XML
 */
import { BiogptError } from "../base/errors.ts";

export interface Protein {
  /** The first word of a FASTA header, UniProt's entry name; empty for bare residues. */
  readonly name: string;
  readonly sequence: string;
  /** What was changed, a sentence each. */
  readonly notes: readonly string[];
}

/** Titin, the longest human protein, has 34,350 residues; its longest isoform 35,991. */
export const MAX_RESIDUES = 36_000;
/** Residues of ESM-2's vocabulary. */
const RESIDUES = "ACDEFGHIKLMNPQRSTVWYXBUZO.-";
/** A shorter text of A, C, G, T, U and N may well be a peptide. */
const FEWEST_NUCLEOTIDES = 20;

/**
 * @param source where the text is from, for messages
 * @returns at least one protein
 * @throws BiogptError `molecules/no-protein`, `molecules/nucleotides`, `molecules/residues`, `molecules/too-many-residues`
 */
export function readProteins(text: string, source = "the protein"): Protein[] {
  const trimmed = text.replace(/^\ufeff/, "").trim();
  if (trimmed === "") throw noProtein(source, "it is empty");
  const records = trimmed.startsWith(">")
    ? fastaRecords(trimmed)
    : /^ID {3}/.test(trimmed)
      ? uniprotRecords(trimmed, source)
      : [{ name: "", text: trimmed }];
  return records.map(({ name, text: residues }) =>
    readProtein(name, residues, name === "" ? source : `${name} of ${source}`),
  );
}

interface Raw {
  readonly name: string;
  readonly text: string;
}

function fastaRecords(text: string): Raw[] {
  return text
    .split(/^>/m)
    .slice(1)
    .map((record) => {
      const [header = "", ...lines] = record.split(/\r?\n|\r/);
      return {
        name: header.trim().split(/\s/, 1)[0] ?? "",
        text: lines.filter((line) => !line.startsWith(";")).join("\n"),
      };
    });
}

/** Entries end with `//`; the sequence stands between the SQ line and that. */
function uniprotRecords(text: string, source: string): Raw[] {
  const entries = text.split(/^\/\/\s*$/m).filter((entry) => entry.trim() !== "");
  return entries.map((entry) => {
    const name = /^ID {3}(\S+)/m.exec(entry)?.[1] ?? "";
    const sequence = /^SQ {3}SEQUENCE[^\n]*\n([\s\S]*)$/m.exec(entry)?.[1];
    if (sequence === undefined)
      throw noProtein(source, `its entry ${name === "" ? "without a name" : name} has no SQ line`);
    return { name, text: sequence };
  });
}

function readProtein(name: string, text: string, source: string): Protein {
  const written = text.replace(/[\s\d]/g, "").replace(/\*$/, "");
  if (written === "") throw noProtein(source, "it has no residues");
  if (written.length > MAX_RESIDUES) {
    throw new BiogptError("molecules/too-many-residues", {
      what: `${source} has ${written.length} residues; at most ${MAX_RESIDUES} are read.`,
      why: "The longest human protein has fewer, and the encoder reads 1,022 at a time.",
      fix: "Give a domain, or check that the file is one protein.",
    });
  }
  const upper = written.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  refuseNucleotides(upper, source);
  const unknown = new Map<string, number[]>();
  let at = 0;
  for (const letter of upper) {
    at++;
    if (RESIDUES.includes(letter) || letter === "J") continue;
    const places = unknown.get(letter);
    if (places === undefined) unknown.set(letter, [at]);
    else places.push(at);
  }
  if (unknown.size > 0) throw unknownResidues(unknown, source);
  const notes: string[] = [];
  const lowerCase = written.replace(/[^a-z]/g, "").length;
  if (lowerCase > 0)
    notes.push(`${lowerCase} of ${written.length} residues were in lower case and were read as upper case.`);
  const leucines = upper.split("J").length - 1;
  if (leucines > 0) notes.push(`J (leucine or isoleucine), ${leucines} times, is read as X.`);
  return { name, sequence: upper.replaceAll("J", "X"), notes };
}

function refuseNucleotides(sequence: string, source: string): void {
  if (sequence.length < FEWEST_NUCLEOTIDES || !/^[ACGTUN-]+$/.test(sequence)) return;
  throw new BiogptError("molecules/nucleotides", {
    what: `${source} looks like DNA or RNA: its ${sequence.length} letters are all of A, C, G, T, U and N.`,
    why: "The encoder reads proteins.",
    fix: "Translate it first.",
  });
}

function unknownResidues(unknown: ReadonlyMap<string, readonly number[]>, source: string): BiogptError {
  const listed = [...unknown].slice(0, 8).map(([letter, places]) => {
    const shown = places.slice(0, 3).join(", ");
    return `${letter} at ${shown}${places.length > 3 ? ` and ${places.length - 3} more` : ""}`;
  });
  return new BiogptError("molecules/residues", {
    what: `${source} has letters that are no residues: ${listed.join("; ")}${unknown.size > 8 ? "; …" : ""}.`,
    why: "Residues are the 20 amino acids, B, Z, U, O and X for any; places are counted from 1.",
    fix: "Write X where the residue is not known.",
  });
}

function noProtein(source: string, why: string): BiogptError {
  return new BiogptError("molecules/no-protein", {
    what: `There is no protein in ${source}: ${why}.`,
    fix: "Give residues, FASTA or UniProt text.",
  });
}
