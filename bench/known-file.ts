/**
 * Makes `known.jsonl.gz` of models/biomedgpt-mini: descriptions of molecules with what molecules are compared by.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     node tmp/bench/bench/known-file.js validation.txt.gz models/biomedgpt-mini/known.jsonl.gz
 */
import { writeFileSync } from "node:fs";
import { detectDescribed, readDescribed } from "../src/corpora/tasks/described.ts";
import { decodeText, readBytes } from "../src/corpora/tasks/task-files.ts";
import { writeKnown } from "../src/tasks/known-descriptions/known-file.ts";
import { learnMolecules } from "../src/tasks/known-descriptions/known-molecules.ts";

const [dataPath, outPath] = process.argv.slice(2) as [string, string];
const data = decodeText(readBytes(dataPath));
// The reader halves the backslashes that the published file doubles.
const { records } = readDescribed(data, detectDescribed(data, dataPath), dataPath);
const { known, unread } = await learnMolecules(records);
const about = {
  source: "ChEBI (in ChEBI-20's validation part)",
  licence: "descriptions: ChEBI, CC BY 4.0; collection: ChEBI-20 as in blender-nlp/MolT5, BSD-3-Clause",
  question: "Please describe this molecule.",
};
writeFileSync(outPath, writeKnown({ ...about, known }));
console.log(`${known.length} molecules, ${unread} could not be read`);
