/**
 * Beam search as fairseq 0.12 or transformers 5.18 does it, one prompt a job, each beam in a slot of its own.
 *
 *     rows of logits ── log p + score ──▶ the best 2B (token, beam) ──┬─ ended, among the best B ──▶ finished
 *                                                                     └─ the best B others ──▶ the next beams
 *
 * Which ended candidates count and when the search is over differs between the two: see FairseqRanking and HuggingFaceRanking.
 * The prompt is fed to one slot; the other beams copy from it. A beam that survives stays in its slot, only further children of the same
 * parent are copied into slots of dead beams, so no copy can overwrite what another one reads.
 *
 * Differs  where fewer than B hypotheses are possible (a tight constraint), transformers fills up with duplicates scored near -1e9; we return
 *          fewer. Scores are float64, theirs float32.
 * Left out groups, diversity, sampling beams.
 */
import { present } from "../../base/errors.ts";
import { fewAllowed } from "../constraints/constraints.ts";
import {
  applyRules,
  deadEnd,
  type FinishReason,
  type GeneratedSequence,
  type Job,
  type JobRun,
  longestOf,
  sumOf,
} from "../engine/job.ts";
import type { CachedModel, SlotTokens } from "../engine/model.ts";
import type { CheckedSettings } from "../settings.ts";
import { normalizedScore } from "./length-penalty.ts";
import { argmax, CandidateList, logNormalizer, logSumExp } from "./log-probabilities.ts";

/** An open hypothesis. */
interface Beam {
  /** Prompt, then generated tokens; all but the last are cached in `slot`. */
  readonly sequence: readonly number[];
  readonly logProbabilities: readonly number[];
  /** Sum of log-probabilities as the rules left them; with fairseq's scoring the prompt's too. */
  readonly score: number;
  readonly constraintState: unknown;
  slot: number;
}

/** A candidate, before it is known whether it goes on. */
interface Extension {
  readonly parent: Beam;
  readonly token: number;
  readonly logProbability: number;
  readonly score: number;
  /** Generated tokens that stay, if the candidate ends here. */
  readonly keep: number | undefined;
  readonly finishReason: FinishReason | undefined;
}

export class BeamSearchJob implements Job {
  readonly prompt: readonly number[];
  readonly slotsNeeded: number;
  readonly longest: number;
  readonly scoredFrom: number;
  readonly #settings: CheckedSettings;
  readonly #mostNewTokens: number;
  readonly #candidates: CandidateList;
  readonly #ranking: Ranking;
  #slots: number[] = [];
  #beams: Beam[] = [];
  #generated = 0;
  #finished = false;

  constructor(prompt: readonly number[], settings: CheckedSettings, model: CachedModel) {
    this.prompt = prompt;
    this.slotsNeeded = settings.beams;
    this.longest = longestOf(prompt.length, settings.maxNewTokens, model);
    this.scoredFrom = settings.scoring === "fairseq" ? 1 : prompt.length;
    this.#settings = settings;
    this.#mostNewTokens = Math.min(settings.maxNewTokens, model.maxLength - prompt.length + 1);
    this.#candidates = new CandidateList(2 * settings.beams);
    this.#ranking =
      settings.scoring === "fairseq"
        ? new FairseqRanking(settings, prompt.length - 1)
        : new HuggingFaceRanking(settings, this.#mostNewTokens);
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** At most `returnCount` sequences, best first. */
  get results(): readonly GeneratedSequence[] {
    return this.#ranking.finished.slice(0, this.#settings.returnCount);
  }

  place(slots: readonly number[]): void {
    this.#slots = [...slots];
  }

  move(from: number, to: number): void {
    this.#slots = this.#slots.map((slot) => (slot === from ? to : slot));
    for (const beam of this.#beams) if (beam.slot === from) beam.slot = to;
  }

  lengthOf(slot: number): number {
    const beam = this.#beams.find((other) => other.slot === slot);
    return beam === undefined ? 0 : beam.sequence.length - 1;
  }

  async begin(logits: Float32Array, promptLogProbabilities: readonly number[], run: JobRun): Promise<void> {
    const constraintState = this.#settings.constraint?.start(this.prompt);
    const score = sumOf(promptLogProbabilities);
    this.#beams = [{ sequence: this.prompt, logProbabilities: [], score, constraintState, slot: this.#slots[0]! }];
    await this.accept([logits], run);
  }

  rows(): readonly SlotTokens[] {
    return this.#beams.map(({ sequence, slot }) => ({
      slot,
      start: sequence.length - 1,
      tokens: [sequence.at(-1)!],
      wanted: 1,
    }));
  }

  async accept(logits: readonly Float32Array[], run: JobRun): Promise<void> {
    const extensions = await this.#extend(logits, run);
    this.#generated++;
    const ended = extensions.map((extension) => this.#hypothesis(extension));
    const open = extensions.filter((_, i) => ended[i] === undefined);
    const likely = open.filter(({ score }) => score >= this.#settings.leastScore);
    const none = this.#ranking.finished.length === 0 && ended.every((each) => each === undefined);
    const survivors = likely.length === 0 && none ? open.slice(0, 1) : likely.slice(0, this.slotsNeeded);
    const bestOpen = survivors[0]?.score;
    const over = this.#ranking.step(ended.slice(0, this.slotsNeeded), this.#generated, bestOpen);
    if (over || bestOpen === undefined || this.#generated >= this.#mostNewTokens) {
      if (this.#ranking.finished.length === 0) throw deadEnd(this.#generated - 1);
      this.#finished = true;
    } else {
      await this.#advance(survivors, run);
    }
  }

  abort(): void {
    if (this.#finished) return;
    this.#finished = true;
    const open = this.#beams.map(({ sequence, logProbabilities, score }) => ({
      ids: sequence.slice(this.prompt.length),
      logProbabilities,
      score,
    }));
    if (open.length === 0) open.push({ ids: [], logProbabilities: [], score: 0 }); // its prompt was not fed yet
    this.#ranking.abandon(open.map((each) => ({ ...each, finishReason: "aborted" })));
  }

  /** The best 2B candidates, best first. */
  async #extend(logits: readonly Float32Array[], { scratch, breath }: JobRun): Promise<Extension[]> {
    const { rules, constraint, renormalize, scoring, endId, stop } = this.#settings;
    const last = this.#generated + 1 >= this.#mostNewTokens;
    const forcedEnd = scoring === "fairseq" && last ? endId : undefined;
    const normalizers: number[] = [];
    this.#candidates.clear();
    for (const [i, beam] of this.#beams.entries()) {
      await breath.take();
      const row = logits[i]!;
      const normalizer = logNormalizer(row);
      normalizers.push(normalizer);
      if (rules.length === 0 && constraint === undefined && forcedEnd === undefined) {
        this.#candidates.offer(row, beam.score - normalizer, i);
        continue;
      }
      const few =
        rules.length === 0 && constraint !== undefined && forcedEnd === undefined
          ? fewAllowed(constraint.allowed(beam.constraintState), row.length)
          : undefined;
      if (few !== undefined) {
        const some = scratch.values.subarray(0, few.length);
        for (const [at, id] of few.entries()) some[at] = row[id]! - normalizer;
        const allowed = renormalize && few.length > 0 ? logSumExp(some, some[argmax(some)]!) : 0;
        this.#candidates.offer(some, beam.score - allowed, i, few);
        continue;
      }
      const values = scratch.values;
      for (let v = 0; v < values.length; v++) values[v] = row[v]! - normalizer;
      if (forcedEnd === undefined) {
        const context = { sequence: beam.sequence, promptLength: this.prompt.length };
        applyRules(values, this.#settings, context, beam.constraintState, scratch);
      } else {
        const kept = values[forcedEnd]!;
        values.fill(Number.NEGATIVE_INFINITY);
        values[forcedEnd] = kept;
      }
      const allowed = renormalize ? logSumExp(values, values[argmax(values)]!) : 0;
      this.#candidates.offer(values, beam.score - allowed, i);
    }
    const { tokens, rows, scores, length } = this.#candidates;
    return Array.from({ length }, (_, i) => {
      const row = rows[i]!;
      const token = tokens[i]!;
      const parent = this.#beams[row]!;
      const generated = this.#generated + 1;
      let keep: number | undefined;
      let finishReason: FinishReason | undefined;
      if (token === endId) {
        keep = generated;
        finishReason = forcedEnd === undefined ? "stop" : "length";
      } else {
        const stopped = stop?.([...parent.sequence.slice(this.prompt.length), token]) ?? false;
        if (stopped !== false) finishReason = "stop";
        else if (last) finishReason = "length";
        if (finishReason !== undefined) keep = typeof stopped === "number" ? stopped : generated;
      }
      const logProbability = logits[row]![token]! - normalizers[row]!;
      return { parent, token, logProbability, score: scores[i]!, keep, finishReason };
    });
  }

  #hypothesis({ parent, token, logProbability, score, keep, finishReason }: Extension): Hypothesis | undefined {
    if (finishReason === undefined) return undefined;
    const ids = [...parent.sequence.slice(this.prompt.length), token].slice(0, keep);
    return { ids, logProbabilities: [...parent.logProbabilities, logProbability].slice(0, keep), score, finishReason };
  }

  /** Makes the survivors the next beams: one child stays in its parent's slot, the others copy from there into slots nobody needs. */
  async #advance(survivors: readonly Extension[], { cache }: JobRun): Promise<void> {
    const { constraint } = this.#settings;
    const parents = new Set(survivors.map(({ parent }) => parent));
    const keptSlots = new Set([...parents].map((parent) => parent.slot));
    const free = this.#slots.filter((slot) => !keptSlots.has(slot));
    const next: Beam[] = [];
    for (const { parent, token, logProbability, score } of survivors) {
      let slot = parent.slot;
      if (!parents.delete(parent)) {
        slot = present(free.shift(), "a free slot"); // choosing the likest one saves but 1 % of the copied positions
        await cache.share(parent.slot, slot, parent.sequence.length);
      }
      next.push({
        sequence: [...parent.sequence, token],
        logProbabilities: [...parent.logProbabilities, logProbability],
        score,
        constraintState: constraint?.next(parent.constraintState, token),
        slot,
      });
    }
    this.#beams = next;
  }
}

/** An ended sequence with its unnormalised score. */
interface Hypothesis {
  readonly ids: readonly number[];
  readonly logProbabilities: readonly number[];
  readonly score: number;
  readonly finishReason: FinishReason;
}

interface Ranking {
  /** Best first. */
  readonly finished: readonly GeneratedSequence[];
  /**
   * @param best      the best B candidates in order, `undefined` for those that go on
   * @param generated tokens generated so far, the candidates' included
   * @param bestOpen  score of the best beam that goes on, if one does
   * @returns whether the search is over
   */
  step(best: readonly (Hypothesis | undefined)[], generated: number, bestOpen: number | undefined): boolean;
  /** Adds open hypotheses when the search is aborted. */
  abandon(open: readonly Hypothesis[]): void;
}

/**
 * fairseq's SequenceGenerator: the first B that end are the result, however they score; the length counts the prompt without its first token.
 *
 * An end ranked from B + 1 to 2B is dropped. There is no other early stopping.
 */
class FairseqRanking implements Ranking {
  readonly #settings: CheckedSettings;
  readonly #promptTokens: number;
  #finished: GeneratedSequence[] = [];

  constructor(settings: CheckedSettings, promptTokens: number) {
    this.#settings = settings;
    this.#promptTokens = promptTokens;
  }

  get finished(): readonly GeneratedSequence[] {
    return this.#finished.toSorted((a, b) => b.score - a.score);
  }

  step(best: readonly (Hypothesis | undefined)[], generated: number): boolean {
    const room = this.#settings.beams - this.#finished.length;
    this.#finished.push(
      ...best
        .filter((each) => each !== undefined)
        .slice(0, room)
        .map((each) => this.#score(each, generated)),
    );
    return this.#finished.length === this.#settings.beams;
  }

  abandon(open: readonly Hypothesis[]): void {
    this.#finished.push(...open.map((each) => this.#score(each, each.ids.length)));
  }

  #score(hypothesis: Hypothesis, generated: number): GeneratedSequence {
    return scored(hypothesis, Math.max(1, this.#promptTokens + generated), this.#settings.lengthPenalty);
  }
}

/**
 * transformers' `_beam_search`: the best B ended sequences by score are kept; `earlyStopping` says when open beams are given up.
 *
 * Its heuristic compares the best open beam with the worst kept sequence as soon as there are B of them, at the present length, or with
 * "never" and a positive length penalty at the greatest length. Once it says no, nothing is added.
 */
class HuggingFaceRanking implements Ranking {
  readonly #settings: CheckedSettings;
  readonly #mostNewTokens: number;
  finished: readonly GeneratedSequence[] = [];

  constructor(settings: CheckedSettings, mostNewTokens: number) {
    this.#settings = settings;
    this.#mostNewTokens = mostNewTokens;
  }

  step(best: readonly (Hypothesis | undefined)[], generated: number, bestOpen: number | undefined): boolean {
    const { beams, earlyStopping, lengthPenalty } = this.#settings;
    this.#add(
      best.filter((each) => each !== undefined),
      generated,
    );
    if (this.finished.length < beams) return false;
    if (earlyStopping === true || bestOpen === undefined) return true;
    const reach = earlyStopping === "never" && lengthPenalty > 0 ? this.#mostNewTokens : generated;
    return normalizedScore(bestOpen, reach, lengthPenalty) <= this.finished.at(-1)!.score;
  }

  abandon(open: readonly Hypothesis[]): void {
    for (const each of open) this.#add([each], Math.max(1, each.ids.length));
  }

  #add(ended: readonly Hypothesis[], generated: number): void {
    const { beams, lengthPenalty } = this.#settings;
    const sequences = ended.map((each) => scored(each, generated, lengthPenalty));
    this.finished = [...this.finished, ...sequences].sort((a, b) => b.score - a.score).slice(0, beams);
  }
}

function scored(hypothesis: Hypothesis, length: number, lengthPenalty: number): GeneratedSequence {
  const { ids, logProbabilities, finishReason } = hypothesis;
  const score = normalizedScore(hypothesis.score, length, lengthPenalty);
  return { ids, logProbabilities, logLikelihood: sumOf(logProbabilities), score, finishReason };
}
