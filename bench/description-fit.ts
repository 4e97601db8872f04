/**
 * Fits the coefficients of src/tasks/known-descriptions/description-ranking.ts, and says what BLEU-4 the descriptions that it chooses have.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     node tmp/bench/bench/description-fit.js validation.txt.gz scibert-vocab.txt.gz
 *
 * Each molecule of ChEBI-20's validation part is described from all others. The ranking is a softmax over a molecule's candidates that makes the expected
 * BLEU-4 of its choice largest (Adam, L2); shown are the figures of five folds, each chosen by coefficients that did not see it, and beside them those of
 * the most similar molecule by Morgan fingerprint alone.
 */

import { detectDescribed, readDescribed } from "../src/corpora/tasks/described.ts";
import { decodeText, readBytes } from "../src/corpora/tasks/task-files.ts";
import { type BleuCounts, bleuCounts, corpusBleu, smoothedBleu } from "../src/evaluation/scorers/text/bleu.ts";
import { openWordPieces } from "../src/evaluation/scorers/text/word-pieces.ts";
import { nearest } from "../src/molecules/fingerprint.ts";
import { rankingFeatures } from "../src/tasks/known-descriptions/description-ranking.ts";
import { KnownMolecules, learnMolecules } from "../src/tasks/known-descriptions/known-molecules.ts";

const FOLDS = 5;
const ROUNDS = 250;
const RATE = 0.08;
const SHRINK = 1e-4;

interface Query {
  readonly rows: readonly (readonly number[])[];
  /** Of each candidate's text against the truth. */
  readonly counts: readonly BleuCounts[];
  readonly worth: readonly number[];
  readonly nearest: BleuCounts;
}

const [dataPath, vocabularyPath] = process.argv.slice(2) as [string, string];
const data = decodeText(readBytes(dataPath));
const { records } = readDescribed(data, detectDescribed(data, dataPath), dataPath);
const pieces = openWordPieces(decodeText(readBytes(vocabularyPath)));
const { known } = await learnMolecules(records);
const library = new KnownMolecules(known);
const tokens = known.map(({ text }) => pieces.split(text));
const prints = known.map(({ traits }) => traits.prints.circular);
const queries = known.map(({ traits }, at): Query => {
  const without = new Set([at]);
  const candidates = library.candidates(traits, { without });
  const against = (other: number): BleuCounts => bleuCounts({ output: tokens[other]!, truth: tokens[at]! }, 4);
  const counts = candidates.map((candidate) => against(candidate.at));
  const others = prints.filter((_, i) => i !== at);
  const first = nearest(traits.prints.circular, others)!.at;
  return {
    rows: rankingFeatures(traits, candidates, library.neighbours(traits, { without })),
    counts,
    worth: counts.map((one) => smoothedBleu(one, 4)),
    nearest: against(first < at ? first : first + 1),
  };
});
const fold = (at: number): number => at % FOLDS;
const chosen = Array.from({ length: FOLDS }, (_, k) => fitted(queries.filter((_, at) => fold(at) !== k)));
console.log(`nearest by Morgan fingerprint  ${bleu(queries.map((query) => query.nearest))}`);
console.log(`first of the candidates        ${bleu(queries.map(({ counts }) => counts[0]!))}`);
console.log(
  `chosen, held out               ${bleu(queries.map((query, at) => query.counts[best(query, chosen[fold(at)]!)]!))}`,
);
const all = fitted(queries);
console.log(`chosen, seen                   ${bleu(queries.map((query) => query.counts[best(query, all)]!))}`);
console.log(`coefficients ${all.map((value) => value.toFixed(3)).join(", ")}`);

function bleu(counts: readonly BleuCounts[]): string {
  return corpusBleu(counts, 4).toFixed(4);
}

function best({ rows }: Query, coefficients: readonly number[]): number {
  const scores = rows.map((row) => dot(row, coefficients));
  return scores.indexOf(Math.max(...scores));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Coefficients for features as they are; within, features have unit variance. */
function fitted(learn: readonly Query[]): number[] {
  const width = learn[0]!.rows[0]!.length;
  const rows = learn.flatMap((query) => query.rows);
  const scale = Array.from({ length: width }, (_, f) => {
    const mean = rows.reduce((sum, row) => sum + row[f]!, 0) / rows.length;
    return Math.sqrt(rows.reduce((sum, row) => sum + (row[f]! - mean) ** 2, 0) / rows.length) || 1;
  });
  const weights = new Float64Array(width);
  const [first, second] = [new Float64Array(width), new Float64Array(width)];
  for (let round = 1; round <= ROUNDS; round++) {
    const gradient = new Float64Array(width);
    for (const { rows: own, worth } of learn) {
      const scores = own.map((row) => row.reduce((sum, value, f) => sum + (value / scale[f]!) * weights[f]!, 0));
      const top = Math.max(...scores);
      const odds = scores.map((value) => Math.exp(value - top));
      const total = odds.reduce((sum, value) => sum + value, 0);
      const expected = odds.reduce((sum, value, i) => sum + (value / total) * worth[i]!, 0);
      for (const [i, row] of own.entries()) {
        const pull = ((odds[i]! / total) * (worth[i]! - expected)) / learn.length;
        for (let f = 0; f < width; f++) gradient[f]! += (pull * row[f]!) / scale[f]!;
      }
    }
    for (let f = 0; f < width; f++) {
      const g = gradient[f]! - SHRINK * weights[f]!;
      first[f] = 0.9 * first[f]! + 0.1 * g;
      second[f] = 0.99 * second[f]! + 0.01 * g * g;
      const [m, v] = [first[f]! / (1 - 0.9 ** round), second[f]! / (1 - 0.99 ** round)];
      weights[f]! += (RATE * m) / (Math.sqrt(v) + 1e-9);
    }
  }
  return Array.from(weights, (value, f) => value / scale[f]!);
}
