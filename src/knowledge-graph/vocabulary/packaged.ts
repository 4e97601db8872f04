/** The vocabularies that the package holds: the Disease Ontology (CC0), so that diseases get identifiers without any download. */
import { fileURLToPath } from "node:url";

/** Release of 31 July 2026; vocabularies/README.md says how it was made. */
const DISEASE_ONTOLOGY = fileURLToPath(
  new URL("../../../vocabularies/disease-ontology-2026-07-31.idx", import.meta.url),
);

/** Paths for `openVocabularies`. */
export function packagedVocabularies(): string[] {
  return [DISEASE_ONTOLOGY];
}
