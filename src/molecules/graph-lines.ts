/** A graph in words, a line for each atom and bond: for people who look at what a model sees. */
import { ELEMENT_SYMBOLS, type MolecularGraph } from "./molecular-graph.ts";

export function graphLines(graph: MolecularGraph): string[] {
  const { smiles, atomTypes, chiralities, bondBegins, bondEnds, bondTypes, bondDirections } = graph;
  const lines = [`${smiles}: ${atomTypes.length} atoms, ${bondBegins.length} bonds`];
  atomTypes.forEach((type, i) => {
    const chirality = ["", "  clockwise", "  counter-clockwise"][chiralities[i]!]!;
    lines.push(`  atom ${i}  ${ELEMENT_SYMBOLS[type]}${chirality}`);
  });
  bondBegins.forEach((begin, i) => {
    const type = ["single", "double", "triple", "aromatic"][bondTypes[i]!]!;
    lines.push(`  bond ${begin}-${bondEnds[i]}  ${type}${["", "  up", "  down"][bondDirections[i]!]!}`);
  });
  return lines;
}
