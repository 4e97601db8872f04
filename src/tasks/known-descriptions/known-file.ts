/**
 * Known molecules as a file of their own, so that their fingerprints are not made anew: JSON Lines, gzip.
 *
 *     {"format": "biogpt-known/1", "source", "licence", "question"}
 *     {"smiles", "text", "prints": {"circular", "stereo", "keys"}, "atoms", "charge", "centres"}      prints in base64, a line a molecule
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import { Fingerprint } from "../../molecules/fingerprint.ts";
import { PRINT_NAMES, type PrintName } from "../../molecules/traits.ts";
import type { KnownMolecule } from "./known-molecules.ts";

const FORMAT = "biogpt-known/1";
/** A hundred thousand molecules with their texts have some 150 MB. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

export interface KnownFile {
  /** Where the texts come from, as answers name it. */
  readonly source: string;
  /** Of the texts; empty where it was not said. */
  readonly licence: string;
  /** What the texts answer. */
  readonly question: string;
  readonly known: readonly KnownMolecule[];
}

const HEADER = z.object({ format: z.literal(FORMAT), source: z.string(), licence: z.string(), question: z.string() });
const PRINT = z.base64();
const LINE = z.object({
  smiles: z.string().min(1),
  text: z.string().min(1),
  prints: z.object({ circular: PRINT, stereo: PRINT, keys: PRINT }),
  atoms: z.record(z.string().regex(/^\d{1,3}$/), z.number().int().positive()),
  charge: z.number().int(),
  centres: z.number().int().nonnegative(),
});

/** @returns bytes of the file; the same molecules give the same bytes */
export function writeKnown({ known, source, licence, question }: KnownFile): Uint8Array {
  const lines = known.map(({ smiles, text, traits: { prints, atoms, charge, centres } }) => {
    const encoded = PRINT_NAMES.map((name) => [name, Buffer.from(prints[name].bytes).toString("base64")]);
    return { smiles, text, prints: Object.fromEntries(encoded), atoms, charge, centres };
  });
  const all = [{ format: FORMAT, source, licence, question }, ...lines];
  return gzipSync(all.map((line) => `${JSON.stringify(line)}\n`).join(""), { level: 9 });
}

/** @throws BiogptError `tasks/known-molecules` */
export function readKnown(bytes: Uint8Array, path: string): KnownFile {
  try {
    const text = gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }).toString("utf8");
    const [first, ...lines] = text.trimEnd().split("\n");
    const { source, licence, question } = HEADER.parse(JSON.parse(first!));
    const known = lines.map((line) => {
      const { smiles, text: description, prints, ...traits } = LINE.parse(JSON.parse(line));
      const decoded = PRINT_NAMES.map((name) => [name, new Fingerprint(Buffer.from(prints[name], "base64"))] as const);
      return {
        smiles,
        text: description,
        traits: { ...traits, prints: Object.fromEntries(decoded) as Record<PrintName, Fingerprint> },
      };
    });
    const [one] = known;
    if (known.some(({ traits }) => PRINT_NAMES.some((name) => lengthOf(traits, name) !== lengthOf(one!.traits, name))))
      throw new Error("fingerprints are of different lengths");
    return { source, licence, question, known };
  } catch (cause) {
    throw new BiogptError("tasks/known-molecules", {
      what: `${path} is no whole file of known molecules: ${(cause as Error).message.slice(0, 200)}.`,
      fix: "Delete it, so that it is made anew, or take the one that came with the model.",
      cause,
    });
  }
}

function lengthOf({ prints }: KnownMolecule["traits"], name: PrintName): number {
  return prints[name].bytes.length;
}
