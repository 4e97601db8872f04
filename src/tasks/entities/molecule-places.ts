/** Words that a tagger takes for names and that say where in a molecule something is. */

const RESIDUE = "(?:Ala|Arg|Asn|Asp|Cys|Gln|Glu|Gly|His|Ile|Leu|Lys|Met|Phe|Pro|Ser|Thr|Trp|Tyr|Val)";
/** A residue of a protein or its exchange for another: "Glu387", "Ile24Val". */
const RESIDUE_PLACE = new RegExp(`^(?:p\\.)?${RESIDUE}-?\\(?\\d{1,4}\\)?(?:${RESIDUE}|Ter)?$`);
/** The atom that a group hangs on: the "N" of "N-alkylation". */
const LOCANT = /^[CNOS]$/;
const LOCANT_BEHIND = /^-[a-z]/;

/** @param behind what the text has right behind the name */
export function isMoleculePlace(name: string, behind: string): boolean {
  return RESIDUE_PLACE.test(name) || (LOCANT.test(name) && LOCANT_BEHIND.test(behind));
}
