/** What the head of a reader reads with a batch: names, pairs and right answers of the batch's windows. */
import { READER_ROOM } from "../../training/step/reader-head.ts";
import type { FurtherBatch } from "../../training/step/training-step.ts";
import { type PairWindow, pairArrays } from "./pair-arrays.ts";
import { firstScore, type ReaderScheme, scoreCount } from "./reader-scheme.ts";
import type { LabelledPair, ReaderSequence } from "./training-data.ts";

/** Log-odds of what is no relation of the pair's scheme: nothing of the softmax is left to it. */
const OTHER_SCHEME = -1e9;

/**
 * @param weight of a pair's loss, where a token's is 1
 * @param shape  of the batch; rows are time-major: token t of sequence b is row t * batch + b
 */
export function readerBatch(
  sequences: readonly ReaderSequence[],
  schemes: readonly ReaderScheme[],
  weight: number,
  { batch, length }: { readonly batch: number; readonly length: number },
): FurtherBatch {
  const room = { names: 0, pairs: 0, groups: 0 };
  const windows: PairWindow[] = [];
  const groups: LabelledPair[] = [];
  for (const [b, { names, sentences, pairs, tagged }] of sequences.entries()) {
    if (room.names + names.length > READER_ROOM.names) continue;
    const kept: LabelledPair[] = [];
    for (const pair of pairs) {
      if (room.groups >= READER_ROOM.groups || room.pairs + pair.places.length > READER_ROOM.pairs) continue;
      room.groups++;
      room.pairs += pair.places.length;
      kept.push(pair);
    }
    room.names += names.length;
    windows.push({
      ...{ names, sentences, tokens: sentences.length },
      pairs: kept.flatMap(({ places }) => places),
      rowOf: (token) => (tagged + token) * batch + b,
    });
    groups.push(...kept);
  }
  const { first, last, head, tail, distance, reach } = pairArrays(windows, batch * length, READER_ROOM);
  const { pairs: P, groups: G } = READER_ROOM;
  const width = 1 + scoreCount(schemes);
  const arrays = {
    groupPairs: new Float32Array(G * P),
    groupScheme: new Float32Array(G * width),
    groupAnswer: new Float32Array(G * width),
  };
  const weights = new Float32Array(G);
  let pair = 0;
  for (let group = 0; group < G; group++) {
    const labelled = groups[group];
    arrays.groupAnswer[group * width + 1 + (labelled?.score ?? -1)] = 1;
    if (labelled === undefined) continue;
    weights[group] = weight;
    arrays.groupPairs.fill(1, group * P + pair, group * P + pair + labelled.places.length);
    pair += labelled.places.length;
    const from = firstScore(schemes, labelled.scheme);
    const to = from + schemes[labelled.scheme]!.relations.length;
    for (let score = 0; score < width - 1; score++) {
      if (score < from || score >= to) arrays.groupScheme[group * width + 1 + score] = OTHER_SCHEME;
    }
  }
  const pairInputs = { nameFirst: first, nameLast: last, pairHead: head, pairTail: tail, pairDistance: distance };
  return { inputs: { ...pairInputs, pairReach: reach, ...arrays }, weights };
}
