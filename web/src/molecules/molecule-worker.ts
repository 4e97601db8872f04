/**
 * Reads molecules and proteins beside the page, and draws the molecules. RDKit makes functions of texts, which the page's Content-Security-Policy
 * forbids; this file alone has a policy that allows it (src/server/app.ts), and sees nothing of the page but what is to be read.
 */
import { BiogptError } from "../../../src/base/errors.ts";
import { findRdkitAt, molecularGraph } from "../../../src/molecules/chemistry.ts";
import { drawMolecule } from "../../../src/molecules/drawing.ts";
import { readProteins } from "../../../src/molecules/proteins.ts";
import type { ReadAnswer, ReadSubject, ReadTask, Slip } from "./messages.ts";

/** Of the package that this file was built with (web/vite.config.ts). */
declare const RDKIT_VERSION: string;

/** A picture of more is a blot, and takes seconds. */
const MOST_DRAWN = 250;

// The server has it of the same package; another version than this file's has another name, and is not found.
findRdkitAt(new URL(`/assets/rdkit-${RDKIT_VERSION}.wasm`, self.location.href).href);

addEventListener("message", async ({ data: { id, kind, text, dark } }: MessageEvent<ReadTask>) => {
  const reading = kind === "molecule" ? molecule(text, dark) : protein(text);
  const answer: ReadAnswer = await reading.then(
    (read) => ({ id, read }),
    (error: unknown) => ({ id, slip: slipOf(error) }),
  );
  postMessage(answer);
});

async function molecule(smiles: string, dark: boolean): Promise<ReadSubject> {
  const { atomTypes, notes } = await molecularGraph(smiles);
  const said = counted(atomTypes.length, "atom");
  if (atomTypes.length > MOST_DRAWN) return { said: `${said}, too many to be drawn`, notes };
  return { said, notes, picture: await drawMolecule(smiles, { dark }) };
}

async function protein(text: string): Promise<ReadSubject> {
  const [{ name, sequence, notes }, ...others] = readProteins(text) as [ReturnType<typeof readProteins>[0]];
  if (others.length > 0) {
    const what = `The text holds ${1 + others.length} proteins; one attachment is one.`;
    throw new BiogptError("input/proteins", { what, fix: "Attach one record of them." });
  }
  return { said: `${name === "" ? "" : `${name}, `}${counted(sequence.length, "residue")}`, notes };
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

function slipOf(error: unknown): Slip {
  if (!(error instanceof BiogptError)) return { code: "internal", what: String(error) };
  const { code, what, why, fix } = error;
  return { code, what, why, fix: fix?.replace("; in a shell it must stand in quotes", "") };
}
