/**
 * A part of the work for one process of several that share a folder and nothing else: Slurm's arrays, Kubernetes' indexed jobs.
 *
 * Where there are at least as many sources as parts each source belongs to one part, so that it is read once; else units are dealt out in turn.
 */
import { BiogptError } from "../../base/errors.ts";

export interface Shard {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

const MOST_SHARDS = 100_000;

/** @param text `3/100` @throws BiogptError `mining/shard` */
export function parseShard(text: string): Shard {
  const [, number, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (number !== undefined && of !== undefined && number >= 1 && number <= of && of <= MOST_SHARDS)
    return { number, of };
  throw new BiogptError("mining/shard", {
    what: `${JSON.stringify(text)} is no part of the work.`,
    fix: `Give a number from 1 and how many there are: 3/100; at most ${MOST_SHARDS}.`,
  });
}

/** Whether a unit is this shard's. @param unit  number of the unit among all of the sources */
export function isOfShard({ number, of }: Shard, source: number, sources: number, unit: number): boolean {
  return (sources >= of ? source : unit) % of === number - 1;
}

/** Whether a source can be passed over unread. */
export function isSourceOfShard({ number, of }: Shard, source: number, sources: number): boolean {
  return sources < of || source % of === number - 1;
}
