/**
 * The learning rate of each update.
 *
 *     u = updates already done, W = warm-up updates, U = updates in all, p = peak, f = final share of the peak
 *     warm-up          u < W: start + u (p - start) / W
 *     inverse-sqrt     p sqrt(W / u)
 *     linear           from p at W down to f p at U
 *     cosine           p (f + (1 - f) (1 + cos(pi (u - W) / (U - W))) / 2)
 *     constant         p
 *
 * Source: fairseq 0.12's `inverse_sqrt` scheduler, whose warm-up starts at 1e-7 (ours does for every kind, so that no update has
 * the rate 0); arXiv:1608.03983 for the cosine. Leaves out restarts.
 */
import { BiogptError } from "../../base/errors.ts";

export const SCHEDULES = ["inverse-sqrt", "linear", "cosine", "constant"] as const;
export type ScheduleKind = (typeof SCHEDULES)[number];

export interface Schedule {
  readonly kind: ScheduleKind;
  /** Peak learning rate, above 0. */
  readonly peak: number;
  /** Updates of linear warm-up; 0 for none. `inverse-sqrt` needs at least 1, as its decay is measured by it. */
  readonly warmup: number;
  /** Updates in all; only `linear` and `cosine` use it. */
  readonly total: number;
  /** Share of the peak at the end of `linear` and `cosine`, 0 to 1. Default 0. */
  readonly final?: number;
}

const WARMUP_START = 1e-7;

/** @throws BiogptError `training/learning-rate`, `training/schedule` */
export function checkSchedule({ kind, peak, warmup, total, final = 0 }: Schedule): void {
  if (!(Number.isFinite(peak) && peak > 0)) {
    throw new BiogptError("training/learning-rate", {
      what: `The learning rate is ${peak}.`,
      why: "It must be a number above 0: with 0 nothing is learnt, and NaN spoils every weight.",
      fix: "Pretraining works with 2e-4 to 1e-3, fine-tuning with 1e-5 to 1e-4; the smaller the model, the higher.",
    });
  }
  const refuse = (what: string, fix: string): never => {
    throw new BiogptError("training/schedule", { what, fix });
  };
  if (kind === "inverse-sqrt" && warmup < 1) {
    refuse(
      "The inverse-sqrt schedule has no warm-up.",
      "Give at least 1 update: its decay is measured by the warm-up.",
    );
  }
  if ((kind === "linear" || kind === "cosine") && warmup >= total) {
    refuse(`The warm-up of ${warmup} updates leaves none of ${total} for the decay.`, "Shorten the warm-up.");
  }
  if (!(final >= 0 && final <= 1)) refuse(`The final share of the learning rate is ${final}.`, "Give 0 to 1.");
}

/** @param done updates already done, from 0 */
export function learningRate({ kind, peak, warmup, total, final = 0 }: Schedule, done: number): number {
  if (done < warmup) return Math.min(WARMUP_START, peak) + (done * (peak - Math.min(WARMUP_START, peak))) / warmup;
  const left = Math.max(0, 1 - (done - warmup) / Math.max(1, total - warmup));
  switch (kind) {
    case "constant":
      return peak;
    case "inverse-sqrt":
      return peak * Math.sqrt(warmup / Math.max(done, 1));
    case "linear":
      return peak * (final + (1 - final) * left);
    case "cosine":
      return peak * (final + ((1 - final) * (1 + Math.cos(Math.PI * (1 - left)))) / 2);
    default:
      return kind satisfies never;
  }
}
