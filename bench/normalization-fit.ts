/**
 * Fits the coefficients of src/knowledge-graph/vocabulary/similarity.ts, and says how often the best of the similar names is right.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     node tmp/bench/bench/normalization-fit.js medic.idx ../shared/data/tasks
 *
 * Learns on the diseases of the training parts of the NCBI disease corpus and BC5CDR that no folding finds in MEDIC, abbreviations written out; measures on the
 * development parts. The ranking is a softmax over a mention's similar names (Adam, L2), its scale and offset then make the best one's score a probability.
 */
import { join } from "node:path";
import { readMentions } from "../src/corpora/entities/read-mentions.ts";
import { annotatedCurie } from "../src/corpora/vocabularies/curie.ts";
import { foldName, keyOf } from "../src/knowledge-graph/vocabulary/folding.ts";
import { RANKS } from "../src/knowledge-graph/vocabulary/index-format.ts";
import { features, NameComparison } from "../src/knowledge-graph/vocabulary/similarity.ts";
import type { Vocabularies } from "../src/knowledge-graph/vocabulary/vocabularies.ts";
import { VocabularyIndex } from "../src/knowledge-graph/vocabulary/vocabulary-index.ts";
import { meaningsOf } from "../src/knowledge-graph/vocabulary/word-meanings.ts";
import { normalizeMentions } from "../src/mining/normalize/document.ts";

const CDR = "BC5CDR/CDR.Corpus.v010516/CDR";
const PARTS = {
  training: ["NCBI-disease/train/NCBItrainset_corpus.txt.gz", `${CDR}_TrainingSet.PubTator.txt.gz`],
  development: ["NCBI-disease/devel/NCBIdevelopset_corpus.txt", `${CDR}_DevelopmentSet.PubTator.txt.gz`],
};
const SIMILAR = 40;
/** Mentions of one name count up to this often. */
const MOST_COUNT = 3;
const ROUNDS = 240;
const RATE = 0.1;
const SHRINK = 0.002;

interface Row {
  readonly values: readonly number[];
  readonly right: boolean;
}
interface Question {
  readonly rows: readonly Row[];
  readonly count: number;
}

const [indexPath, tasks] = process.argv.slice(2) as [string, string];
const index = new VocabularyIndex(indexPath);
const [training, development] = [questionsOf(PARTS.training), questionsOf(PARTS.development)];
const ranking = fitRanking(training.filter(({ rows }) => rows.some(({ right }) => right)));
console.log(`${training.length} names to learn on, ${development.length} to measure on`);
console.log(`right at the first: ${share(training, ranking)} % and ${share(development, ranking)} %`);
console.log(
  `coefficients ${calibrated(training, ranking)
    .map((value) => value.toFixed(3))
    .join(", ")}`,
);

/** Names that no folding finds, with the features of their similar names. */
function questionsOf(files: readonly string[]): Question[] {
  const names = new Map<string, { name: string; gold: readonly (string | undefined)[]; count: number }>();
  for (const document of files.flatMap((file) => readMentions(join(tasks, file)).documents)) {
    const mentions = document.mentions.filter(({ type, ids }) => type === "Disease" && ids.length > 0);
    const asked: string[] = [];
    // What the document's abbreviations make of each mention.
    const listening = {
      normalize(name: string) {
        asked.push(name);
        return { name, candidates: [], nil: false };
      },
    } as Pick<Vocabularies, "normalize"> as Vocabularies;
    normalizeMentions(document, mentions, listening);
    for (const [i, { ids, type }] of mentions.entries()) {
      const name = asked[i]!;
      const { key, folded } = foldName(name);
      if (key === "" || [key, keyOf(meaningsOf(folded))].some((one) => index.namesOfKey(one).length > 0)) continue;
      const entry = names.get(`${name.toLowerCase()}|${ids.join("|")}`);
      if (entry !== undefined) entry.count++;
      else
        names.set(`${name.toLowerCase()}|${ids.join("|")}`, {
          name,
          gold: ids.map((id) => annotatedCurie(id, type)),
          count: 1,
        });
    }
  }
  return [...names.values()].map(({ name, gold, count }) => {
    const { folded } = foldName(name);
    const comparison = new NameComparison((trigrams) => index.weightOf(trigrams));
    const query = comparison.name(name);
    const rows = index.similarNames(meaningsOf(folded), SIMILAR).map((similar) => {
      const concept = index.concept(similar.concept);
      const other = comparison.name(similar.text);
      return {
        values: features(query, other, similar.cosine, similar.rank === RANKS.preferred),
        right: [concept.id, ...concept.alternatives].some((id) => gold.includes(id)),
      };
    });
    return { rows, count: Math.min(MOST_COUNT, count) };
  });
}

function scoreOf({ values }: Row, coefficients: readonly number[]): number {
  return values.reduce((sum, value, i) => sum + value * coefficients[i]!, 0);
}

function fitRanking(questions: readonly Question[]): number[] {
  const size = questions[0]!.rows[0]!.values.length;
  const [coefficients, mean, square] = [0, 0, 0].map(() => new Array<number>(size).fill(0)) as [
    number[],
    number[],
    number[],
  ];
  for (let round = 1; round <= ROUNDS; round++) {
    const gradient = new Array<number>(size).fill(0);
    for (const { rows, count } of questions) {
      const scores = rows.map((row) => scoreOf(row, coefficients));
      const highest = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - highest));
      const all = powers.reduce((sum, power) => sum + power, 0);
      const right = powers.reduce((sum, power, i) => sum + (rows[i]!.right ? power : 0), 0);
      for (const [k, row] of rows.entries()) {
        const weight = count * (powers[k]! / all - (row.right ? powers[k]! / right : 0));
        for (let i = 0; i < size; i++) gradient[i]! += weight * row.values[i]!;
      }
    }
    for (let i = 0; i < size; i++) {
      const slope = gradient[i]! / questions.length + SHRINK * coefficients[i]!;
      mean[i] = 0.9 * mean[i]! + 0.1 * slope;
      square[i] = 0.999 * square[i]! + 0.001 * slope ** 2;
      const step = mean[i]! / (1 - 0.9 ** round) / (Math.sqrt(square[i]! / (1 - 0.999 ** round)) + 1e-8);
      coefficients[i]! -= RATE * step;
    }
  }
  return coefficients;
}

function bestOf({ rows }: Question, coefficients: readonly number[]): { score: number; right: boolean } | undefined {
  const scored = rows.map((row) => ({ score: scoreOf(row, coefficients), right: row.right }));
  return scored.sort((a, b) => b.score - a.score)[0];
}

function share(questions: readonly Question[], coefficients: readonly number[]): string {
  const all = questions.reduce((sum, { count }) => sum + count, 0);
  const right = questions.reduce((sum, one) => sum + (bestOf(one, coefficients)?.right === true ? one.count : 0), 0);
  return ((100 * right) / all).toFixed(1);
}

/** The same ranking, scaled so that the best name's score is the log-odds of its being right. */
function calibrated(questions: readonly Question[], ranking: readonly number[]): number[] {
  const best = questions.flatMap((one) => bestOf(one, ranking) ?? []);
  const middle = best.reduce((sum, { score }) => sum + score, 0) / best.length;
  let [scale, offset] = [1, 0];
  for (let round = 0; round < 1500; round++) {
    let [byScale, byOffset] = [0, 0];
    for (const { score, right } of best) {
      const error = 1 / (1 + Math.exp(-(scale * (score - middle) + offset))) - (right ? 1 : 0);
      byScale += (error * (score - middle)) / best.length;
      byOffset += error / best.length;
    }
    scale -= 0.3 * byScale;
    offset -= 0.3 * byOffset;
  }
  return ranking.map((value, i) => (i === 0 ? offset - scale * middle : scale * value));
}
