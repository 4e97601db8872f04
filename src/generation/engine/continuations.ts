/**
 * Several continuations of one prefix, scored together: each token that they begin with in common is computed once.
 *
 *     prefix + trunk ──┬── a ── b ── c      slot 0 walks the tree depth first; going back in a slot is free,
 *     (the prompt)     ├── d ── e           since later positions are overwritten
 *                      └── f ──┬── g        slot 1 had nothing left, so it took the largest branch that waited
 *                              └── h        and copied the cache up to the fork
 *
 * All slots of all jobs step together, one token each, so many short branches run as few full batches. A long stretch without a branch
 * is fed whole instead: it fills a call by itself.
 *
 * Where a tolerance is given, branches that hold next to nothing rest, the least likely first, and are given up once the rest is computed: a
 * branch is at most as likely as its beginning.
 *
 * Units    log-probabilities in nats; the tolerance is a share of the sum over all continuations
 */

import {
  chainFrom,
  commonAncestor,
  openChildren,
  pathTo,
  TokenTrie,
  type TrieNode,
} from "../constraints/token-trie.ts";
import { logNormalizer } from "../search/log-probabilities.ts";
import { type Job, type JobRun, sumOf } from "./job.ts";
import type { SlotTokens } from "./model.ts";
import type { ScoredSequence } from "./scoring.ts";

export interface ScoredContinuation extends ScoredSequence {
  /**
   * False where a tolerance let its end go: `logProbabilities` are those of its first tokens, and `logLikelihood`, their sum, is an upper bound.
   */
  readonly complete: boolean;
}

/**
 * Most slots of one job. More make one job's calls fewer; more jobs at once do the same with fewer copies of the prefix and fewer slots that find
 * nothing to do: sixteen jobs of four slots step with up to 64 rows, from where on a row gets hardly cheaper.
 */
export const MOST_CONTINUATION_SLOTS = 4;

/** Stretches without a branch from this length on are fed whole: as many rows of a matrix as a batch has, and fewer calls. */
const LEAST_WHOLE = 16;

/** Longest stretch fed at once, for the memory of its logits (64 x 42,384 x 4 bytes = 11 MB). */
const MOST_WHOLE = 64;

/** A slot that walks the tree. */
interface Walker {
  slot: number;
  /** The node up to which the slot holds the tokens. */
  at: TrieNode;
  /** Children, not fed yet, of nodes that it fed; the deepest last, so that most often `at` is their parent or comes from it. */
  readonly waiting: TrieNode[];
}

interface Feed {
  readonly walker: Walker;
  readonly nodes: readonly TrieNode[];
}

export class ContinuationsJob implements Job {
  /** The prefix, then what all continuations begin with and go on after. */
  readonly prompt: readonly number[];
  readonly slotsNeeded: number;
  readonly longest: number;
  readonly scoredFrom: number;
  readonly #prefixLength: number;
  readonly #tolerance: number;
  readonly #trie: TokenTrie;
  readonly #trunk: readonly TrieNode[];
  #walkers: readonly Walker[] = [];
  /** Waiting nodes that are to be fed; the others rest. */
  #worthFeeding: ReadonlySet<TrieNode> = new Set();
  #feeds: readonly Feed[] = [];
  finished: boolean;

  /**
   * @param prefix        at least one token
   * @param continuations any number of tokens each
   * @param slotCount     the model's
   * @param tolerance     share of the continuations' summed probability that may stay uncomputed, in [0, 1); 0 computes all
   */
  constructor(
    prefix: readonly number[],
    continuations: readonly (readonly number[])[],
    slotCount: number,
    tolerance: number,
  ) {
    this.#trie = new TokenTrie(continuations);
    this.#tolerance = tolerance;
    const { root } = this.#trie;
    this.#trunk = chainFrom(root, Number.POSITIVE_INFINITY).slice(1); // without the root, which is no token
    this.#prefixLength = prefix.length;
    this.prompt = [...prefix, ...this.#trunk.map(({ token }) => token)];
    this.scoredFrom = prefix.length;
    this.longest = prefix.length + Math.max(0, ...continuations.map((ids) => ids.length - 1));
    this.slotsNeeded = Math.max(1, Math.min(slotCount, MOST_CONTINUATION_SLOTS, tips(this.#trunk.at(-1) ?? root)));
    this.finished = root.children.size === 0; // nothing to score
  }

  /** In the order of the continuations. */
  get results(): ScoredContinuation[] {
    return this.#trie.ends.map((end) => {
      const logProbabilities = pathTo(end)
        .map(({ logProbability }) => logProbability)
        .filter((logProbability) => !Number.isNaN(logProbability));
      const complete = logProbabilities.length === end.depth;
      return { logProbabilities, logLikelihood: sumOf(logProbabilities), complete };
    });
  }

  place(slots: readonly number[]): void {
    this.#walkers = slots.map((slot) => ({ slot, at: this.#trie.root, waiting: [] }));
  }

  move(from: number, to: number): void {
    for (const walker of this.#walkers) if (walker.slot === from) walker.slot = to;
  }

  lengthOf(slot: number): number {
    const walker = this.#walkers.find((other) => other.slot === slot);
    return walker === undefined || walker.waiting.length === 0 ? 0 : this.#lengthAt(walker.at);
  }

  async begin(logits: Float32Array, promptLogProbabilities: readonly number[], run: JobRun): Promise<void> {
    for (const [index, node] of this.#trunk.entries()) give(node, promptLogProbabilities[index]!);
    const fork = this.#trunk.at(-1) ?? this.#trie.root;
    predict(fork, logits);
    await this.#goOn([{ walker: this.#walkers[0]!, nodes: [fork] }], run);
  }

  rows(): readonly SlotTokens[] {
    const feeds: Feed[] = [];
    const rows: SlotTokens[] = [];
    for (const walker of this.#walkers) {
      const next = walker.waiting.findLast((node) => this.#worthFeeding.has(node));
      if (next === undefined) continue;
      const whole = chainFrom(next, MOST_WHOLE);
      const nodes = whole.length < LEAST_WHOLE ? [next] : whole;
      // A node that rested may have lost its beginning to another branch; it is then fed again.
      const held = commonAncestor(walker.at, next.parent!);
      const lost = pathTo(next.parent!, held);
      const tokens = [...lost, ...nodes].map(({ token }) => token);
      rows.push({ slot: walker.slot, start: this.#lengthAt(held), tokens, wanted: nodes.length });
      feeds.push({ walker, nodes });
    }
    this.#feeds = feeds;
    return rows;
  }

  async accept(logits: readonly Float32Array[], run: JobRun): Promise<void> {
    const V = run.scratch.values.length;
    for (const [row, { walker, nodes }] of this.#feeds.entries()) {
      walker.waiting.splice(walker.waiting.indexOf(nodes[0]!), 1);
      for (const [index, node] of nodes.entries()) {
        predict(node, logits[row]!.subarray(index * V, (index + 1) * V));
      }
    }
    await this.#goOn(this.#feeds, run);
  }

  abort(): void {
    this.finished = true;
  }

  /** How many tokens a slot holds that holds those up to a node. */
  #lengthAt({ depth }: TrieNode): number {
    return this.#prefixLength + depth;
  }

  /** Lines up what comes after the nodes just fed, then gives slots that have nothing to do the largest branches of others. */
  async #goOn(feeds: readonly Feed[], { cache }: JobRun): Promise<void> {
    for (const { walker, nodes } of feeds) {
      walker.at = nodes.at(-1)!;
      walker.waiting.push(...openChildren(walker.at).sort((a, b) => a.toFeed - b.toFeed));
    }
    this.#worthFeeding = this.#chooseWorthFeeding();
    const idle = this.#walkers.filter(({ waiting }) => !waiting.some((node) => this.#worthFeeding.has(node)));
    for (const taker of idle) {
      const found = this.#largestToSpare();
      if (found === undefined) break;
      const { walker, node } = found;
      walker.waiting.splice(walker.waiting.indexOf(node), 1);
      taker.at = commonAncestor(walker.at, node.parent!);
      await cache.share(walker.slot, taker.slot, this.#lengthAt(taker.at));
      taker.waiting.push(node);
    }
    this.finished = this.#worthFeeding.size === 0;
  }

  /** All waiting nodes but the least likely ones that can together hold no more than the tolerance. */
  #chooseWorthFeeding(): Set<TrieNode> {
    const waiting = this.#walkers.flatMap((walker) => walker.waiting);
    if (this.#tolerance === 0) return new Set(waiting);
    const ended = this.#trie.ends.filter(({ logLikelihood }) => !Number.isNaN(logLikelihood));
    const all = [...ended, ...waiting].map(({ logLikelihood }) => logLikelihood);
    const largest = Math.max(...all); // before exp, so that nothing underflows but what is nothing beside it
    const share = this.#tolerance * all.reduce((sum, log) => sum + Math.exp(log - largest), 0);
    const sorted = waiting.sort((a, b) => a.logLikelihood - b.logLikelihood);
    let resting = 0;
    const first = sorted.findIndex(({ logLikelihood }) => {
      resting += Math.exp(logLikelihood - largest);
      return resting > share;
    });
    return new Set(first < 0 ? [] : sorted.slice(first));
  }

  /** The node with most to feed among those of walkers that have two or more to feed. */
  #largestToSpare(): { walker: Walker; node: TrieNode } | undefined {
    let best: { walker: Walker; node: TrieNode } | undefined;
    for (const walker of this.#walkers) {
      const nodes = walker.waiting.filter((node) => this.#worthFeeding.has(node));
      if (nodes.length < 2) continue;
      for (const node of nodes) if (best === undefined || node.toFeed > best.node.toFeed) best = { walker, node };
    }
    return best;
  }
}

/** Log-probabilities of what comes after a node, from the logits (V) there. */
function predict(node: TrieNode, logits: Float32Array): void {
  const normalizer = logNormalizer(logits);
  for (const child of node.children.values()) give(child, logits[child.token]! - normalizer);
}

/** Writes down a log-probability; the parent has its own. */
function give(node: TrieNode, logProbability: number): void {
  node.logProbability = logProbability;
  node.logLikelihood = node.parent!.logLikelihood + logProbability;
}

/** How many branches are left to feed below a node when each is followed to its end: more slots than that have nothing to do. */
function tips(fork: TrieNode): number {
  return openChildren(fork).reduce((sum, node) => sum + Math.max(1, tips(node)), 0);
}
