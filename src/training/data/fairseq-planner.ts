/**
 * fairseq's batch planner: which examples form a micro-batch under a budget of tokens.
 *
 * Follows  `batch_by_size_vec` of fairseq 0.12 (its Cython code) as BioGPT's recipes call it. Examples come sorted by length;
 *          a batch costs its longest example × its examples; sizes are below the multiple or multiples of it.
 * Left out the rule of fairseq's main branch since December 2022 that throws a last batch away whose size is no multiple.
 */
import { BiogptError } from "../../base/errors.ts";

export interface PlannerOptions {
  /** Tokens of a batch: longest × count. 1024 in BioGPT's recipes. */
  readonly maxTokens: number;
  /** fairseq's `required_batch_size_multiple`. Default 8. */
  readonly multiple?: number;
}

/**
 * @param lengths tokens of each example, ascending as fairseq orders them (stable sort after a shuffle)
 * @returns batches as [start, end) over `lengths`, in order, covering all of it
 * @throws BiogptError `training/example-too-long` when one example alone exceeds the budget
 */
export function planBatches(
  lengths: ArrayLike<number>,
  { maxTokens, multiple = 8 }: PlannerOptions,
): [start: number, end: number][] {
  const batches: [number, number][] = [];
  let start = 0; //    of the batch that grows: [start, end) is certain,
  let end = 0; //      [end, position] its tail, kept only if the size comes out right
  let longest = 0; //  in [start, end)
  let longestTail = 0;
  for (let position = 0; position < lengths.length; position++) {
    const length = lengths[position]!;
    if (length > maxTokens) throw tooLong(position, length, maxTokens);
    longestTail = Math.max(longestTail, length);
    const count = position + 1 - start;
    const over = Math.max(longest, longestTail) * count > maxTokens;
    const fits = count < multiple || count % multiple === 0;
    if (over) {
      batches.push([start, end]);
      if (longestTail * (position + 1 - end) > maxTokens) {
        batches.push([end, position]);
        end = position;
        longestTail = length;
      }
      start = end;
    }
    if (over || fits) {
      longest = over ? longestTail : Math.max(longest, longestTail);
      end = position + 1;
      longestTail = 0;
    }
  }
  if (end > start) batches.push([start, end]);
  if (lengths.length > end) batches.push([end, lengths.length]);
  return batches;
}

function tooLong(position: number, length: number, maxTokens: number): BiogptError {
  return new BiogptError("training/example-too-long", {
    what: `Example ${position} has ${length} tokens; a batch holds ${maxTokens}.`,
    fix: "Raise the tokens of a batch, or cut the examples.",
  });
}
