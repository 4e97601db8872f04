/**
 * What biogpt-mini-reader learns from besides corpora by name, as files for `biogpt finetune relations`.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     node tmp/bench/bench/reader-data.js CORPORA ABSTRACTS.jsonl.gz... --out DIR [--ordinary 1600] [--model NAME|FOLDER]
 *
 * Writes, in PubTator's form,
 * - `stated.pubtator`: BC5CDR's training part and the first 350 documents of its development part, and the same without the sentences that name the
 *   disease of a relation, of which at least 200 characters are left (`--data`);
 * - `held.pubtator`, `held-silent.pubtator`: the other 150, and what is left of them (`--without`, and what thresholds are chosen on);
 * - `judged.pubtator`: ordinary abstracts with pairs that were judged by reading (docs/judged), names as the model finds them (`--silver`);
 * - `ordinary.pubtator`: others, drawn, a third of them among those that speak of effects or targets (`--silver`).
 *
 * Of ordinary abstracts a pair that nobody judged and that the model gives 0.15 or more is marked as unknown: it teaches nothing. All others are in no relation.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../src/base/random.ts";
import type { Document } from "../src/corpora/document.ts";
import type { MentionDocument } from "../src/corpora/entities/mention-document.ts";
import { readNamedMentions } from "../src/corpora/entities/named-data.ts";
import { readDocuments } from "../src/corpora/index.ts";
import { pubtatorText } from "../src/corpora/literature/annotated/write-pubtator.ts";
import type { ReadDocument } from "../src/tasks/mention-relations/relation-reader.ts";
import { UNKNOWN_RELATION } from "../src/tasks/mention-relations/training-data.ts";
import { documentNames } from "../src/tasks/relation-extraction/document-names.ts";
import { openReader } from "../src/workflows/open-reader.ts";
import { lengthOf, stripped } from "./stripped.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    ordinary: { type: "string", default: "1600" },
    model: { type: "string" },
    judged: { type: "string", default: "docs/judged/ordinary-2026-11-30.tsv" },
  },
});
const [corpora, ...abstracts] = positionals;
if (corpora === undefined || abstracts.length === 0 || flags.out === undefined) {
  throw new Error("usage: reader-data.js CORPORA ABSTRACTS.jsonl.gz... --out DIR");
}
const LEARNT_OF_DEVELOPMENT = 350;
const LEAST_CHARACTERS = 200;
/** From which on a pair that nobody judged is not called unrelated. */
const DOUBT = 0.15;
const SPEAKS = /\b(?:adverse|side effects?|toxicit|induced|inhibitors?|receptor|interact|antagonist|agonist)/gi;

const out = flags.out;
mkdirSync(out, { recursive: true });
const write = (name: string, documents: readonly Document[]): void => {
  writeFileSync(join(out, name), documents.map(pubtatorText).join(""));
  process.stdout.write(`${name}: ${documents.length} documents\n`);
};

const [training, development] = ["BC5CDR:train", "BC5CDR:development"].map((name) => readNamedMentions(name, corpora));
const learnt = [...training!.documents, ...development!.documents.slice(0, LEARNT_OF_DEVELOPMENT)];
const held = development!.documents.slice(LEARNT_OF_DEVELOPMENT);
const silent = (documents: readonly MentionDocument[]): Document[] =>
  documents
    .map(stripped)
    .filter((document) => lengthOf(document) >= LEAST_CHARACTERS)
    .map((document) => ({ ...document, id: `${document.id}-silent` }));
write("stated.pubtator", [...learnt.map(stated), ...silent(learnt)]);
write("held.pubtator", held.map(stated));
write("held-silent.pubtator", silent(held));

/** With the package's label of its relations, each between two concepts. */
function stated({ id, passages, mentions, relations = [] }: MentionDocument): Document {
  const pairs = relations.map(({ head, tail }) => {
    const [identifier, other] = [head, tail].map((side) => commonId(side.map((index) => mentions[index]!.ids)));
    return { type: "chemical-induced disease", head: { identifier: identifier! }, tail: { identifier: other! } };
  });
  const named = mentions.map(({ ids, ...mention }) => ({ ...mention, identifiers: ids }));
  return { id, source: "BC5CDR", passages, mentions: named, relations: pairs };
}

/** The concept that all places of one side have in common. */
function commonId([first, ...others]: readonly (readonly string[])[]): string {
  return first!.find((id) => others.every((ids) => ids.includes(id))) ?? first![0]!;
}

interface Verdict {
  readonly scheme: string;
  readonly names: readonly [head: string, tail: string];
  /** `wrong`, `unsure`, or the label that is right. */
  readonly says: string;
}

const verdicts = new Map<string, Verdict[]>();
for (const line of readFileSync(flags.judged, "utf8").split("\n")) {
  const [pmid, scheme, relation, head, tail, verdict] = line.split("\t");
  if (verdict === undefined || verdict === "verdict") continue;
  const says = verdict === "right" ? relation! : verdict;
  const names = [head!.toLowerCase(), tail!.toLowerCase()] as const;
  verdicts.set(pmid!, [...(verdicts.get(pmid!) ?? []), { scheme: scheme!, names, says }]);
}

const random = new Random(20261201);
const judged: Document[] = [];
const [drawn, speaking]: [Document[], Document[]] = [[], []];
for await (const document of readDocuments(abstracts)) {
  const text = document.passages.map((passage) => passage.text).join(" ");
  if (verdicts.has(document.id)) judged.push(document);
  else if (random.next() < 0.05) drawn.push(document);
  else if (random.next() < 0.08 && (text.match(SPEAKS) ?? []).length > 1) speaking.push(document);
}
const third = Math.floor(Number(flags.ordinary) / 3);
using reader = await openReader(flags.model);
for (const [name, documents] of [
  ["judged.pubtator", judged],
  ["ordinary.pubtator", [...drawn.slice(0, Number(flags.ordinary) - third), ...speaking.slice(0, third)]],
] as const) {
  const read: Document[] = [];
  for await (const one of reader.read(documents)) read.push(withVerdicts(one));
  write(name, read);
}

function withVerdicts({ document, mentions, pairs }: ReadDocument<Document>): Document {
  const names = documentNames(document);
  const keys = mentions.map(({ type, text }) => `${type} ${names.keyOf(text)}`);
  const concepts = [...new Set(keys)];
  const identifiers = keys.map((key) => `N${concepts.indexOf(key)}`);
  const relations = pairs.flatMap(({ scheme, probabilities, places }) => {
    const [head, tail] = places[0]!;
    const sides = [0, 1].map((side) => new Set(places.map((place) => mentions[place[side]!]!.text.toLowerCase())));
    const says = verdicts
      .get(document.id)
      ?.filter((verdict) => verdict.scheme === scheme.name)
      .find(({ names: [one, other] }) =>
        scheme.symmetric
          ? [one, other].every((name) => sides.some((side) => side.has(name)))
          : sides[0]!.has(one) && sides[1]!.has(other),
      )?.says;
    const doubt = probabilities.reduce((sum, probability) => sum + probability, 0) >= DOUBT;
    const type = says === "unsure" || (says === undefined && doubt) ? UNKNOWN_RELATION : (says ?? "wrong");
    if (type === "wrong") return [];
    return [{ type, head: { identifier: identifiers[head]! }, tail: { identifier: identifiers[tail]! } }];
  });
  const found = mentions.map(({ ids: _, probability: _probability, typeProbability: _type, ...mention }, i) => ({
    ...mention,
    identifiers: [identifiers[i]!],
  }));
  return { ...document, mentions: found, relations };
}
