/** Molecules and proteins as a person names them: a SMILES, residues, or a file, of which one record may be chosen by its name. */
import { stat } from "node:fs/promises";
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import { type Protein, readProteins } from "../molecules/proteins.ts";
import type { Attachment } from "../tokenizers/chat/conversation.ts";
import { readTextFile } from "./read-text-file.ts";

/** What is attached, as it was given. */
export interface NamedAttachment {
  readonly kind: Attachment["kind"];
  /** A SMILES; residues, FASTA or UniProt text of one protein, the path of a file of these, or `PATH#NAME` for one of several in it. */
  readonly text: string;
}

export interface FoundAttachment {
  readonly attachment: Attachment;
  /** What was changed, a sentence each. */
  readonly notes: readonly string[];
}

/** @throws BiogptError `input/no-file`, `input/too-large`, `input/proteins`, and what `readProteins` throws */
export async function findAttachment({ kind, text }: NamedAttachment): Promise<FoundAttachment> {
  if (kind === "molecule") return { attachment: { kind, text }, notes: [] };
  const { name, sequence, notes } = await findProtein(text.trim());
  return { attachment: { kind, text: name === "" ? sequence : `>${name}\n${sequence}` }, notes };
}

async function findProtein(given: string): Promise<Protein> {
  if (await isFile(given)) return chosen(readProteins(await readTextFile(given), given), given);
  const [, path = "", name = ""] = /^(.+)#(.+)$/.exec(given) ?? [];
  if (path !== "" && (await isFile(path))) return chosen(readProteins(await readTextFile(path), path), path, name);
  // Neither residues nor FASTA have these; what looks like a path was meant as one.
  if (/^[^\s>]*[./\\#][^\s]*$/.test(given) && /[/\\#]|\.\w+$/.test(given)) await readTextFile(given);
  return chosen(readProteins(given), "the text");
}

function chosen(proteins: readonly Protein[], source: string, name?: string): Protein {
  const names = proteins.map((protein) => protein.name);
  if (name !== undefined) {
    const found = proteins.find((protein) => protein.name === name);
    if (found !== undefined) return found;
    throw new BiogptError("input/proteins", {
      what: `${source} holds no protein ${name}.`,
      fix: `It holds ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}.${didYouMean(name, names)}`,
    });
  }
  if (proteins.length === 1) return proteins[0]!;
  throw new BiogptError("input/proteins", {
    what: `${source} holds ${proteins.length} proteins: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}.`,
    why: "One attachment is one protein.",
    fix: `Name one of them: ${source}#${names.find((one) => one !== "") ?? "NAME"}.`,
  });
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}
