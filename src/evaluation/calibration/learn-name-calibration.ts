/**
 * What a tagger's probabilities mean, by maximum likelihood on names that are known to be right or wrong: of each type a logistic function of the
 * log-odds (Platt, 1999), whose two numbers a hundred names are enough for.
 *
 * The objective is convex, so Newton's method with halved steps ends at its only minimum.
 */
import { type NameCalibration, type NameCalibrations, nameLogOdds } from "../../tasks/entities/name-calibration.ts";
import type { Judged } from "./calibration.ts";

export interface JudgedNameOfType extends Judged {
  readonly type: string;
}

/** Weight of the belief that the scale is 1 and the offset 0, in names: few names move nothing far, and of none nothing is learnt. */
const BELIEF = 1;
const MOST_STEPS = 100;
const SMALLEST_STEP = 1e-6;

/** @param names  with the probabilities of their tags */
export function learnNameCalibration(names: readonly JudgedNameOfType[]): NameCalibrations {
  const types = [...new Set(names.map(({ type }) => type))].sort();
  return Object.fromEntries(
    types.map((type) => {
      const { scale, offset } = learn(names.filter((name) => name.type === type));
      return [type, { scale: rounded(scale), offset: rounded(offset) }];
    }),
  );
}

/** Further digits say nothing. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function learn(names: readonly Judged[]): NameCalibration {
  const points = names.map(({ probability, correct }) => ({ odds: nameLogOdds(probability), right: Number(correct) }));
  const lossAt = (scale: number, offset: number): number =>
    points.reduce(
      (sum, { odds, right }) => {
        const z = scale * odds + offset;
        // The logarithm of 1 + exp(-z) where it is right, of 1 + exp(z) where not.
        return sum + Math.log1p(Math.exp(-Math.abs(z))) + Math.max(0, right === 1 ? -z : z);
      },
      (BELIEF / 2) * ((scale - 1) ** 2 + offset ** 2),
    );
  let [scale, offset] = [1, 0];
  let loss = lossAt(scale, offset);
  for (let step = 0; step < MOST_STEPS; step++) {
    const gradient = { scale: BELIEF * (scale - 1), offset: BELIEF * offset };
    const curvature = { scale: BELIEF, both: 0, offset: BELIEF };
    for (const { odds, right } of points) {
      const p = 1 / (1 + Math.exp(-scale * odds - offset));
      gradient.scale += (p - right) * odds;
      gradient.offset += p - right;
      curvature.scale += p * (1 - p) * odds * odds;
      curvature.both += p * (1 - p) * odds;
      curvature.offset += p * (1 - p);
    }
    const determinant = curvature.scale * curvature.offset - curvature.both ** 2;
    const byScale = (curvature.offset * gradient.scale - curvature.both * gradient.offset) / determinant;
    const byOffset = (curvature.scale * gradient.offset - curvature.both * gradient.scale) / determinant;
    let length = 1;
    while (length > SMALLEST_STEP && lossAt(scale - length * byScale, offset - length * byOffset) >= loss) length /= 2;
    if (length <= SMALLEST_STEP) break;
    [scale, offset] = [scale - length * byScale, offset - length * byOffset];
    loss = lossAt(scale, offset);
  }
  // A tagger that is surer where it is wrong says nothing: the mean share of right ones is all that is known.
  if (scale < 0) return { scale: 0, offset: offsetOf(points.map(({ right }) => right)) };
  return { scale, offset };
}

/** Log-odds of the share of right ones, of which one more and one less are known. */
function offsetOf(right: readonly number[]): number {
  const known = right.reduce((sum, one) => sum + one, 0);
  return Math.log((known + 1) / (right.length - known + 1));
}
