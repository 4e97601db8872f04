/**
 * How often a reader speaks where nothing is stated: BC5CDR documents without the sentences that name the disease of a relation, by gold mentions.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     node tmp/bench/bench/silence.js CORPORA [--split development|test] [--model NAME|FOLDER] [--least 200]
 *
 * Documents that keep fewer characters than `--least` are left out. Prints JSON: documents, those with output at the defaults, and the relations.
 */
import { parseArgs } from "node:util";
import { readNamedMentions } from "../src/corpora/entities/named-data.ts";
import { extract } from "../src/workflows/extract.ts";
import { openReader } from "../src/workflows/open-reader.ts";
import { lengthOf, stripped } from "./stripped.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    split: { type: "string", default: "test" },
    model: { type: "string" },
    least: { type: "string", default: "200" },
  },
});

const { documents } = readNamedMentions(`BC5CDR:${flags.split}`, positionals[0]);
const left = documents.map(stripped).filter((document) => lengthOf(document) >= Number(flags.least));
using reader = await openReader(flags.model);
const printed: { documentId: string; head: string; tail: string; probability: number; evidence: string }[] = [];
for await (const { document, relations } of extract(left, { model: reader, scheme: "chemical-disease" })) {
  for (const { head, tail, probability, evidence } of relations) {
    const names = { head: head.text, tail: tail.text };
    printed.push({ documentId: document.id, ...names, probability, evidence: evidence?.text ?? "" });
  }
}
const withOutput = new Set(printed.map(({ documentId }) => documentId)).size;
const counts = { model: reader.name, split: flags.split, of: documents.length, documents: left.length, withOutput };
process.stdout.write(
  `${JSON.stringify({ ...counts, share: withOutput / left.length, relations: printed.length, printed }, null, 1)}\n`,
);
